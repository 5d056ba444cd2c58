//! Bad input over real MQTT and HTTP: each piece is counted under its own reason,
//! and none stops or slows the others.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use harness::{mosquitto, wait_for};

use crate::program::{Demo, between};
use crate::watch::{counts, dead_letters, pad, publish, shows};

const PAD: &str = "medaxis/v1/demo/north/MED-B/B9/B-BAD/pad-bad/bed";
const KIB: usize = 1024;

/// Topic, payload, and the reason for which it is set aside.
fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let many = format!(
        "[{}]",
        vec![r#"{"boot":1,"seq":1,"occupied":true}"#; 501].join(",")
    );
    let text = |text: &str| text.as_bytes().to_vec();
    let of_pad = [
        (text("occupied"), "not_json"),
        (text(r#"{"boot":1,"seq":1,"occupied":NaN}"#), "not_json"),
        (text(r#"{"boot":1,"seq":1,"occupied":"yes"}"#), "type_wrong"),
        (text(r#"{"boot":1,"occupied":true}"#), "field_missing"),
        (text(r#"{"boot":1,"seq":1}"#), "field_missing"),
        (
            text(r#"{"boot":99999999999,"seq":1,"occupied":true}"#),
            "out_of_range",
        ),
        (
            text(r#"{"boot":1,"seq":1,"ts":"2099-01-01T00:00:00Z","occupied":true}"#),
            "clock_far_ahead",
        ),
        (
            text(r#"{"boot":1,"seq":1,"ts":"1969-12-31T23:59:59Z","occupied":true}"#),
            "time_before_1970",
        ),
        (
            text(r#"{"boot":1,"seq":1,"ts":"yesterday","occupied":true}"#),
            "time_invalid",
        ),
        (text("[]"), "empty"),
        (text(&many), "too_many_readings"),
        (vec![0xff, 0xfe], "utf8_invalid"),
        (vec![b' '; 300 * KIB], "payload_too_large"),
    ];
    let elsewhere = [
        ("medaxis/v1/demo/north/MED-B/bed", "topic_depth"),
        (
            "medaxis/v1/demo/north/MED B/B9/B-BAD/pad-bad/bed",
            "topic_characters",
        ),
        (
            "medaxis/v1/demo/north/MED-B/B9/B-BAD/pad-bad/bedd",
            "stream_unknown",
        ),
        (
            "medaxis/v1/nobody/north/MED-B/B9/B-BAD/pad-bad/bed",
            "tenant_unknown",
        ),
    ];
    let good = text(r#"{"boot":1,"seq":1,"occupied":true}"#);
    let of_pad = of_pad
        .into_iter()
        .map(|(payload, reason)| (PAD, payload, reason));
    let elsewhere = elsewhere.map(|(topic, reason)| (topic, good.clone(), reason));
    of_pad.chain(elsewhere).collect()
}

fn check(broker: SocketAddr, board: SocketAddr) {
    let mut expected = BTreeMap::<String, u64>::new();
    for (topic, payload, reason) in bad() {
        let published = publish(broker, topic, &payload);
        assert!(
            published.status.success(),
            "{reason}: {}",
            String::from_utf8_lossy(&published.stderr)
        );
        *expected.entry(reason.to_owned()).or_default() += 1;
    }
    let mut got = BTreeMap::new();
    let counted = wait_for(Duration::from_secs(30), "every reason", || {
        got = dead_letters(board)?;
        Ok((got == expected).then_some(()))
    });
    assert!(counted.is_ok(), "got {got:?}, expected {expected:?}");

    // More than the broker takes: its sender is cut off, nobody else.
    publish(broker, PAD, &vec![b' '; 1200 * KIB]);
    half_a_body(board);
    what_is_strange_but_good(broker, board);
    assert_eq!(
        dead_letters(board).unwrap(),
        expected,
        "nothing else is set aside"
    );
    counts(board, "medaxis_ingest_mqtt_connected", 1);
}

/// Readings that are taken although something is odd, and repetitions.
fn what_is_strange_but_good(broker: SocketAddr, board: SocketAddr) {
    // An unknown bed, whose pad has started twice.
    for said in [
        r#"{"boot":4,"seq":1,"occupied":false}"#,
        r#"{"boot":5,"seq":5000,"occupied":true}"#,
    ] {
        pad(broker, "B-NEW", said);
    }
    let bed = shows(board, "MED-B", "B-NEW", "occupied", "true");
    assert_eq!(bed["listed"], false, "{bed:#}");
    // The same again, a number and a boot that are too old: nothing changes.
    pad(broker, "B-NEW", r#"{"boot":5,"seq":5000,"occupied":false}"#);
    pad(broker, "B-NEW", r#"{"boot":5,"seq":1,"occupied":false}"#);
    pad(broker, "B-NEW", r#"{"boot":1,"seq":1,"occupied":false}"#);
    counts(board, "medaxis_stream_duplicates_total", 1);
    for reason in ["seq_too_old", "boot_too_old"] {
        let late = format!("medaxis_stream_late_total{{reason=\"{reason}\"}}");
        counts(board, &late, 1);
    }
    shows(board, "MED-B", "B-NEW", "occupied", "true");
    // A clock a minute ahead.
    let ahead = in_a_minute();
    pad(
        broker,
        "B-AHEAD",
        &format!(r#"{{"boot":1,"seq":1,"ts":"{ahead}","occupied":true}}"#),
    );
    shows(board, "MED-B", "B-AHEAD", "occupied", "true");
    // An unknown ward.
    let topic = "medaxis/v1/demo/north/NEW-WARD/-/N-1/pad-new/bed";
    assert!(
        publish(broker, topic, br#"{"boot":1,"seq":1,"occupied":true}"#)
            .status
            .success()
    );
    let bed = shows(board, "NEW-WARD", "N-1", "occupied", "false");
    assert_eq!(bed["listed"], false, "{bed:#}");
}

#[expect(clippy::disallowed_methods, reason = "edge: a device has a clock")]
fn in_a_minute() -> jiff::Timestamp {
    jiff::Timestamp::now() + Duration::from_secs(60)
}

/// A request whose sender goes away in the middle of it.
fn half_a_body(board: SocketAddr) {
    let mut stream = TcpStream::connect(board).unwrap();
    let head = "POST /v1/demo/north/beds HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 500";
    let who = harness::access::header("source");
    write!(stream, "{head}\r\n{who}\r\n\r\n{{\"ward\":\"SURG\",").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer:?}");
    assert!(answer.contains("body-broken"), "{answer}");
}

/// Each request, its status, and a word of the answer.
fn bad_requests(board: SocketAddr) {
    let good = r#"{"ward":"SURG","bed":"S-HTTP","event":"dirty"}"#;
    let half = format!("[{good},{}]", r#"{"ward":"SURG","event":"dirty"}"#);
    let large = " ".repeat(1100 * KIB);
    for (path, body, status, word) in [
        ("/v1/demo/north/beds", "{", 400, "json"),
        ("/v1/demo/north/beds", &half, 422, "bed"),
        (
            "/v1/demo/north/beds",
            r#"{"ward":"SURG","bed":7,"event":"dirty"}"#,
            422,
            "bed",
        ),
        ("/v1/demo/north/beds", &large, 413, ""),
        ("/v1/nobody/north/beds", good, 404, "site-unknown"),
        ("/v1/demo/north/nothing", good, 404, ""),
    ] {
        let answer = post(board, path, body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
        assert!(answer.contains(word), "{path}: {answer}");
    }
    for reason in [
        "body_broken",
        "body_too_large",
        "facts_refused",
        "not_json",
        "path_unknown",
        "site_unknown",
    ] {
        let name = format!("medaxis_ingest_refused_total{{reason=\"{reason}\"}}");
        counts(board, &name, 1);
    }
    let answer = post(board, "/v1/demo/north/beds", good);
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    shows(board, "SURG", "S-HTTP", "cleanliness", "\"dirty\"");
}

fn post(board: SocketAddr, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(board).unwrap();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {board}\r\nConnection: close\r\nContent-Type: application/json"
    );
    // A server that refuses a body need not read it.
    let who = harness::access::header("source");
    let _ = write!(
        stream,
        "{head}\r\n{who}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn bad_input_harms_nobody_on_the_embedded_broker() {
    let mut demo = Demo::start(&["--history-hours", "0"]);
    let board = demo.board();
    let broker = demo.hears("the broker's address", |said| {
        between(said, "MQTT broker at ", " ")
    });
    demo.hears("the gateway", |said| {
        said.contains("connected to the mqtt broker").then_some(())
    });
    check(broker, board);
    bad_requests(board);
}

#[test]
fn bad_input_harms_nobody_on_mosquitto() {
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let broker = mosquitto.address();
    let mut demo = Demo::start(&["--history-hours", "0", "--mqtt", &broker.to_string()]);
    let board = demo.board();
    demo.hears("the gateway", |said| {
        said.contains("connected to the mqtt broker").then_some(())
    });
    check(broker, board);
    bad_requests(board);
}
