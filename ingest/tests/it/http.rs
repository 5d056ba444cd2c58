//! The HTTP interface over a socket: what callers are told, and that they are
//! told so only when it is true.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use events::fact::Told;
use ingest::http::idempotency::receipt;
use ingest::http::recall;
use ingest::http::turns::{ROOM_KIB, TURNS};
use ingest::http::{Api, BODY_MAX, OPENAPI};
use ingest::told::outgoing;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::Value as Json;
use tokio::sync::watch;

use crate::server::{answer, post, serve, serve_with, told};
use crate::support::{cluster, eventually, visit};

const VISITS: &str = "/v1/demo/north/visits";
const DISCHARGED: &str = r#"{"visit":"v1","patient":"Jane Roe","event":"discharged"}"#;

#[test]
fn taken_means_durable() {
    let cluster = cluster();
    let server = serve(&cluster);
    cluster.mock.broker_down(-1).unwrap();
    let mut waiting = server.open(&post(VISITS, None, DISCHARGED));
    waiting
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    assert!(
        waiting.read(&mut [0]).is_err(),
        "no answer while kafka is away"
    );
    cluster.mock.broker_up(-1).unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let taken = answer(waiting);
    assert_eq!(
        (taken.status, taken.body.as_str()),
        (202, r#"{"accepted":1}"#)
    );
    let told = told(&cluster);
    assert_eq!((told.len(), told[0].facts.len()), (1, 1));
    assert_eq!(told[0].source, "http");
}

#[test]
fn what_kafka_refuses_is_not_taken_and_may_be_sent_again() {
    let cluster = cluster();
    let server = serve(&cluster);
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    cluster
        .mock
        .request_errors(RDKafkaApiKey::Produce, &[refusal]);
    let refused = server.post(VISITS, Some("k1"), DISCHARGED);
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("not-durable"), "{}", refused.body);
    assert_eq!(server.post(VISITS, Some("k1"), DISCHARGED).status, 202);
    assert_eq!(told(&cluster).len(), 1);
}

