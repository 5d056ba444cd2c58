//! Servers that are away: at the start, and in the middle. Each is waited for
//! with a clear word, and nothing is lost.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use harness::process::Process;
use harness::{clickhouse, kafka, mosquitto};

use crate::program::{Demo, between, medaxis, printed};
use crate::watch::{counts, metrics, pad, shows};

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
    let (away, lives) = (Duration::from_secs(away_s()), 3 * away_s() + 40);
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
    hears(&mut demo, "connected to the mqtt broker", 1);

    mosquitto.kill().unwrap();
    hears(&mut demo, "waiting for the mqtt broker", 1);
    thread::sleep(away);
    mosquitto.restart().unwrap();
    hears(&mut demo, "connected to the mqtt broker", 2);

    kafka.pause().unwrap();
    thread::sleep(away);
    kafka.resume().unwrap();

    clickhouse.kill().unwrap();
    hears(&mut demo, "waiting for clickhouse, nothing is lost", 1);
    thread::sleep(away);
    clickhouse.restart().unwrap();
    hears(&mut demo, "clickhouse is back", 1);

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
    harness::wait_for(Duration::from_secs(60), bed, || {
        let answer = Command::new("curl")
            .args(["-sS", url, "-d", &query])
            .output()?;
        Ok((answer.stdout == b"1\n").then_some(()))
    })
    .unwrap();
}

const MASTER: &str = r#"
tenant = "demo"
site = "north"

[[ward]]
name = "MED-B"
source = "pad"
bed = [{ name = "B-01", room = "B1" }]
"#;

#[test]
fn a_node_waits_for_every_server_that_is_away_at_its_start() {
    let mut kafka = kafka::start(kafka::Access::Open).unwrap();
    let mut mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let mut clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("medaxis.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[kafka]\nbrokers = \"{}\"\nlanes = 4\n[mqtt]\nport = {}\n\
         [clickhouse]\nurl = \"http://{}\"\n[privacy]\npseudonym_key_file = \"{}\"\n",
        kafka.address(),
        mosquitto.address().port(),
        clickhouse.address(),
        folder.path().join("key").display(),
    );
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    kafka.kill().unwrap();
    mosquitto.kill().unwrap();
    clickhouse.kill().unwrap();

    let log = folder.path().join("log");
    let mut node = Process::spawn(&mut medaxis(&["run", "--config", config]), &log).unwrap();
    says(&node, "waiting for kafka");
    kafka.restart().unwrap();
    says(&node, "waiting for clickhouse, nothing is lost");
    says(&node, "waiting for the mqtt broker");
    says(&node, "ready");
    let said = node.log().unwrap();
    let board: SocketAddr = between(&said, "board=", "\n").unwrap();
    assert_eq!(metrics(board).unwrap()["medaxis_ingest_mqtt_connected"], 0);
    mosquitto.restart().unwrap();
    counts(board, "medaxis_ingest_mqtt_connected", 1);

    let master = folder.path().join("master.toml");
    std::fs::write(&master, MASTER).unwrap();
    let sent = medaxis(&["control", "master", "--config", config])
        .arg(&master)
        .output()
        .unwrap();
    printed(&sent);
    shows(board, "MED-B", "B-01", "listed", "true");
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

    kill("-TERM", node.id());
    assert!(
        node.wait(Duration::from_secs(30)).unwrap().success(),
        "{}",
        node.log().unwrap()
    );
}

#[track_caller]
fn says(node: &Process, words: &str) {
    let said = harness::wait_for(Duration::from_secs(60), words, || {
        Ok(node.log()?.contains(words).then_some(()))
    });
    said.unwrap_or_else(|error| panic!("{error:#}\n{}", node.log().unwrap()));
}
