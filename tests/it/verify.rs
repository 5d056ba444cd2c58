//! Proof: what a node has said, killed and started again in between, is computed once
//! more from archive and Kafka, and ClickHouse holds exactly that; a row that somebody
//! altered, deleted or added is found and named.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::{clickhouse, kafka, mosquitto, wait_for};
use ingest::kafka_look::Look;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

use crate::node::Node;
use crate::program::{Demo, complaint};
use crate::watch::{counts, holds, metrics, pad, shows};

/// Longer than any test.
const ALWAYS: [&str; 5] = [
    "verify",
    "--from",
    "2020-01-01T00:00:00Z",
    "--to",
    "2100-01-01T00:00:00Z",
];

#[test]
fn what_was_said_is_what_is_stored_until_somebody_alters_deletes_or_adds_a_row() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let url = format!("http://{}", clickhouse.address());
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    node.is_told("[stream]\ndisorder_s = 1\n");
    let commands = node.twin();

    let board = lives(&mut node, mosquitto.address(), &url);
    let asked = by_http(board);
    assert_eq!(asked["differences"], 0, "{asked:#}");
    assert!(asked["compared"]["kpi"].as_u64().unwrap() > 0, "{asked:#}");
    node.ends();

    let found = commands.prints(&ALWAYS);
    let rows = rows_of(&found);
    // Nobody has asked for anything.
    assert!(rows[..4].iter().all(|rows| *rows > 0), "{found}");
    assert!(
        found.contains(" late 1, commands 0: 0 differences"),
        "{found}"
    );
    assert!(found.contains("the log ends at"), "{found}");
    assert!(!found.contains("not stored yet"), "{found}");

    let forget = Forget::new(kafka.address());
    forget.what_the_archive_has(&commands);
    let again = commands.prints(&ALWAYS);
    assert_eq!(rows_of(&again), rows, "{again}");

    tamper(&url);
    let output = commands.command(&ALWAYS).output().unwrap();
    let found = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!output.status.success(), "{found}");
    let said = complaint(&output);
    assert!(
        said.contains("5 rows are not what the log says"),
        "{said}\n{found}"
    );
    for (table, words) in [
        ("kpi", ": numerator is 77, recomputed "),
        ("kpi", ": denominator is 78, recomputed "),
        ("alerts", ": is missing, recomputed ward=MED-B "),
        ("bed_history", ": was added, as_of="),
        ("late", ": reason is nothing, recomputed beyond_horizon"),
    ] {
        let is_it = |line: &&str| line.starts_with(table) && line.contains(words);
        assert_eq!(
            found.lines().filter(is_it).count(),
            1,
            "{table}{words}\n{found}"
        );
    }

    std::fs::remove_dir_all(commands.store().join("archive")).unwrap();
    let output = commands.command(&ALWAYS).output().unwrap();
    let found = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(
        !output.status.success() && found.contains("the log has lost its beginning"),
        "{found}"
    );
    assert!(complaint(&output).contains("nothing could be compared"));
}

#[test]
fn an_hour_of_a_whole_hospital_is_what_its_log_says() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let kafka = kafka.address().to_string();
    let history = ["--kafka", &kafka, "--history-hours", "1", "--faults", "all"];
    let mut demo = Demo::start(&history);
    let board = demo.board();
    // It is in the log, and may not be folded and stored yet.
    let compared = wait_for(Duration::from_secs(120), "an hour of rows", || {
        let found = by_http(board);
        // A machine that is busy with everything else may say: ask again.
        if found["type"] == "urn:medaxis:problem:history-away" {
            return Ok(None);
        }
        assert_eq!(found["differences"], 0, "{found:#}");
        let rows = |table: &str| found["compared"][table].as_u64().unwrap_or(0);
        let is_whole = rows("kpi") > 5_000 && rows("bed_history") > 300 && rows("alerts") > 10;
        Ok(is_whole.then_some(found))
    });
    compared.unwrap();
    demo.ends();
}

