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
fn an_encounter_names_the_element_that_is_wrong() {
    let wrong = |element: &str, value: Json, issue, path: &str| {
        let mut encounter = present(json!({}));
        encounter[element] = value;
        check(&encounter, issue, path);
    };
    let none = "2026-02-31T00:00:00Z";
    wrong("status", "completed".into(), Issue::CodeInvalid, "status");
    wrong("location", json!([]), Issue::Required, "location");
    wrong("subject", "Jane Roe".into(), Issue::Structure, "subject");
    let number = json!({ "identifier": { "value": 4711 } });
    let path = "subject.identifier.value";
    wrong("subject", number, Issue::Structure, path);
    let long = json!([{ "value": "V-1".repeat(40) }]);
    wrong("identifier", long, Issue::Value, "identifier");
    for time in [none, "2026-01-02", "1969-01-02T00:00:00Z", "Jane"] {
        let period = json!({ "start": time });
        wrong("period", period, Issue::Value, "period.start");
    }
    for element in ["modifierExtension", "implicitRules"] {
        let value = json!([{ "url": "Jane" }]);
        wrong(element, value, Issue::Extension, element);
    }
    let open = json!([{ "status": "finished" }]);
    let path = "statusHistory[0].period.end";
    wrong("statusHistory", open, Issue::Required, path);
    check(
        &without(present(json!({})), "status"),
        Issue::Required,
        "status",
    );
    let nameless = without(without(present(json!({})), "identifier"), "id");
    check(&nameless, Issue::Required, "identifier");
}

#[test]
fn a_place_of_an_encounter_names_its_fault() {
    let with = |second: Json| present(json!({ "location": [at("A", "01:00"), second] }));
    let wrong = |second: Json, issue, element: &str| {
        check(&with(second), issue, &format!("location[1].{element}"));
    };
    let unknown = json!({ "location": { "reference": "Location/4711" } });
    wrong(unknown, Issue::NotFound, "location");
    let deep = json!({ "location": { "identifier": { "value": "A^1^4711^V-1" } } });
    wrong(deep, Issue::Value, "location");
    wrong(json!({ "status": "Jane" }), Issue::CodeInvalid, "status");
    wrong(json!({}), Issue::Required, "location");
    wrong(at("A", "28:00"), Issue::Value, "period.start");
    let timeless = without(with(json!({ "location": {} })), "meta");
    check(&timeless, Issue::Required, "location[1].period.start");
}

#[test]
fn an_end_that_can_not_be_is_refused() {
    let wrong = |start: &str, end: &str, path: &str| {
        let mut over = present(json!({}));
        over["status"] = "finished".into();
        over["period"] = json!({ "start": start, "end": end });
        check(&over, Issue::Value, path);
    };
    let (one, two) = ("2026-01-02T01:00:00Z", "2026-01-02T02:00:00Z");
    wrong(two, one, "period.end");
    let (begun, ended) = ("2026-01-02T00:00:00Z", "2026-01-02T00:30:00Z");
    wrong(begun, ended, "location[0].period.start");
    wrong(begun, "2026-01-10T00:00:00Z", "period.end");
    let open = without(encounter("finished", json!({})), "period");
    check(&open, Issue::Required, "period.end");
    let mistake = without(encounter("entered-in-error", json!({})), "meta");
    check(&mistake, Issue::Required, "meta.lastUpdated");
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
    assert_eq!(fault("Patient", None).issue, Issue::NotSupported);
    for odd in [json!([]), json!(null), json!("Jane")] {
        let fault = speaker.read("Encounter", None, &odd, NOW).unwrap_err();
        assert!(matches!(fault.issue, Issue::Structure | Issue::Required));
    }
}
