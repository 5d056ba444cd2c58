//! What an Appointment says.

use super::*;

fn appointment(status: &str) -> Json {
    json!({
        "resourceType": "Appointment",
        "id": "a-1",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "status": status,
        "start": "2026-01-03T09:00:00Z",
        "serviceType": [{ "coding": [{ "code": "57", "display": "Follow\nup" }] }],
        "participant": [
            { "actor": { "reference": "Patient/4711" }, "status": "accepted" },
            { "actor": { "reference": "Practitioner/dr-5" }, "status": "accepted" },
            {
                "actor": { "type": "Location", "identifier": { "value": "CLINIC^3" } },
                "status": "accepted",
            },
        ],
    })
}

#[test]
fn a_status_says_what_has_happened() {
    let booked = "Booked(EventTime(1767430800000))";
    let said = [
        ("booked", Some(booked)),
        ("pending", Some(booked)),
        ("arrived", Some("Arrived")),
        ("checked-in", Some("Arrived")),
        ("fulfilled", Some("Ended")),
        ("cancelled", Some("Cancelled")),
        ("entered-in-error", Some("Cancelled")),
        ("noshow", Some("NoShow")),
        ("proposed", None),
        ("waitlist", None),
    ];
    for (status, event) in said {
        let lines = lines(&appointment(status));
        let expected = event.map(|event| format!("03:00 a-1 CLINIC {event}"));
        assert_eq!(lines, Vec::from_iter(expected), "{status}");
    }
}

#[test]
fn the_slot_is_named_by_its_address_or_its_identifier() {
    let named = |slot: Json| {
        let mut booked = appointment("booked");
        booked["slot"] = json!([slot]);
        let fact = read(&booked).unwrap().facts.remove(0).fact;
        match fact.what {
            What::Appointment { slot, .. } => slot.map(|slot| slot.label()),
            other => panic!("{other:?}"),
        }
    };
    let address = json!({ "reference": "https://a.example/fhir/Slot/s-9/_history/2" });
    assert_eq!(named(address).as_deref(), Some("s-9"));
    let identifier = json!({ "reference": "Slot/9", "identifier": { "value": "S 9" } });
    assert_eq!(named(identifier).as_deref(), Some("S 9"));
    assert_eq!(named(json!({ "display": "nine o'clock" })), None);
}

#[test]
fn room_practitioner_and_kind_are_read() {
    let fact = read(&appointment("arrived")).unwrap().facts.remove(0).fact;
    let What::Appointment {
        practitioner,
        room,
        kind,
        ..
    } = fact.what
    else {
        panic!("{fact:?}");
    };
    assert_eq!(practitioner.unwrap().label(), "dr-5");
    assert_eq!(room.unwrap().label(), "3");
    assert_eq!(kind, "Follow up");
}