#[test]
fn a_repeated_request_is_answered_again_and_stored_once_also_after_a_restart() {
    let cluster = cluster();
    let server = serve(&cluster);
    for _ in 0..2 {
        let taken = server.post(VISITS, Some("k1"), DISCHARGED);
        assert_eq!(
            (taken.status, taken.body.as_str()),
            (202, r#"{"accepted":1}"#)
        );
    }
    let other = r#"{"visit":"v2","event":"discharged"}"#;
    let reused = server.post(VISITS, Some("k1"), other);
    assert_eq!(reused.status, 422);
    assert!(
        reused.body.contains("idempotency-key-reused"),
        "{}",
        reused.body
    );
    assert_eq!(server.post(VISITS, Some("with space"), other).status, 400);

    let restarted = serve_with(&cluster, Api::with_a_past);
    let early = restarted.post(VISITS, Some("k1"), DISCHARGED);
    assert_eq!(early.status, 503);
    assert!(early.body.contains("recalling"), "{}", early.body);
    assert!(early.head.contains("retry-after: 10"), "{}", early.head);
    assert_eq!(
        restarted.post(VISITS, None, other).status,
        202,
        "without a key nothing is waited for"
    );
    let (_stop, stopped) = watch::channel(false);
    recall::run(&restarted.api, &cluster.config, 0, &stopped).unwrap();
    assert_eq!(restarted.post(VISITS, Some("k1"), DISCHARGED).status, 202);
    assert_eq!(restarted.post(VISITS, Some("k1"), other).status, 422);
    assert_eq!(told(&cluster).len(), 2);
}

#[test]
fn what_was_told_in_another_way_takes_no_room_among_the_keys() {
    let cluster = cluster();
    let lanes = cluster.config.lanes;
    let of_hl7 = Told {
        source: "hl7:ADT".to_owned(),
        ..visit(Some(receipt(VISITS, b"k1", b"another body")))
    };
    let writer = cluster.writer();
    let delivery = writer.send_blocking(outgoing(&of_hl7, lanes)).unwrap();
    delivery.wait_blocking().unwrap();
    let server = serve_with(&cluster, Api::with_a_past);
    let (_stop, stopped) = watch::channel(false);
    let seen = recall::run(&server.api, &cluster.config, 0, &stopped).unwrap();
    assert_eq!(seen, 1);
    assert_eq!(server.post(VISITS, Some("k1"), DISCHARGED).status, 202);
}

#[test]
fn a_batch_with_a_fault_is_refused_with_index_field_and_reason() {
    let cluster = cluster();
    let server = serve(&cluster);
    let body = format!(r#"[{DISCHARGED},{{"visit":"v2","event":"admitted"}}]"#);
    let refused = server.post(VISITS, None, &body);
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .head
            .contains("content-type: application/problem+json"),
        "{}",
        refused.head
    );
    let problem: Json = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(problem["status"], 422);
    assert_eq!(
        problem["errors"],
        serde_json::json!([{
            "index": 1, "field": "ward", "reason": "field_missing", "detail": "is missing",
        }])
    );
    assert!(told(&cluster).is_empty(), "nothing was stored");
}

#[test]
fn what_can_not_be_taken_is_said_and_counted_and_disturbs_nobody() {
    let cluster = cluster();
    let server = serve(&cluster);
    let stuck = server.half(VISITS, 900);
    let broken = server.half(VISITS, 900);
    broken.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answer(broken).status, 400);
    assert_eq!(
        server.post(VISITS, None, DISCHARGED).status,
        202,
        "others go on"
    );
    drop(stuck);
    assert_eq!(server.post(VISITS, None, "{").status, 400);
    assert_eq!(server.post(VISITS, None, r#"{"visit":NaN}"#).status, 400);
    assert_eq!(
        server.post(VISITS, None, &" ".repeat(BODY_MAX + 1)).status,
        413
    );
    let unknown = server.post("/v1/nobody/north/visits", None, DISCHARGED);
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("site-unknown"), "{}", unknown.body);
    assert_eq!(
        server.post("/v1/demo/north/rooms", None, DISCHARGED).status,
        404
    );
    assert_eq!(server.post(VISITS, None, "[]").status, 422);
    let get = format!("GET {VISITS} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    let get = answer(server.open(&get));
    assert_eq!(get.status, 405);
    assert!(get.head.contains("allow: post"), "{}", get.head);
    assert_eq!(told(&cluster).len(), 1);
    let expected = [
        ("body_broken", 1),
        ("body_too_large", 1),
        ("facts_refused", 1),
        ("method_unknown", 1),
        ("not_json", 2),
        ("path_unknown", 1),
        ("site_unknown", 1),
    ];
    let mut refused = server.refused();
    // Whoever hangs up is told nothing; it is counted if it was noticed.
    refused.insert("body_broken", 1);
    assert_eq!(refused, expected.into());
}

#[test]
fn slow_bodies_stop_nobody_until_the_room_is_full() {
    let cluster = cluster();
    let server = serve(&cluster);
    let slow: Vec<TcpStream> = (0..TURNS + 20).map(|_| server.half(VISITS, 900)).collect();
    assert_eq!(server.post(VISITS, None, DISCHARGED).status, 202);
    drop(slow);
    let mut large = Vec::new();
    eventually("the room is full", || {
        large.push(server.half(VISITS, BODY_MAX));
        server.post(VISITS, None, DISCHARGED).status == 503
    });
    assert!(large.len() >= ROOM_KIB / 1024, "{}", large.len());
    let refused = server.post(VISITS, None, DISCHARGED);
    assert!(refused.body.contains("too-many"), "{}", refused.body);
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    drop(large);
    eventually("there is room again", || {
        server.post(VISITS, None, DISCHARGED).status == 202
    });
}

#[test]
fn who_hangs_up_makes_no_room_while_the_facts_wait_for_kafka() {
    let cluster = cluster();
    let server = serve(&cluster);
    cluster.mock.broker_down(-1).unwrap();
    let request = post(VISITS, None, DISCHARGED);
    let waiting: Vec<TcpStream> = (0..TURNS).map(|_| server.open(&request)).collect();
    eventually("every turn is taken", || server.writes() == TURNS as u64);
    drop(waiting);
    // Nobody else is written, so that the room fills with those who wait.
    let large = format!("{}{DISCHARGED}", " ".repeat(BODY_MAX - DISCHARGED.len()));
    let request = post(VISITS, None, &large);
    let mut waiting = Vec::new();
    eventually("the room is full", || {
        waiting.push(server.open(&request));
        server.refused().contains_key("too_many")
    });
    assert_eq!(server.writes(), TURNS as u64);
    cluster.mock.broker_up(-1).unwrap();
    eventually("all is written", || server.writes() == 0);
    assert!(told(&cluster).len() >= TURNS, "also of those who hung up");
}

#[test]
fn the_interface_describes_itself() {
    let cluster = cluster();
    let server = serve(&cluster);
    let get = "GET /openapi.json HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let description = answer(server.open(get));
    assert_eq!(description.status, 200);
    assert!(description.head.contains("content-type: application/json"));
    assert_eq!(description.body, OPENAPI);
}
