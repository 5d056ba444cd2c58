//! What an Observation says.

use events::fact::VitalEvent;
use events::vital::VitalValue;

use super::*;

fn observation(more: Json) -> Json {
    let mut observation = json!({
        "resourceType": "Observation",
        "id": "o-1",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "subject": { "identifier": { "value": "4711" } },
        "encounter": { "reference": "Encounter/e1" },
        "effectiveDateTime": "2026-01-02T02:30:00Z",
        "valueQuantity": { "value": 80.25, "unit": "beats", "code": "/min" },
    });
    for (name, value) in more.as_object().unwrap() {
        observation[name] = value.clone();
    }
    observation
}

fn loinc(code: &str) -> Json {
    json!({ "coding": [
        { "system": "http://snomed.info/sct", "code": code },
        { "system": "http://loinc.org", "code": code },
    ] })
}

fn pressure(systolic: i64) -> Json {
    let part = |code: &str, value: i64| json!({ "code": loinc(code), "valueQuantity": { "value": value, "unit": "mmHg" } });
    observation(json!({
        "code": loinc("85354-9"),
        "valueQuantity": null,
        "component": [part("8480-6", systolic), part("8462-4", 80), part("8478-0", 93)],
    }))
}

/// Each fact as `visit name HH:MM code value`.
fn said(json: &Json) -> Vec<String> {
    let said = read(json).unwrap_or_else(|fault| panic!("{fault:?}"));
    let line = |said: &SaidFact| {
        let What::Vital {
            visit,
            observation,
            code,
            event,
            ..
        } = &said.fact.what
        else {
            panic!("{said:?}");
        };
        let value = match event {
            VitalEvent::Observed(VitalValue::Number(number)) => number.to_string(),
            VitalEvent::Observed(VitalValue::Level(level)) => level.letter().to_owned(),
            VitalEvent::Withdrawn => "withdrawn".to_owned(),
        };
        let at = &said.fact.at.to_string()[11..16];
        format!("{visit} {observation} {at} {code} {value}")
    };
    said.facts.iter().map(line).collect()
}

#[test]
fn a_sign_is_read_with_its_time_and_its_visit() {
    assert_eq!(
        said(&observation(json!({}))),
        ["e1 o-1 02:30 loinc-8867-4 80.3"]
    );
    let mdc = json!({
        "code": { "coding": [{ "system": "urn:iso:std:iso:11073:10101", "code": "147842" }] },
        "identifier": [{ "value": "O 7" }],
        "encounter": { "identifier": { "value": "V-1" } },
    });
    assert_eq!(
        said(&observation(mdc)),
        ["V-1 O_x207 02:30 mdc-147842 80.3"]
    );
    let awake = json!({
        "code": loinc("80288-4"),
        "valueQuantity": null,
        "valueCodeableConcept": { "coding": [{ "code": "LA9340-6", "display": "Alert" }] },
    });
    assert_eq!(said(&observation(awake)), ["e1 o-1 02:30 loinc-80288-4 A"]);
    let without_visit = read(&observation(json!({ "encounter": null }))).unwrap_err();
    assert_eq!(without_visit.path, "encounter", "a null is no reference");
}

#[test]
fn a_blood_pressure_says_each_of_its_components() {
    let expected = [
        "e1 o-1 02:30 loinc-8480-6 120.0",
        "e1 o-1 02:30 loinc-8462-4 80.0",
        "e1 o-1 02:30 loinc-8478-0 93.0",
    ];
    assert_eq!(said(&pressure(120)), expected);
    let fault = read(&pressure(11_647)).unwrap_err();
    assert_eq!(
        (fault.issue, &*fault.path),
        (Issue::Value, "component[0].value")
    );
    assert!(fault.detail.contains("vital_implausible"), "{fault:?}");
    assert!(!fault.detail.contains("11647"), "{fault:?}");
}

#[test]
fn a_mistake_is_withdrawn() {
    for status in ["entered-in-error", "cancelled"] {
        let mut mistake = observation(json!({ "status": status }));
        assert_eq!(said(&mistake), ["e1 o-1 02:30 loinc-8867-4 withdrawn"]);
        mistake["code"] = loinc("85354-9");
        let lines = said(&mistake);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line.ends_with(" withdrawn")));
    }
}

/// Otherwise the value that was wrong would stand.
#[test]
fn a_correction_without_a_value_withdraws() {
    for status in ["amended", "corrected"] {
        let mut corrected = observation(json!({ "status": status }));
        assert_eq!(said(&corrected), ["e1 o-1 02:30 loinc-8867-4 80.3"]);
        corrected["valueQuantity"] = json!({ "unit": "/min" });
        assert_eq!(said(&corrected), ["e1 o-1 02:30 loinc-8867-4 withdrawn"]);
        corrected["valueQuantity"] = Json::Null;
        assert_eq!(said(&corrected), ["e1 o-1 02:30 loinc-8867-4 withdrawn"]);
        corrected["code"] = loinc("718-7");
        assert!(said(&corrected).is_empty(), "no vital sign");

        let mut pressure = pressure(120);
        pressure["status"] = json!(status);
        let parts = pressure["component"].as_array_mut().unwrap();
        parts.pop();
        parts[1]["valueQuantity"] = Json::Null;
        let expected = [
            "e1 o-1 02:30 loinc-8480-6 120.0",
            "e1 o-1 02:30 loinc-8462-4 withdrawn",
            "e1 o-1 02:30 loinc-8478-0 withdrawn",
        ];
        assert_eq!(said(&pressure), expected);
    }
}

#[test]
fn other_observations_say_nothing() {
    let nothing = |more: Json| read(&observation(more)).unwrap() == Said::default();
    assert!(nothing(json!({ "code": loinc("718-7") })));
    assert!(nothing(json!({ "status": "registered" })));
    assert!(nothing(json!({ "valueQuantity": null })));
    assert!(nothing(json!({ "valueQuantity": { "unit": "/min" } })));
}

#[test]
fn what_is_wrong_is_named_by_its_element() {
    let path = |more: Json| read(&observation(more)).unwrap_err().path;
    assert_eq!(path(json!({ "status": "done" })), "status");
    assert_eq!(
        path(json!({ "effectiveDateTime": null })),
        "effectiveDateTime"
    );
    assert_eq!(
        path(json!({ "valueQuantity": { "value": 0, "code": "/min" } })),
        "value"
    );
    assert_eq!(path(json!({ "valueQuantity": { "value": 80 } })), "value");
    let more = json!({ "value": 200, "comparator": ">", "code": "/min" });
    assert_eq!(path(json!({ "valueQuantity": more })), "valueQuantity");
    assert_eq!(
        path(json!({ "valueQuantity": { "value": "80" } })),
        "valueQuantity.value"
    );
}

/// Back to what it said at first is not what it said at first.
#[test]
fn each_version_is_told() {
    let first = observation(json!({}));
    let later = observation(json!({ "meta": { "lastUpdated": "2026-01-02T03:01:00Z" } }));
    let ids = [&first, &first, &later].map(|json| read(json).unwrap().facts.remove(0).id);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