/// Lets a node live through everything that gives rows: a threshold that is set, beds that
/// change, an alert, something that is too late, a kill, windows that close. Gives its board.
fn lives(node: &mut Node, mosquitto: SocketAddr, url: &str) -> SocketAddr {
    let says = |board: SocketAddr, seq: u32, occupied: bool| {
        let said = format!(r#"{{"boot":1,"seq":{seq},"occupied":{occupied}}}"#);
        pad(mosquitto, "B-01", &said);
        shows(board, "MED-B", "B-01", "occupied", &occupied.to_string());
    };
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    says(board, 1, true);
    let minute = [
        "--tenant",
        "demo",
        "--site",
        "north",
        "bed_dirty",
        "minutes",
        "1",
    ];
    node.prints(&[&["control", "set"][..], &minute].concat());
    says(board, 2, false);
    node.is_killed();
    node.start();
    let board = node.board();
    taps(
        board,
        r#"{"ward":"MED-B","bed":"B-01","event":"clean","at":"2020-01-01T00:00:00Z"}"#,
    );
    says(board, 3, true);
    says(board, 4, false);
    let rows = |table: &str, wanted: &str| {
        holds(url, &format!("SELECT {wanted} FROM medaxis.{table}"));
    };
    rows("late", "count() = 1");
    rows("alerts", "countIf(rule = 'bed_dirty') > 0");
    rows("kpi", "count() > 0");
    board
}

/// What the node says over HTTP of the day around now.
fn by_http(board: SocketAddr) -> Value {
    counts(board, "medaxis_stream_epoch", 1);
    let folded_ms = metrics(board).unwrap()["medaxis_stream_epoch"] * 20;
    let time = |ms: u64| events::time::EventTime(ms.try_into().unwrap()).to_string();
    let (from, to) = (
        time(folded_ms - 20 * 3_600_000),
        time(folded_ms + 3_600_000),
    );
    let url = format!("http://{board}/v1/demo/north/verify?from={from}&to={to}");
    let who = harness::access::header("charge_nurse");
    let mut curl = Command::new("curl");
    let answer = curl.args(["-sS", &url, "-H", &who]).output().unwrap();
    serde_json::from_slice(&answer.stdout).unwrap_or_else(|_| panic!("{answer:?}"))
}

#[track_caller]
fn taps(board: SocketAddr, body: &str) {
    let url = format!("http://{board}/v1/demo/north/beds");
    let json = "Content-Type: application/json";
    let mut curl = Command::new("curl");
    let answer = curl
        .args(["-sS", "--fail", &url, "-H", json, "-d", body])
        .args(["-H", &harness::access::header("source")])
        .output();
    assert!(answer.unwrap().status.success());
}

/// Rows that were compared, table by table.
fn rows_of(found: &str) -> Vec<u64> {
    let line = found
        .lines()
        .find(|line| line.starts_with("alerts "))
        .unwrap();
    let (tables, _) = line.split_once(':').unwrap();
    let count = |table: &str| table.rsplit_once(' ').unwrap().1.parse().unwrap();
    tables.split(", ").map(count).collect()
}

/// Alters, deletes and adds rows.
fn tamper(url: &str) {
    let first_kpi = "SELECT max((ward, kpi, stat, resolution_s, window_start)) FROM medaxis.kpi";
    let one = "(ward, kpi, stat, resolution_s, window_start)";
    for statement in [
        format!(
            "ALTER TABLE medaxis.kpi UPDATE numerator = 77 WHERE {one} = ({first_kpi}) \
             SETTINGS mutations_sync = 1"
        ),
        "ALTER TABLE medaxis.alerts DELETE WHERE (id, epoch, epoch_index) = \
         (SELECT max((id, epoch, epoch_index)) FROM medaxis.alerts) SETTINGS mutations_sync = 1"
            .to_owned(),
        "INSERT INTO medaxis.bed_history SELECT * REPLACE (epoch_index + 1000 AS epoch_index) \
         FROM medaxis.bed_history LIMIT 1"
            .to_owned(),
        "ALTER TABLE medaxis.late UPDATE reason = 'nothing' WHERE 1 SETTINGS mutations_sync = 1"
            .to_owned(),
        // With the key of one that is there: a merge may hide either.
        format!(
            "INSERT INTO medaxis.kpi SELECT * REPLACE (78 AS denominator) FROM medaxis.kpi \
             WHERE {one} = (SELECT min({one}) FROM medaxis.kpi)"
        ),
    ] {
        let mut curl = Command::new("curl");
        let answer = curl
            .args(["-sS", "--fail-with-body", url, "-d", &statement])
            .output();
        let answer = answer.unwrap();
        assert!(answer.status.success(), "{statement}: {answer:?}");
    }
}

/// Lets Kafka lose what it need not keep any more.
struct Forget {
    admin: AdminClient<DefaultClientContext>,
    config: ingest::kafka::Config,
}

impl Forget {
    fn new(kafka: SocketAddr) -> Self {
        let mut config = ingest::kafka::Config::new(kafka.to_string(), "medaxis.");
        config.lanes = 4;
        let mut client = ClientConfig::new();
        let admin = client.set("bootstrap.servers", kafka.to_string()).create();
        Self {
            admin: admin.unwrap(),
            config,
        }
    }

    /// All that the archive has of each lane, but for one record.
    fn what_the_archive_has(&self, commands: &Node) {
        let checked = commands.prints(&["archive", "check"]);
        let mut ends = TopicPartitionList::new();
        for (topic, lane) in self.config.input_lanes() {
            let name = format!("{} lane {lane}: ", topic.name());
            let line = checked
                .lines()
                .find(|line| line.starts_with(&name))
                .unwrap();
            let archived = line.rsplit_once("the archive up to ").unwrap().1;
            let offset = Offset::Offset(archived.parse::<i64>().unwrap() - 1);
            let (topic, lane) = (topic.full_name("medaxis."), lane.try_into().unwrap());
            ends.add_partition_offset(&topic, lane, offset).unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let deleted = self.admin.delete_records(&ends, &AdminOptions::new());
        runtime.block_on(deleted).unwrap();
        let look = Look::new(&self.config).unwrap();
        for (topic, lane) in self.config.input_lanes() {
            assert!(look.watermarks(topic, lane).unwrap().0 > 0);
        }
    }
}
