//! An HL7 feed that stops is told: on the board, as an alert, beside the numbers that it
//! feeds, and where a number is explained; until it speaks again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use events::time::{EventTime, HOUR_MS};
use harness::port::Port;
use harness::{clickhouse, kafka, mosquitto, wait_for};
use serde_json::Value;

use crate::node::Node;
use crate::program::get;

/// Until something shows; windows of a minute close meanwhile.
const SHOWS: Duration = Duration::from_secs(150);

#[test]
fn a_feed_that_stops_is_told_until_it_speaks_again() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    let port = Port::reserve().unwrap();
    let listen = port.address();
    node.is_told(&format!(
        "[stream]\ndisorder_s = 1\n[[hl7.listeners]]\nlisten = \"{listen}\"\n\
         tenant = \"demo\"\nsite = \"north\"\n"
    ));
    node.start();
    let board = node.board();
    node.prints(&[
        "control", "version", "--tenant", "demo", "--site", "north", "4",
    ]);
    node.has_a_ward(board);

    // Every two hours for two days, and for 20 hours nothing.
    let begun = now();
    let mut feed = TcpStream::connect(listen).unwrap();
    for number in 0..25 {
        admits(&mut feed, number, begun - (68 - 2 * number) * HOUR_MS);
    }
    let heard_s = (begun - 20 * HOUR_MS) / 1_000;
    shows(board, "the silence", |view| {
        let silent = &view["site"]["silent"][0];
        let heard = silent["heard_ms"].as_i64().map(|heard| heard / 1_000);
        let is_it = (&silent["source"], &silent["feed"]) == (&"hl7:ADT1".into(), &"visits".into());
        (is_it && silent["level"] == "lost" && heard == Some(heard_s)).then_some(())
    });
    let raised = shows(board, "the alert", |view| alert(view).cloned());
    assert_eq!(
        (&raised["ward"], &raised["subject"]),
        (&"-".into(), &"hl7:ADT1/visits".into())
    );

    let row = row(board, "arrivals", |row| row["coverage"] == 0.0);
    assert_eq!((&row["lower"], &row["upper"]), (&0.0.into(), &Value::Null));
    let window = row["window"]["from"].as_str().unwrap();
    let site = ["--tenant", "demo", "--site", "north", "--ward", "MED-B"];
    let asked = [
        "explain",
        "arrivals",
        "--window",
        window,
        "--resolution",
        "60",
    ];
    let explained = node.prints(&[&asked[..], &site[..]].concat());
    assert!(
        explained.contains("covered   0.00 % of the window"),
        "{explained}"
    );
    assert!(
        explained.contains("hl7:ADT1/visits was silent from"),
        "{explained}"
    );

    admits(&mut feed, 99, now());
    shows(board, "that it speaks again", |view| {
        let is_well = view["site"]["silent"] == Value::Array(Vec::new());
        (is_well && alert(view).is_none()).then_some(())
    });
    node.ends();
}

/// What the board's snapshot shows, as soon as it does.
#[track_caller]
fn shows<T>(board: SocketAddr, what: &str, is_it: impl Fn(&Value) -> Option<T>) -> T {
    let mut last = Value::Null;
    let seen = wait_for(SHOWS, what, || {
        last = serde_json::from_str(&get(board, "/v1/demo/north/snapshot")?)?;
        Ok(is_it(&last))
    });
    seen.unwrap_or_else(|error| panic!("{error:#}; last {} {}", last["site"], last["alerts"]))
}

fn alert(view: &Value) -> Option<&Value> {
    let mut alerts = view["alerts"].as_array()?.iter();
    alerts.find(|alert| alert["rule"] == "source_silent")
}

/// The answer's row of a minute of a KPI, as soon as there is one like this.
#[track_caller]
fn row(board: SocketAddr, kpi: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let (from, to) = (EventTime(now() - HOUR_MS), EventTime(now() + HOUR_MS));
    let path = format!("/v1/demo/north/kpis/{kpi}?ward=MED-B&resolution=60&from={from}&to={to}");
    let mut last = Value::Null;
    let seen = wait_for(SHOWS, kpi, || {
        // The tables may not be there yet.
        let page = get(board, &path).unwrap_or_default();
        last = serde_json::from_str(&page).unwrap_or_default();
        let mut rows = last["kpis"].as_array().into_iter().flatten();
        Ok(rows.find(|row| is_it(row)).cloned())
    });
    seen.unwrap_or_else(|error| panic!("{error:#}; last {last}"))
}

/// Tells of an admission at a time, and reads that it was taken.
fn admits(feed: &mut TcpStream, number: i64, at: i64) {
    let at = EventTime(at).to_string();
    let digits: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let message = format!(
        "\x0BMSH|^~\\&|ADT1|HOSP|||{digits}||ADT^A01|M{number}|P|2.3\r\
         PID|1||{number}^^^HOSP^MR\rPV1|1|I|MED-B||||||||||||||||V{number}\r\x1C\r"
    );
    feed.write_all(message.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\x1C\r") {
        let mut byte = [0];
        feed.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains(&format!("MSA|AA|M{number}")), "{answer}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "edge: an interface engine has a clock"
)]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
