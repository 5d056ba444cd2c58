//! What is wrong with a resource is said with its element, and nothing of its value.

use super::*;

#[track_caller]
fn check(json: &Json, issue: Issue, path: &str) {
    let fault = read(json).expect_err("it is refused");
    assert_eq!((fault.issue, &*fault.path), (issue, path), "{fault:?}");
    for secret in ["Jane", "4711", "V-1"] {
        assert!(!format!("{fault:?}").contains(secret), "{fault:?}");
    }
}

fn present(more: Json) -> Json {
    let mut encounter = encounter("in-progress", json!({ "location": [at("A^1^9", "01:00")] }));
    for (name, value) in more.as_object().unwrap() {
        encounter[name] = value.clone();
    }
    encounter
}

fn without(mut json: Json, element: &str) -> Json {
    json.as_object_mut().unwrap().remove(element);
    json
}

#[test]
fn an_encounter_names_its_fault() {
    use Issue::{CodeInvalid, Extension, NotFound, Required, Structure, Value};
    let place = |location: Json| present(json!({ "location": [at("A", "01:00"), location] }));
    let period = |start: &str, end: &str| {
        let more = json!({ "period": { "start": start, "end": end } });
        let mut over = present(more);
        over["status"] = "finished".into();
        over
    };
    let (one, two) = ("2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z");
    let cases = [
        (without(present(json!({})), "status"), Required, "status"),
        (
            present(json!({ "status": "completed" })),
            CodeInvalid,
            "status",
        ),
        (present(json!({ "location": [] })), Required, "location"),
        (
            present(json!({ "period": { "start": "2026-02-31T00:00:00Z" } })),
            Value,
            "period.start",
        ),
        (
            present(json!({ "period": { "start": "2026-01-02" } })),
            Value,
            "period.start",
        ),
        (
            present(json!({ "period": { "start": "1969-01-02T00:00:00Z" } })),
            Value,
            "period.start",
        ),
        (
            present(json!({ "subject": "Jane Roe" })),
            Structure,
            "subject",
        ),
        (
            present(json!({ "subject": { "identifier": { "value": 4711 } } })),
            Structure,
            "subject.identifier.value",
        ),
        (
            present(json!({ "identifier": [{ "value": "V-1".repeat(40) }] })),
            Value,
            "identifier",
        ),
        (
            present(json!({ "modifierExtension": [{ "url": "Jane" }] })),
            Extension,
            "modifierExtension",
        ),
        (
            present(json!({ "implicitRules": "Jane" })),
            Extension,
            "implicitRules",
        ),
        (
            place(json!({ "location": { "reference": "Location/4711" } })),
            NotFound,
            "location[1].location",
        ),
        (
            place(json!({ "location": { "identifier": { "value": "A^1^4711^V-1" } } })),
            Value,
            "location[1].location",
        ),
        (
            place(json!({ "status": "Jane" })),
            CodeInvalid,
            "location[1].status",
        ),
        (place(json!({})), Required, "location[1].location"),
        (place(at("A", "28:00")), Value, "location[1].period.start"),
        (
            without(place(json!({ "location": {} })), "meta"),
            Required,
            "location[1].period.start",
        ),
        (period(two, one), Value, "period.end"),
        (
            period("2026-01-02T00:00:00Z", "2026-01-02T00:30:00Z"),
            Value,
            "location[0].period.start",
        ),
        (
            period("2026-01-09T00:00:00Z", "2026-01-10T00:00:00Z"),
            Value,
            "period.end",
        ),
    ];
    for (encounter, issue, path) in cases {
        check(&encounter, issue, path);
    }
    let mistake = without(encounter("entered-in-error", json!({})), "meta");
    check(&mistake, Required, "meta.lastUpdated");
    check(
        &without(encounter("finished", json!({})), "period"),
        Required,
        "period.end",
    );
    let nameless = without(without(present(json!({})), "identifier"), "id");
    check(&nameless, Required, "identifier");
    let open = json!({ "statusHistory": [{ "status": "finished" }] });
    check(&present(open), Required, "statusHistory[0].period.end");
}

#[test]
fn a_location_names_its_fault() {
    let bed = json!({
        "resourceType": "Location",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "identifier": [{ "value": "A^1^9" }],
        "operationalStatus": { "code": "U" },
    });
    let with = |name: &str, value: Json| {
        let mut bed = bed.clone();
        bed[name] = value;
        bed
    };
    let code = "operationalStatus.code";
    check(
        &with("operationalStatus", json!({ "code": "4711" })),
        Issue::CodeInvalid,
        code,
    );
    check(&with("operationalStatus", json!({})), Issue::Required, code);
    check(
        &with("identifier", json!([{ "value": "A^1" }])),
        Issue::Value,
        "identifier",
    );
    check(
        &with("identifier", json!([])),
        Issue::Required,
        "identifier",
    );
    check(
        &without(bed.clone(), "meta"),
        Issue::Required,
        "meta.lastUpdated",
    );
}

#[test]
fn an_appointment_names_its_fault() {
    let appointment = json!({
        "resourceType": "Appointment",
        "id": "a-1",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "status": "booked",
        "start": "2026-01-03T09:00:00Z",
        "participant": [{ "actor": { "reference": "Location/17" } }],
    });
    assert!(read(&appointment).is_ok());
    let with = |name: &str, value: Json| {
        let mut appointment = appointment.clone();
        appointment[name] = value;
        appointment
    };
    check(&with("status", "Jane".into()), Issue::CodeInvalid, "status");
    check(&with("start", "4711".into()), Issue::Value, "start");
    check(
        &without(appointment.clone(), "start"),
        Issue::Required,
        "start",
    );
    check(
        &with("participant", json!([])),
        Issue::Required,
        "participant",
    );
    let unknown = json!([{ "actor": { "reference": "Location/4711" } }]);
    check(
        &with("participant", unknown),
        Issue::NotFound,
        "participant[0].actor",
    );
    check(
        &without(appointment.clone(), "meta"),
        Issue::Required,
        "meta.lastUpdated",
    );
}

#[test]
fn what_was_sent_as_another_type_or_id_is_refused() {
    let (site, pseudonyms, local) = (site(), Pseudonyms::new(&[7; 32]), mapping());
    let speaker = Speaker {
        site: &site,
        pseudonyms: &pseudonyms,
        local: &local,
    };
    let encounter = present(json!({}));
    let fault = |kind, id| speaker.read(kind, id, &encounter, NOW).unwrap_err();
    assert_eq!(fault("Slot", None).path, "resourceType");
    assert_eq!(fault("Encounter", Some("e2")).path, "id");
    assert!(
        speaker
            .read("Encounter", Some("e1"), &encounter, NOW)
            .is_ok()
    );
    let vital = fault("Observation", None);
    assert_eq!(vital.issue, Issue::NotSupported);
    assert!(vital.detail.contains("no fact follows from vital signs"));
    assert_eq!(fault("Patient", None).issue, Issue::NotSupported);
    for odd in [json!([]), json!(null), json!("Jane")] {
        let fault = speaker.read("Encounter", None, &odd, NOW).unwrap_err();
        assert!(matches!(fault.issue, Issue::Structure | Issue::Required));
    }
}
