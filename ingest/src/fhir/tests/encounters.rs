//! What an Encounter says of a visit.

use super::*;

#[test]
fn the_first_place_is_an_admission_and_each_further_one_a_transfer() {
    let first = encounter("in-progress", json!({ "location": [at("A^1^9", "01:00")] }));
    assert_eq!(lines(&first), ["01:00 V-1 admitted A^1^9"]);
    let history = json!({ "location": [at("B^2^3", "02:00"), at("A^1^9", "01:00")] });
    let moved = ["01:00 V-1 admitted A^1^9", "02:00 V-1 transferred B^2^3"];
    assert_eq!(lines(&encounter("onleave", history)), moved);
    // A sender that keeps the current place only says a transfer, too.
    let current = json!({ "location": [at("B^2^3", "02:00")] });
    assert_eq!(lines(&encounter("in-progress", current)), moved[1..]);
}

#[test]
fn an_emergency_is_one_from_its_admission_on() {
    let places = json!({
        "class": { "code": "EMER" },
        "location": [at("B^2^3", "02:00"), at("ED", "01:00")],
    });
    let course = [
        "01:00 V-1 admitted ED",
        "01:00 V-1 emergency",
        "02:00 V-1 transferred B^2^3",
    ];
    assert_eq!(lines(&encounter("in-progress", places)), course);
}

#[test]
fn an_encounter_that_is_finished_says_its_whole_course() {
    let whole = json!({
        "location": [at("A^1^9", "01:00"), at("B", "02:00")],
        "period": { "start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:30:00+00:00" },
    });
    let course = [
        "01:00 V-1 admitted A^1^9",
        "02:00 V-1 transferred B",
        "02:30 V-1 discharged",
    ];
    assert_eq!(lines(&encounter("finished", whole)), course);
    let end = json!({ "period": { "end": "2026-01-02T02:30:00Z" } });
    assert_eq!(lines(&encounter("finished", end)), ["02:30 V-1 discharged"]);
}

#[test]
fn a_mistake_is_taken_back_when_it_was_said() {
    for status in ["entered-in-error", "cancelled"] {
        let mistake = encounter(status, json!({ "location": [at("A^1^9", "01:00")] }));
        assert_eq!(lines(&mistake), ["03:00 V-1 cancelled"]);
    }
}

#[test]
fn what_is_planned_or_unknown_says_nothing() {
    for status in ["planned", "unknown"] {
        let planned = encounter(status, json!({ "location": [at("A^1^9", "01:00")] }));
        assert_eq!(read(&planned).unwrap(), Said::default());
    }
    let mut reserved = at("B^2^3", "02:00");
    reserved["status"] = "reserved".into();
    let reserved = json!({ "location": [at("A^1^9", "01:00"), reserved] });
    assert_eq!(
        lines(&encounter("arrived", reserved)),
        ["01:00 V-1 admitted A^1^9"]
    );
}

#[test]
fn one_that_goes_on_after_its_end_is_put_back_where_it_was() {
    let again = json!({
        "location": [at("A^1^9", "01:00"), at("B^2^3", "02:45")],
        "statusHistory": [
            { "status": "in-progress", "period": { "end": "2026-01-02T02:00:00Z" } },
            { "status": "finished", "period": { "end": "2026-01-02T02:30:00Z" } },
        ],
    });
    let again = encounter("in-progress", again);
    let course = [
        "01:00 V-1 admitted A^1^9",
        "02:30 V-1 put back A^1^9",
        "02:45 V-1 transferred B^2^3",
    ];
    assert_eq!(lines(&again), course);
    let flags: Vec<_> = read(&again).unwrap().facts;
    assert_eq!(flags[1].fact.flags, FactFlags::REOPENED_BY_CANCEL);
}

#[test]
fn a_place_without_a_beginning_holds_since_the_version_was_made() {
    let place = json!({ "location": { "identifier": { "value": "A^1^9" } } });
    let now = encounter("in-progress", json!({ "location": [place] }));
    assert_eq!(lines(&now), ["03:00 V-1 transferred A^1^9"]);
    let over = json!({ "location": [place], "period": { "end": "2026-01-02T02:30:00Z" } });
    assert_eq!(
        lines(&encounter("finished", over)),
        ["02:30 V-1 discharged"]
    );
}

#[test]
fn of_the_places_of_one_moment_the_most_exact_counts() {
    let nested =
        json!({ "location": [at("A", "01:00"), at("A^1^9", "01:00"), at("A^1", "01:00")] });
    assert_eq!(
        lines(&encounter("triaged", nested)),
        ["01:00 V-1 admitted A^1^9"]
    );
}

