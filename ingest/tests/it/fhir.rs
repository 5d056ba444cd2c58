//! FHIR over a socket: what senders are told, and what then stands in the log.

use std::io::Read;
use std::time::Duration;

use events::fact::{SlotEvent, Told, VisitEvent, VitalEvent, What};
use events::metric;
use events::vital::VitalValue;
use harness::kafka::{Access, start};
use ingest::fhir::TYPES;
use ingest::http::fhir::FACTS_MAX;
use ingest::http::{Api, BODY_MAX, recall};
use ingest::kafka::{Config, create_topics, wait};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::server::{Answer, Server, answer, serve_on, told_on};
use crate::support::cluster;

const SITE: &str = "/fhir/demo/north";

/// An encounter of `V-1` with these places, `WARD^ROOM^BED` since a time of 2 January.
fn encounter(status: &str, places: &[(&str, &str)]) -> Json {
    let location = |(place, since): &(&str, &str)| {
        json!({
            "location": { "identifier": { "value": place } },
            "period": { "start": format!("2026-01-02T{since}:00Z") },
        })
    };
    json!({
        "resourceType": "Encounter",
        "id": "e1",
        "status": status,
        "subject": { "identifier": { "value": "4711" }, "display": "Jane Roe" },
        "period": { "start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:30:00Z" },
        "location": places.iter().map(location).collect::<Json>(),
    })
}

fn bed(code: &str) -> Json {
    json!({
        "resourceType": "Location",
        "id": "b9",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "identifier": [{ "value": "A^1^9" }],
        "operationalStatus": { "code": code },
    })
}

fn bundle(kind: &str, resources: &[Json]) -> Json {
    let entry = |resource: &Json| {
        let request = json!({ "method": "POST", "url": resource["resourceType"] });
        json!({ "resource": resource, "request": request })
    };
    let entries: Json = resources.iter().map(entry).collect();
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {SITE}{path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn send(server: &Server, method: &str, path: &str, body: &Json) -> Answer {
    answer(server.open(&request(method, path, &body.to_string())))
}

fn put(server: &Server, body: &Json) -> Answer {
    send(server, "PUT", "/Encounter/e1", body)
}

/// The only issue of an answer: its code, and the element that it names.
fn issue(answer: &Answer) -> (String, Json) {
    assert!(answer.head.contains("content-type: application/fhir+json"));
    let outcome: Json = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
    let issue = &outcome["issue"][0];
    let code = issue["code"].as_str().unwrap().to_owned();
    (code, issue["expression"][0].clone())
}

/// What happened to visits, in the order of the log.
fn visits(told: &[Told]) -> Vec<String> {
    let facts = told.iter().flat_map(|told| &told.facts);
    facts
        .map(|fact| match &fact.what {
            What::Visit { event, .. } => match event {
                VisitEvent::Admitted(place) => format!("admitted {}", place.ward),
                VisitEvent::Transferred(place) => format!("transferred {}", place.ward),
                other => format!("{other:?}").to_lowercase(),
            },
            What::Bed { tap, .. } => format!("{tap:?}").to_lowercase(),
            What::Slot { event, .. } => match event {
                SlotEvent::Offered { .. } => "slot offered".to_owned(),
                SlotEvent::Booked => "slot booked".to_owned(),
                SlotEvent::Withdrawn => "slot withdrawn".to_owned(),
            },
            other => panic!("{other:?}"),
        })
        .collect()
}

fn recalled(server: &Server, config: &Config) {
    let (_stop, stopped) = watch::channel(false);
    recall::run(&server.api, config, 0, &stopped).unwrap();
}

#[test]
fn taken_means_durable() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    cluster.mock.broker_down(-1).unwrap();
    let body = encounter("in-progress", &[("A^1^9", "01:00")]).to_string();
    let mut waiting = server.open(&request("POST", "/Encounter", &body));
    let limit = |seconds| Some(Duration::from_secs(seconds));
    waiting.set_read_timeout(limit(2)).unwrap();
    assert!(
        waiting.read(&mut [0]).is_err(),
        "no answer while kafka is away"
    );
    let again = answer(server.open(&request("POST", "/Encounter", &body)));
    assert_eq!(
        (again.status, issue(&again).0),
        (409, "lock-error".to_owned())
    );
    cluster.mock.broker_up(-1).unwrap();
    waiting.set_read_timeout(limit(30)).unwrap();
    let taken = answer(waiting);
    assert_eq!(
        (taken.status, issue(&taken).0),
        (202, "informational".to_owned())
    );
    let told = told_on(&cluster.config);
    assert_eq!(
        (visits(&told), &*told[0].source),
        (vec!["admitted A".to_owned()], "fhir")
    );
}

#[test]
fn what_kafka_refuses_is_not_taken_and_may_be_sent_again() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    let produce = RDKafkaApiKey::Produce;
    cluster.mock.request_errors(produce, &[refusal]);
    let first = encounter("in-progress", &[("A^1^9", "01:00")]);
    let refused = put(&server, &first);
    assert_eq!(
        (refused.status, issue(&refused).0),
        (503, "transient".to_owned())
    );
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert_eq!(put(&server, &first).status, 202);
    assert_eq!(visits(&told_on(&cluster.config)), ["admitted A"]);
}

