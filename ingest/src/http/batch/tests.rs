//! What a request may say, what it is told when it may not, and that the
//! documents say the same.

use super::*;
use events::fact::{AppointmentEvent, BedTap, FactFlags, VisitEvent};
use events::id::{SiteId, TenantId};

const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z

fn facts(resource: Resource, body: &str) -> Result<Vec<Fact>, Refused> {
    let site = Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    };
    let caller = Caller {
        site: &site,
        pseudonyms: &Pseudonyms::new(&[7; 32]),
    };
    resource.facts(body.as_bytes(), &caller, NOW)
}

fn fact(resource: Resource, body: &str) -> Fact {
    let mut facts = facts(resource, body).unwrap();
    assert_eq!(facts.len(), 1);
    facts.remove(0)
}

fn faults(resource: Resource, body: &str) -> Vec<String> {
    match facts(resource, body) {
        Err(Refused::Faults(faults)) => faults
            .iter()
            .map(|fault| format!("{} {} {}", fault.index, fault.field, fault.reason))
            .collect(),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_patient_is_never_stored_by_name() {
    let body = r#"{"visit":"v1","patient":"Jane Roe","event":"discharged"}"#;
    let fact = fact(Resource::Visits, body);
    let What::Visit { patient, event, .. } = &fact.what else {
        panic!("{fact:?}");
    };
    assert_eq!(*event, VisitEvent::Discharged);
    assert_eq!(patient.as_ref().unwrap().as_str().len(), 40);
    assert!(!format!("{fact:?}").contains("Jane"));
}

#[test]
fn a_name_goes_to_the_label_of_its_visit_and_nowhere_else() {
    let body = r#"[{"visit":"v1","patient":"4711","event":"discharged","family":"Roe","given":"Jane"},
        {"visit":"v2","event":"discharged","private":true},{"visit":"v3","event":"discharged"}]"#;
    let told = facts(Resource::Visits, body).unwrap();
    assert!(!format!("{told:?}").contains("Jane"));
    let people = Resource::Visits.people(body.as_bytes());
    let names: Vec<_> = people
        .iter()
        .map(|(visit, who)| (visit.as_str(), &*who.family, &*who.number, who.is_private))
        .collect();
    assert_eq!(names, [("v1", "Roe", "4711", false), ("v2", "", "", true)]);
    assert!(Resource::Beds.people(body.as_bytes()).is_empty());
    let long = body.replace("Roe", &"R".repeat(65));
    assert_eq!(faults(Resource::Visits, &long), ["0 family out_of_range"]);
}

#[test]
fn names_outside_the_alphabet_are_encoded() {
    let body = r#"{"visit":"v1","event":"admitted","ward":"ward-a","bed":"Bed 9"}"#;
    let What::Visit {
        event: VisitEvent::Admitted(place),
        ..
    } = fact(Resource::Visits, body).what
    else {
        panic!("admitted");
    };
    let bed = place.bed.unwrap();
    assert_eq!((bed.as_str(), bed.label().as_str()), ("Bed_x209", "Bed 9"));
}

#[test]
fn an_absent_time_is_the_time_of_receipt_and_a_fast_clock_is_flagged() {
    let at = |at: &str| {
        fact(
            Resource::Beds,
            &format!(r#"{{"ward":"a","bed":"b","event":"clean"{at}}}"#),
        )
    };
    let absent = at("");
    assert_eq!((absent.at.0, absent.flags), (NOW.0, FactFlags::NO_CLOCK));
    let ahead = at(r#","at":"2026-01-02T03:05:06Z""#);
    assert_eq!((ahead.at.0, ahead.flags), (NOW.0, FactFlags::CLOCK_AHEAD));
    let past = at(r#","at":"2026-01-01T03:05:06+01:00""#);
    assert_eq!(past.at.to_string(), "2026-01-01T02:05:06.000Z");
}

#[test]
fn a_batch_is_taken_whole_or_not_at_all() {
    let good = r#"{"ward":"a","bed":"b","event":"clean"}"#;
    assert_eq!(
        facts(Resource::Beds, &format!("[{good},{good}]"))
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        faults(
            Resource::Beds,
            &format!(r#"[{good},{{"ward":"a"}},{good},7]"#)
        ),
        ["1 event field_missing", "3  type_wrong"]
    );
    assert_eq!(faults(Resource::Beds, "[]"), ["0  empty"]);
}

fn check(resource: Resource, expected: &[(&str, &str)]) {
    for (body, fault) in expected {
        assert_eq!(faults(resource, body), [format!("0 {fault}")], "{body}");
    }
}

#[test]
fn each_fault_of_a_visit_has_its_own_reason() {
    let long = format!(r#"{{"visit":"{}","event":"discharged"}}"#, "v".repeat(65));
    check(
        Resource::Visits,
        &[
            (&long, "visit id_invalid"),
            (
                r#"{"visit":"v","event":"bed_requested"}"#,
                "ward field_missing",
            ),
            (
                r#"{"visit":"v","event":"bed_assigned","ward":"a"}"#,
                "bed field_missing",
            ),
            (
                r#"{"visit":"v","event":"expected_discharge"}"#,
                "expected field_missing",
            ),
            (r#"{"visit":"v","event":"dicharged"}"#, "event out_of_range"),
            (r#"{"visit":"","event":"discharged"}"#, "visit id_invalid"),
            (r#"{"visit":7,"event":"discharged"}"#, "visit type_wrong"),
            (
                r#"{"visit":"v","event":"discharged","whard":"a"}"#,
                "whard field_unknown",
            ),
            (
                r#"{"visit":"v","patient":"","event":"discharged"}"#,
                "patient id_invalid",
            ),
        ],
    );
    assert!(matches!(
        facts(Resource::Visits, "{"),
        Err(Refused::NotJson(_))
    ));
}

#[test]
fn each_fault_of_the_others_has_its_own_reason() {
    check(
        Resource::Appointments,
        &[
            (
                r#"{"appointment":"a","event":"booked","ward":"c"}"#,
                "scheduled field_missing",
            ),
            (
                r#"{"appointment":"a","event":"ended"}"#,
                "ward field_missing",
            ),
        ],
    );
    check(
        Resource::Staff,
        &[(
            r#"{"member":"n","ward":"a","event":"start"}"#,
            "role field_missing",
        )],
    );
    check(
        Resource::Beds,
        &[
            (
                r#"{"ward":"a","bed":"b","event":"blocked"}"#,
                "reason field_missing",
            ),
            (
                r#"{"ward":"a","bed":"b","event":"blocked","reason":"two words"}"#,
                "reason id_invalid",
            ),
            (
                r#"{"ward":"a","bed":"b","event":"open","at":"now"}"#,
                "at time_invalid",
            ),
            (
                r#"{"ward":"a","bed":"b","event":"open","at":"1969-12-31T00:00:00Z"}"#,
                "at time_before_1970",
            ),
            (
                r#"{"ward":"a","bed":"b","event":"open","at":"2027-01-02T00:00:00Z"}"#,
                "at clock_far_ahead",
            ),
        ],
    );
}

#[test]
fn events_keep_what_they_need() {
    let booked = r#"{"appointment":"a","event":"booked","ward":"c","type":"x ray","scheduled":"2026-01-03T00:00:00Z"}"#;
    let What::Appointment { event, kind, .. } = fact(Resource::Appointments, booked).what else {
        panic!("booked");
    };
    let AppointmentEvent::Booked(at) = event else {
        panic!("{event:?}");
    };
    assert_eq!(
        (kind.as_str(), at.to_string().as_str()),
        ("x ray", "2026-01-03T00:00:00.000Z")
    );
    let blocked = r#"{"ward":"a","bed":"b","event":"blocked","reason":"repair"}"#;
    let What::Bed { tap, .. } = fact(Resource::Beds, blocked).what else {
        panic!("blocked");
    };
    let reason = "repair".to_owned();
    assert_eq!(
        tap,
        BedTap::Blocked {
            reason,
            expected_back: None
        }
    );
}

fn openapi() -> Json {
    serde_json::from_str(crate::http::OPENAPI).unwrap()
}

#[test]
fn the_description_has_the_routes_and_its_examples_are_taken() {
    let document = openapi();
    let mut expected: Vec<String> = Resource::ALL
        .iter()
        .map(|resource| format!("/v1/{{tenant}}/{{site}}/{}", resource.name()))
        .collect();
    let answers = [
        "alerts",
        "commands",
        "kpis",
        "kpis/{kpi}",
        "kpis/{kpi}/explain",
        "kpis/{kpi}/spc",
        "no_free_bed",
        "verify",
    ]
    .map(|kind| format!("/v1/{{tenant}}/{{site}}/{kind}"));
    expected.extend(answers);
    let rest = ["/openapi.json", "/v1/kpis", "/v1/session", "/v1/sites"];
    expected.extend(rest.map(str::to_owned));
    expected.sort();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    for resource in Resource::ALL {
        let path = &paths[&format!("/v1/{{tenant}}/{{site}}/{}", resource.name())];
        let content = &path["post"]["requestBody"]["content"]["application/json"];
        for (event, example) in content["examples"].as_object().unwrap() {
            let body = example["value"].to_string();
            assert!(facts(resource, &body).is_ok(), "{event}: {body}");
        }
    }
}

#[test]
fn the_description_knows_every_event_and_field_and_no_other() {
    let document = openapi();
    for (resource, schema) in [
        (Resource::Visits, "Visit"),
        (Resource::Appointments, "Appointment"),
        (Resource::Staff, "Shift"),
        (Resource::Beds, "Tap"),
    ] {
        let schema = &document["components"]["schemas"][schema];
        let described: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let mut known: Vec<&str> = resource.fields().to_vec();
        known.sort_unstable();
        assert_eq!(described, known);
        let events = schema["properties"]["event"]["enum"].as_array().unwrap();
        let Err(Refused::Faults(faults)) = facts(resource, r#"{"event":"?"}"#) else {
            panic!("no such event");
        };
        let events: Vec<&str> = events.iter().map(|event| event.as_str().unwrap()).collect();
        assert_eq!(
            faults[0].detail,
            format!("is none of {}", events.join(", "))
        );
    }
}

#[test]
fn the_commands_of_the_page_are_taken() {
    let page = include_str!("../../../../docs/http.md");
    let mut events = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("curl ")) {
        let name = line.split(['/', ' ']).nth(6).unwrap();
        let resource = Resource::ALL
            .into_iter()
            .find(|resource| resource.name() == name);
        let body = line.split_once("-d '").unwrap().1.trim_end_matches('\'');
        let taken = facts(resource.unwrap(), body);
        assert!(taken.is_ok(), "{line}: {taken:?}");
        let json: Json = serde_json::from_str(body).unwrap();
        events.extend(
            json["event"]
                .as_str()
                .map(|event| format!("{name} {event}")),
        );
    }
    let documented: usize = openapi()["components"]["schemas"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|schema| {
            schema["properties"]["event"]["enum"]
                .as_array()
                .map(Vec::len)
        })
        .sum();
    assert_eq!(
        events.len(),
        documented,
        "one command for each event: {events:?}"
    );
}

#[test]
fn a_slot_is_neither_too_long_nor_too_far_ahead() {
    let slot = |start: &str, end: &str| {
        format!(r#"{{"slot":"s","event":"offered","ward":"c","start":"{start}","end":"{end}"}}"#)
    };
    let longest = slot("2026-01-03T09:00:00Z", "2026-01-04T09:00:00Z");
    assert!(facts(Resource::Slots, &longest).is_ok());
    let last = slot("2028-01-03T03:04:06Z", "2028-01-03T03:30:00Z");
    assert!(facts(Resource::Slots, &last).is_ok());
    let start = "2026-01-03T09:00:00Z";
    check(
        Resource::Slots,
        &[
            (&slot(start, start), "end out_of_range"),
            (&slot(start, "2026-01-04T09:00:00.001Z"), "end out_of_range"),
            (
                &slot("2028-01-03T03:04:06.001Z", "2028-01-03T03:30:00Z"),
                "start out_of_range",
            ),
        ],
    );
}