#[test]
fn places_go_by_the_mapping_then_by_their_identifier() {
    let mapped = |reference: &str| {
        let location = json!({
            "location": { "reference": reference },
            "period": { "start": "2026-01-02T01:00:00Z" },
        });
        lines(&encounter("in-progress", json!({ "location": [location] })))
    };
    let expected = ["01:00 V-1 admitted MED-A^R1^A-09"];
    assert_eq!(mapped("Location/17"), expected);
    assert_eq!(
        mapped("https://his.example/fhir/Location/17/_history/2"),
        expected
    );
    let ward = json!({ "location": [at("Innere 1^2^F", "01:00")] });
    assert_eq!(
        lines(&encounter("in-progress", ward)),
        ["01:00 V-1 admitted MED-A^2^F"]
    );
}

#[test]
fn the_visit_goes_by_its_number_and_the_patient_by_a_pseudonym() {
    let visit = |identifiers: Json| {
        let more = json!({ "identifier": identifiers, "location": [at("A", "01:00")] });
        lines(&encounter("in-progress", more)).remove(0)
    };
    let number = json!({ "type": { "coding": [{ "code": "VN" }] }, "value": "77" });
    assert_eq!(
        visit(json!([{ "value": "1" }, number])),
        "01:00 77 admitted A"
    );
    assert_eq!(visit(json!([])), "01:00 e1 admitted A");

    let patient = |subject: Json| {
        let more = json!({ "subject": subject, "location": [at("A", "01:00")] });
        match read(&encounter("in-progress", more))
            .unwrap()
            .facts
            .remove(0)
            .fact
            .what
        {
            What::Visit { patient, .. } => patient,
            other => panic!("{other:?}"),
        }
    };
    let (tenant, of) = (site().tenant, Pseudonyms::new(&[7; 32]));
    // As over HTTP, which knows no authority.
    let bare = patient(json!({ "identifier": { "value": "4711" } }));
    assert_eq!(bare, Some(of.of(&tenant, "", "4711")));
    let full = json!({ "identifier": { "system": "urn:oid:1.2", "value": "4711" } });
    assert_eq!(patient(full), Some(of.of(&tenant, "urn:oid:1.2", "4711")));
    let by_id = patient(json!({ "reference": "Patient/4711" }));
    assert_eq!(by_id, Some(of.of(&tenant, "Patient", "Patient/4711")));
    assert_eq!(patient(json!({ "display": "Jane Roe" })), None);
}

#[test]
fn what_is_older_than_corrections_is_left_out() {
    let mut old = at("A^1^9", "01:00");
    old["period"]["start"] = "2025-12-29T00:00:00Z".into();
    let more = json!({
        "period": { "start": "2025-12-29T00:00:00Z" },
        "location": [old, at("B^2^3", "02:00")],
    });
    let said = read(&encounter("in-progress", more)).unwrap();
    assert_eq!((said.facts.len(), said.too_old), (1, 1));
    assert_eq!(line(&said.facts[0].fact), "02:00 V-1 transferred B^2^3");
}

#[test]
fn a_clock_that_is_ahead_is_flagged() {
    let ahead = encounter("in-progress", json!({ "location": [at("A^1^9", "04:00")] }));
    let fact = read(&ahead).unwrap().facts.remove(0).fact;
    assert_eq!((fact.at.0, fact.flags), (NOW.0, FactFlags::CLOCK_AHEAD));
}

#[test]
fn an_encounter_names_its_patient_for_the_label() {
    let people = |more: Json| {
        let bundle = json!({ "entry": [{ "resource": encounter("planned", more) }, {}] });
        let people = crate::fhir::people(bundle.to_string().as_bytes());
        let (visit, person) = people.into_iter().next().unwrap();
        assert_eq!(visit.as_str(), "V-1");
        (
            person.family,
            person.given,
            person.number,
            person.is_private,
        )
    };
    let of = |family: &str, given: &str, number: &str, is_private| {
        (
            family.to_owned(),
            given.to_owned(),
            number.to_owned(),
            is_private,
        )
    };
    assert_eq!(people(json!({})), of("Roe", "Jane", "4711", false));
    let comma = json!({ "subject": { "display": "Roe, Jane Ann" } });
    assert_eq!(people(comma), of("Roe", "Jane Ann", "", false));
    let meta = json!({ "meta": { "security": [{ "code": "R" }] } });
    assert!(people(meta).3);
}