/// On Apache Kafka, as it is in a hospital.
#[test]
fn each_version_tells_what_is_new_in_it_once_also_after_a_restart() {
    let kafka = start(Access::Open).unwrap();
    let config = Config::new(kafka.address().to_string(), "fhir.");
    let (_stop, stopped) = watch::channel(false);
    wait(&config, &stopped).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(create_topics(&config)).unwrap();

    let server = serve_on(&config, |api| api);
    let here = encounter("in-progress", &[("A^1^9", "01:00")]);
    let moved = encounter("in-progress", &[("A^1^9", "01:00"), ("B^2^3", "02:00")]);
    let left = encounter("finished", &[("A^1^9", "01:00"), ("B^2^3", "02:00")]);
    // Its clock is ahead: its own time does not stand in the log.
    let ahead = encounter("in-progress", &[("C^2^3", "04:00")]);
    for version in [&here, &here, &moved, &moved, &here, &ahead, &ahead] {
        assert_eq!(put(&server, version).status, 202);
    }
    let course = ["admitted A", "transferred B", "transferred C"];
    assert_eq!(visits(&told_on(&config)), course);

    let restarted = serve_on(&config, Api::with_a_past);
    let early = put(&restarted, &here);
    assert_eq!(
        (early.status, issue(&early).0),
        (503, "transient".to_owned())
    );
    recalled(&restarted, &config);
    for version in [&here, &moved, &ahead, &left, &left] {
        assert_eq!(put(&restarted, version).status, 202);
    }
    let course = ["admitted A", "transferred B", "transferred C", "discharged"];
    assert_eq!(visits(&told_on(&config)), course);
    let became = restarted.counted(metric::INGEST_FHIR_RESOURCES);
    assert_eq!(became, [("repeated", 4), ("told", 1)].into());
}

#[test]
fn an_encounter_in_error_is_cancelled_and_a_bed_is_tapped() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let mut mistake = encounter("in-progress", &[("A^1^9", "01:00")]);
    assert_eq!(put(&server, &mistake).status, 202);
    mistake["status"] = "entered-in-error".into();
    mistake["meta"] = json!({ "lastUpdated": "2026-01-02T03:00:00Z" });
    assert_eq!(put(&server, &mistake).status, 202);
    for code in ["H", "O", "U"] {
        assert_eq!(send(&server, "PUT", "/Location/b9", &bed(code)).status, 202);
    }
    let slot = json!({
        "resourceType": "Slot",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "identifier": [{ "value": "s-1" }],
        "status": "busy",
        "schedule": { "identifier": { "value": "CLINIC" } },
        "start": "2026-01-02T09:00:00Z",
        "end": "2026-01-02T09:20:00Z",
    });
    assert_eq!(send(&server, "POST", "/Slot", &slot).status, 202);
    let told = told_on(&cluster.config);
    let course = [
        "admitted A",
        "cancelled",
        "dirty",
        "open",
        "clean",
        "slot offered",
        "slot booked",
    ];
    assert_eq!(visits(&told), course);
    let became = server.counted(metric::INGEST_FHIR_RESOURCES);
    assert_eq!(became, [("ignored", 1), ("told", 5)].into());
}

