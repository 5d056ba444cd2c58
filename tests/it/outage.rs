//! Servers that are away: at the start, and in the middle. Each is waited for
//! with a clear word, and nothing is lost.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use harness::{clickhouse, kafka, mosquitto};

use crate::node::Node;
use crate::program::{Demo, between};
use crate::watch::{counts, holds, metrics, pad, shows, source};

/// How long a server stays away, in seconds; `make nightly` lets it be a minute.
fn away_s() -> u64 {
    let said = std::env::var("MEDAXIS_AWAY_S");
    said.map_or(10, |said| {
        said.parse().expect("MEDAXIS_AWAY_S is in seconds")
    })
}

/// Waits until the demo has said this so many times.
#[track_caller]
fn hears(demo: &mut Demo, words: &str, times: usize) {
    demo.hears(words, |said| {
        (said.matches(words).count() >= times).then_some(())
    });
}

#[test]
fn nothing_is_lost_when_mosquitto_kafka_and_clickhouse_go_away_in_the_middle() {
    let mut kafka = kafka::start(kafka::Access::Open).unwrap();
    let mut mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let library = clickhouse::library().unwrap();
    let mut clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let (away, lives) = (Duration::from_secs(away_s()), 3 * away_s() + 60);
    let mut demo = Demo::start(&[
        "--kafka",
        &kafka.address().to_string(),
        "--mqtt",
        &mosquitto.address().to_string(),
        "--clickhouse",
        &format!("http://{}", clickhouse.address()),
        "--history-hours",
        "1",
        "--for",
        &format!("{lives}s"),
        "--speed",
        "20",
        "--report",
        "json",
    ]);
    let board = demo.opening_board();
    hears(&mut demo, "connected to the mqtt broker", 1);
    source(board, "mqtt", "live");

    mosquitto.kill().unwrap();
    hears(&mut demo, "waiting for the mqtt broker", 1);
    source(board, "mqtt", "lost");
    thread::sleep(away);
    mosquitto.restart().unwrap();
    hears(&mut demo, "connected to the mqtt broker", 2);
    source(board, "mqtt", "live");

    kafka.pause().unwrap();
    source(board, "kafka", "lost");
    thread::sleep(away);
    kafka.resume().unwrap();
    source(board, "kafka", "live");

    clickhouse.kill().unwrap();
    hears(&mut demo, "waiting for clickhouse, nothing is lost", 1);
    source(board, "clickhouse", "lost");
    thread::sleep(away);
    clickhouse.restart().unwrap();
    hears(&mut demo, "clickhouse is back", 1);
    source(board, "clickhouse", "live");

    let report = demo.report();
    assert!(report["readings"].as_u64().unwrap() > 0, "{report:#}");
}

/// The ClickHouse engine that a demo has started.
fn engine_of(demo: u32) -> u32 {
    let tasks = std::fs::read_dir(format!("/proc/{demo}/task")).unwrap();
    let children = tasks.map(|task| {
        std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default()
    });
    let children: Vec<u32> = children
        .flat_map(|ids| {
            ids.split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect();
    let [engine] = children[..] else {
        panic!("the demo has the children {children:?}");
    };
    engine
}

fn kill(signal: &str, id: u32) {
    let sent = Command::new("kill")
        .args([signal, &id.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn what_clickhouse_had_and_what_came_meanwhile_is_there_when_its_engine_is_killed() {
    let mut demo = Demo::start(&["--history-hours", "0"]);
    let board = demo.board();
    let broker = demo.hears("the broker's address", |said| {
        between::<SocketAddr>(said, "MQTT broker at ", " ")
    });
    let url = demo.hears("ClickHouse's address", |said| {
        between::<String>(said, "ClickHouse:  ", " ")
    });
    pad(broker, "B-BEFORE", r#"{"boot":1,"seq":1,"occupied":true}"#);
    in_database(&url, "B-BEFORE");
    kill("-KILL", engine_of(demo.id()));
    pad(
        broker,
        "B-MEANWHILE",
        r#"{"boot":1,"seq":1,"occupied":true}"#,
    );
    shows(board, "MED-B", "B-MEANWHILE", "occupied", "true");
    in_database(&url, "B-MEANWHILE");
    in_database(&url, "B-BEFORE");
    hears(&mut demo, "clickhouse engine died, starting it again", 1);
}

/// Waits until ClickHouse has history of a bed.
#[track_caller]
fn in_database(url: &str, bed: &str) {
    let query = format!("SELECT count() > 0 FROM medaxis.bed_history WHERE bed = '{bed}'");
    holds(url, &query);
}

#[test]
fn a_node_waits_for_every_server_that_is_away_at_its_start() {
    let mut kafka = kafka::start(kafka::Access::Open).unwrap();
    let mut mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let mut clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    kafka.kill().unwrap();
    mosquitto.kill().unwrap();
    clickhouse.kill().unwrap();

    node.start();
    node.says("waiting for kafka");
    kafka.restart().unwrap();
    node.says("waiting for clickhouse, nothing is lost");
    node.says("waiting for the mqtt broker");
    let board = node.board();
    assert_eq!(metrics(board).unwrap()["medaxis_ingest_mqtt_connected"], 0);
    mosquitto.restart().unwrap();
    counts(board, "medaxis_ingest_mqtt_connected", 1);

    node.has_a_ward(board);
    pad(
        mosquitto.address(),
        "B-01",
        r#"{"boot":1,"seq":1,"occupied":true}"#,
    );
    // The board does not wait for ClickHouse, and ClickHouse misses nothing.
    shows(board, "MED-B", "B-01", "occupied", "true");
    clickhouse.restart().unwrap();
    in_database(&format!("http://{}", clickhouse.address()), "B-01");
    assert_eq!(
        metrics(board).unwrap()["medaxis_stream_undecodable_total"],
        0
    );

    node.ends();
}
