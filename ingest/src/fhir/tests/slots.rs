//! What a Slot says.

use super::*;

fn slot(status: &str, more: Json) -> Json {
    let mut slot = json!({
        "resourceType": "Slot",
        "id": "s-1",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "status": status,
        "serviceType": [{ "coding": [{ "code": "57", "display": "Follow up" }] }],
        "schedule": { "reference": "Schedule/5", "identifier": { "value": "CLINIC" } },
        "start": "2026-01-03T09:00:00Z",
        "end": "2026-01-03T09:20:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        slot[name] = value.clone();
    }
    slot
}

#[test]
fn a_status_says_whether_it_can_be_booked() {
    let offered = "03:00 s-1 CLINIC Offered { start: EventTime(1767430800000), end: EventTime(1767432000000) }";
    let (booked, withdrawn) = ("03:00 s-1 CLINIC Booked", "03:00 s-1 CLINIC Withdrawn");
    let said = [
        ("free", vec![offered]),
        ("busy", vec![offered, booked]),
        ("busy-tentative", vec![offered, booked]),
        ("busy-unavailable", vec![withdrawn]),
        ("entered-in-error", vec![withdrawn]),
    ];
    for (status, expected) in said {
        assert_eq!(lines(&slot(status, json!({}))), expected, "{status}");
    }
    let fact = read(&slot("free", json!({}))).unwrap().facts.remove(0).fact;
    assert!(matches!(fact.what, What::Slot { kind, .. } if kind == "Follow up"));
}

#[test]
fn what_is_wrong_is_named_by_its_element() {
    let path = |more: Json| read(&slot("free", more)).unwrap_err().path;
    assert_eq!(path(json!({ "status": "gone" })), "status");
    assert_eq!(path(json!({ "status": null })), "status");
    assert_eq!(path(json!({ "start": null })), "start");
    assert_eq!(path(json!({ "end": "2026-01-03T09:00:00Z" })), "end");
    assert_eq!(path(json!({ "meta": {} })), "meta.lastUpdated");
    assert_eq!(
        path(json!({ "schedule": { "reference": "Schedule/5" } })),
        "schedule"
    );
}

#[test]
fn a_slot_is_neither_too_long_nor_too_far_ahead() {
    let read = |start: &str, end: &str| {
        let more = json!({ "start": start, "end": end });
        let fault = read(&slot("busy", more)).err()?;
        assert_eq!(fault.issue, Issue::Value);
        Some(format!("{} {}", fault.path, fault.detail))
    };
    assert_eq!(read("2026-01-03T09:00:00Z", "2026-01-04T09:00:00Z"), None);
    let end = "2026-01-04T09:00:00.001Z";
    let too_long = Some("end is more than 24 h after the start".to_owned());
    assert_eq!(read("2026-01-03T09:00:00Z", end), too_long);

    let two_years = 731 * events::time::DAY_MS;
    let [last, beyond] = [0, 1].map(|more| EventTime(NOW.0 + two_years + more).to_string());
    let end = "2028-01-04T00:00:00Z";
    assert_eq!(read(&last, end), None);
    let too_far = Some("start is more than two years from now".to_owned());
    assert_eq!(read(&beyond, end), too_far);
}