#[test]
fn a_vital_sign_is_told_corrected_and_withdrawn() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let observation = |status: &str, minute: &str, value: i64| {
        json!({
            "resourceType": "Observation",
            "id": "o-1",
            "meta": { "lastUpdated": format!("2026-01-02T03:{minute}:00Z") },
            "status": status,
            "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
            "encounter": { "identifier": { "value": "V-1" } },
            "effectiveDateTime": "2026-01-02T02:30:00Z",
            "valueQuantity": { "value": value, "code": "/min" },
        })
    };
    let first = observation("final", "00", 80);
    for _ in 0..2 {
        assert_eq!(send(&server, "PUT", "/Observation/o-1", &first).status, 202);
    }
    let impossible = observation("corrected", "01", 0);
    let refused = send(&server, "PUT", "/Observation/o-1", &impossible);
    assert_eq!(refused.status, 422);
    assert_eq!(
        issue(&refused),
        ("value".to_owned(), json!("Observation.value"))
    );
    let later = [
        observation("corrected", "02", 88),
        observation("entered-in-error", "03", 88),
    ];
    for version in later {
        assert_eq!(
            send(&server, "PUT", "/Observation/o-1", &version).status,
            202
        );
    }
    let told = told_on(&cluster.config);
    let events: Vec<String> = told
        .iter()
        .flat_map(|told| &told.facts)
        .map(|fact| match &fact.what {
            What::Vital { event, .. } => match event {
                VitalEvent::Observed(VitalValue::Number(number)) => number.to_string(),
                other => format!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(events, ["80.0", "88.0", "Withdrawn"]);
}

#[test]
fn of_a_batch_the_good_entries_are_taken_and_the_bad_one_says_where() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let mut bad = encounter("in-progress", &[("A^1^9", "01:00")]);
    bad["period"]["start"] = "2026-02-31T00:00:00Z".into();
    let vital = json!({
        "resourceType": "Observation",
        "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "valueQuantity": { "value": 0, "code": "/min" },
    });
    let good = encounter("in-progress", &[("A^1^9", "01:00")]);
    let batch = bundle("batch", &[good.clone(), bad, vital, bed("H"), good]);
    let answer = send(&server, "POST", "", &batch);
    assert_eq!(answer.status, 200);
    let answers: Json = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answers["type"], "batch-response");
    let said: Vec<_> = answers["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let issue = &entry["response"]["outcome"]["issue"][0];
            let status = entry["response"]["status"].as_str().unwrap();
            (
                status,
                issue["code"].as_str().unwrap(),
                issue["expression"][0].as_str(),
            )
        })
        .collect();
    let expected = [
        ("202", "informational", None),
        (
            "422",
            "value",
            Some("Bundle.entry[1].resource.period.start"),
        ),
        ("422", "value", Some("Bundle.entry[2].resource.value")),
        ("202", "informational", None),
        ("202", "informational", None),
    ];
    assert_eq!(said, expected);
    assert_eq!(visits(&told_on(&cluster.config)), ["admitted A", "dirty"]);
    let became = server.counted(metric::INGEST_FHIR_RESOURCES);
    assert_eq!(
        became,
        [("refused", 2), ("repeated", 1), ("told", 2)].into()
    );
}

#[test]
fn a_transaction_is_taken_whole_or_not_at_all() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let good = encounter("in-progress", &[("A^1^9", "01:00")]);
    let bad = bundle("transaction", &[good.clone(), bed("unknown")]);
    let refused = send(&server, "POST", "", &bad);
    let element = json!("Bundle.entry[1].resource.operationalStatus.code");
    assert_eq!(refused.status, 422);
    assert_eq!(issue(&refused), ("code-invalid".to_owned(), element));
    assert!(told_on(&cluster.config).is_empty());
    let whole = bundle("transaction", &[good, bed("H")]);
    let taken = send(&server, "POST", "/", &whole);
    assert_eq!(taken.status, 200);
    assert!(
        taken.body.contains("transaction-response"),
        "{}",
        taken.body
    );
    assert_eq!(told_on(&cluster.config).len(), 1, "one record");
}

/// The request gets this status, code and element, and none of its values.
#[track_caller]
fn refuses(server: &Server, request: &str, status: u16, code: &str, element: Option<&str>) {
    let answer = answer(server.open(request));
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(issue(&answer), (code.to_owned(), json!(element)));
    for value in ["Jane", "4711"] {
        assert!(!answer.body.contains(value), "{}", answer.body);
    }
}

