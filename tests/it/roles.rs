//! Parts of a node as processes of their own: what a board knows without the processor, what a
//! gateway remembers, and when it takes nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use events::time::{CellTime, HOUR_MS};
use events::topic::KafkaTopic;
use harness::{clickhouse, kafka, mosquitto};
use ingest::kafka_look::Look;
use ingest::kafka_writer::Writer;
use ingest::ticker;
use serde_json::Value;
use tokio_tungstenite::tungstenite::connect;

use crate::chaos::clock::wall_ms;
use crate::node::Node;
use crate::watch::{counts, holds, live, metrics, pad, shows};

struct Servers {
    kafka: harness::Server,
    mosquitto: harness::Server,
    clickhouse: harness::Server,
}

impl Servers {
    fn start() -> Self {
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        Self {
            kafka: kafka::start(kafka::Access::Open).unwrap(),
            mosquitto: mosquitto::start(mosquitto::Access::Open, &[]).unwrap(),
            clickhouse: clickhouse::start(program, &["clickhouse-engine"], &library).unwrap(),
        }
    }

    fn node(&self) -> Node {
        Node::new(
            self.kafka.address(),
            self.mosquitto.address(),
            self.clickhouse.address(),
        )
    }

    fn log(&self) -> ingest::kafka::Config {
        let mut config = ingest::kafka::Config::new(self.kafka.address().to_string(), "medaxis.");
        config.lanes = 4;
        config
    }
}

/// The first heartbeat of a board that `wanted` likes.
#[track_caller]
fn heartbeat(board: std::net::SocketAddr, wanted: impl Fn(&Value) -> bool) -> Value {
    let (mut socket, _) = connect(live(board)).unwrap();
    let mut last = Value::Null;
    let found = harness::wait_for(Duration::from_secs(60), "a heartbeat", || {
        let frame: Value = serde_json::from_str(socket.read()?.to_text()?)?;
        if frame["type"] == "heartbeat" {
            last = frame;
        }
        Ok(wanted(&last).then(|| last.clone()))
    });
    found.unwrap_or_else(|error| panic!("{error:#}; last {last}"))
}

#[test]
fn a_board_in_its_own_process_knows_how_far_the_processor_is_and_nothing_of_other_parts() {
    let servers = Servers::start();
    let mut gateway = servers.node();
    let (mut processor, mut board) = (gateway.twin(), gateway.twin());
    let stood = gateway.twin();
    gateway.start_as(&["gateway"]);
    processor.start_as(&["processor"]);
    board.start_as(&["board"]);
    processor.board();
    let (door, screen) = (gateway.board(), board.board());
    stood.has_a_ward(screen);
    counts(door, "medaxis_ingest_mqtt_connected", 1);
    let fresh = heartbeat(screen, |beat| beat["sources"]["kafka"]["state"] == "live");
    let sources: Vec<_> = fresh["sources"].as_object().unwrap().keys().collect();
    assert_eq!(sources, ["kafka"]);
    let numbers = metrics(door).unwrap();
    assert!(numbers.contains_key("medaxis_ingest_messages_total"));
    assert!(!numbers.contains_key("medaxis_stream_epoch"));

    // Ticks and readings go on, and nobody folds them: that it does not know is what it says.
    processor.is_killed();
    let killed_ms = wall_ms();
    pad(
        servers.mosquitto.address(),
        "B-01",
        r#"{"boot":1,"seq":1,"occupied":true}"#,
    );
    let lost = heartbeat(screen, |beat| beat["sources"]["kafka"]["state"] == "lost");
    assert!(lost["as_of_ms"].as_i64().unwrap() <= killed_ms, "{lost}");
    assert!(
        lost["cell_ms"].as_i64().unwrap() > killed_ms + 4_000,
        "{lost}"
    );

    processor.start_as(&["processor"]);
    shows(screen, "MED-B", "B-01", "occupied", "true");
    heartbeat(screen, |beat| {
        beat["as_of_ms"].as_i64() > Some(killed_ms + 5_000)
    });
    for part in [gateway, processor, board] {
        part.ends();
    }
}

#[test]
fn a_post_that_was_answered_is_answered_again_after_a_kill_and_counts_once() {
    let servers = Servers::start();
    let mut gateway = servers.node();
    let mut sink = gateway.twin();
    sink.start_as(&["clickhouse"]);
    for _ in 0..3 {
        gateway.start_as(&["gateway"]);
        let door = gateway.board();
        gateway.says("earlier requests are remembered");
        for _ in 0..2 {
            assert_eq!(post(door), (202, r#"{"accepted":1}"#.to_owned()));
        }
        gateway.is_killed();
    }
    let url = format!("http://{}", servers.clickhouse.address());
    holds(&url, "SELECT count() FROM medaxis.facts");
    sink.ends();
    holds(&url, "SELECT count() FROM medaxis.facts");
}

/// Status and body of the answer to one and the same request.
fn post(door: std::net::SocketAddr) -> (u16, String) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-w", " %{http_code}", "-H", "Idempotency-Key: one"]);
    curl.args(["-H", &harness::access::header("source")]);
    curl.args(["-d", r#"{"visit":"v1","event":"discharged"}"#]);
    let answer = curl.arg(format!("http://{door}/v1/demo/north/visits"));
    let answer = String::from_utf8(answer.output().unwrap().stdout).unwrap();
    let (body, status) = answer.rsplit_once(' ').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

#[test]
fn a_gateway_by_a_clock_that_is_behind_takes_nothing() {
    let servers = Servers::start();
    let mut gateway = servers.node();
    gateway.start_as(&["gateway"]);
    counts(gateway.board(), "medaxis_ingest_mqtt_connected", 1);
    gateway.is_killed();
    // The broker keeps it for who has subscribed.
    pad(
        servers.mosquitto.address(),
        "B-01",
        r#"{"boot":1,"seq":1,"occupied":true}"#,
    );
    let log = servers.log();
    let writer = Writer::new(&log).unwrap();
    let lanes = log.input_lanes();
    for record in ticker::records(&lanes, CellTime(wall_ms() + HOUR_MS)) {
        writer
            .send_blocking(record)
            .unwrap()
            .wait_blocking()
            .unwrap();
    }
    let look = Look::new(&log).unwrap();
    let ends = || (0..4).map(|lane| look.watermarks(KafkaTopic::Signals, lane).unwrap().1);
    let before: Vec<u64> = ends().collect();

    gateway.start_as(&["gateway"]);
    gateway.fails("ms ahead of the clock, at most 60000 are allowed: check the system's time");
    assert_eq!(ends().collect::<Vec<u64>>(), before);
}