#[test]
fn a_bad_resource_is_answered_with_its_element_and_nothing_of_its_value() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let good = encounter("in-progress", &[("A^1^9", "01:00")]);
    let with = |name: &str, value: Json| {
        let mut encounter = good.clone();
        encounter[name] = value;
        encounter
    };
    let mut over = encounter("finished", &[]);
    over["period"]["end"] = "2026-01-02T00:00:00Z".into();
    let cases = [
        (with("status", "Jane".into()), 422, "code-invalid", "status"),
        (with("location", json!([])), 422, "required", "location"),
        (with("subject", "Jane".into()), 400, "structure", "subject"),
        (over, 422, "value", "period.end"),
    ];
    for (body, status, code, element) in cases {
        let request = request("POST", "/Encounter", &body.to_string());
        let element = format!("Encounter.{element}");
        refuses(&server, &request, status, code, Some(&element));
    }
    let other = request("PUT", "/Encounter/4711", &good.to_string());
    refuses(&server, &other, 400, "invalid", Some("Encounter.id"));
    assert!(told_on(&cluster.config).is_empty());
    assert_eq!(put(&server, &good).status, 202, "the others go on");
}

#[test]
fn a_bad_request_is_answered_with_an_outcome_too() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let vital = json!({ "resourceType": "Observation", "valueString": "Jane" }).to_string();
    let large = " ".repeat(BODY_MAX + 1);
    let cases = [
        (
            "POST",
            "/Observation",
            &*vital,
            422,
            "required",
            Some("Observation.status"),
        ),
        (
            "POST",
            "/Jane",
            &vital,
            404,
            "not-supported",
            Some("Resource"),
        ),
        ("POST", "/Encounter", "{\"Jane", 400, "structure", None),
        (
            "POST",
            "/Encounter",
            "\u{0}\u{1}\u{2}",
            400,
            "structure",
            None,
        ),
        ("POST", "/Encounter", &large, 413, "too-long", None),
        ("DELETE", "/Encounter/e1", "", 405, "not-supported", None),
        ("GET", "/a/b/c/d", "", 404, "not-found", None),
    ];
    for (method, path, body, status, code, element) in cases {
        refuses(&server, &request(method, path, body), status, code, element);
    }
    let nobody = "POST /fhir/nobody/north HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    refuses(&server, nobody, 404, "not-found", None);
    let refused = server.counted(metric::INGEST_REFUSED);
    let expected = [
        ("body_too_large", 1),
        ("facts_refused", 2),
        ("method_unknown", 1),
        ("not_json", 2),
        ("path_unknown", 1),
        ("site_unknown", 1),
    ];
    assert_eq!(refused, expected.into());
}

#[test]
fn a_request_with_too_many_facts_is_refused_whole() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let times: Vec<String> = (0..=FACTS_MAX)
        .map(|n| format!("02:{:02}:{:02}.{:03}Z", n / 60_000, n / 1_000, n % 1_000))
        .collect();
    let places: Vec<Json> = times
        .iter()
        .map(|time| {
            json!({
                "location": { "identifier": { "value": "A" } },
                "period": { "start": format!("2026-01-02T{time}") },
            })
        })
        .collect();
    let mut many = encounter("in-progress", &[]);
    many["location"] = places.into();
    let refused = put(&server, &many);
    assert_eq!(
        (refused.status, issue(&refused).0),
        (422, "too-costly".to_owned())
    );
    many["location"].as_array_mut().unwrap().pop();
    assert_eq!(put(&server, &many).status, 202);
    let told = told_on(&cluster.config);
    assert_eq!((told.len(), told[0].facts.len()), (1, FACTS_MAX));
}

#[test]
fn the_statement_of_capabilities_says_what_is_taken() {
    let cluster = cluster();
    let server = serve_on(&cluster.config, |api| api);
    let answer = answer(server.open(&request("GET", "/metadata", "")));
    assert_eq!(answer.status, 200);
    let statement: Json = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let types: Vec<_> = resources
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, TYPES);
    // Each interaction that it names exists, and no other.
    for kind in TYPES {
        for (method, path) in [("POST", kind.to_owned()), ("PUT", format!("{kind}/x"))] {
            let taken = send(&server, method, &format!("/{path}"), &json!({}));
            assert_eq!(issue(&taken).1, format!("{kind}.resourceType"));
        }
        let read = send(&server, "GET", &format!("/{kind}/x"), &json!({}));
        assert_eq!(read.status, 405);
    }
}
