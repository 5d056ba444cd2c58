//! The archive of a node that was killed, and of one that was stopped and started
//! again: it holds what Kafka holds, byte for byte, and two other readers of Parquet
//! see the same.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use events::log::{Chunk, LogRecord};
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use futures_util::TryStreamExt as _;
use harness::{clickhouse, kafka, mosquitto};
use ingest::kafka_look::Look;
use store::archive::Reader;

use crate::node::Node;
use crate::watch::{pad, shows};

/// Records, bytes of those that are no ticks, ticks.
type Sums = (u64, u64, u64);

#[test]
fn every_input_lane_is_archived_byte_for_byte_and_others_read_it() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    let (mut again, commands) = (node.twin(), node.twin());
    let says = |board: SocketAddr, seq: u32, occupied: bool| {
        let said = format!(r#"{{"boot":1,"seq":{seq},"occupied":{occupied}}}"#);
        pad(mosquitto.address(), "B-01", &said);
        shows(board, "MED-B", "B-01", "occupied", &occupied.to_string());
    };

    node.start();
    let board = node.board();
    node.has_a_ward(board);
    says(board, 1, true);
    node.is_killed();
    node.start();
    says(node.board(), 2, false);
    node.ends();
    again.start();
    says(again.board(), 3, true);
    again.ends();

    let checked = commands.prints(&["archive", "check"]);
    assert!(
        checked.contains("signals lane 3: offsets 0 to "),
        "{checked}"
    );
    assert!(
        checked.contains("the archive is as it was written"),
        "{checked}"
    );

    let folder = commands.store();
    let sums = archived(kafka.address(), &folder);
    assert!(sums.0 > 2 && sums.1 > 100 && sums.2 > 100, "{sums:?}");
    let url = format!("http://{}", clickhouse.address());
    assert_eq!(as_clickhouse_reads(&url, &folder), sums);
    assert_eq!(as_javascript_reads(&folder), sums);
}

/// Compares what is archived with what Kafka holds, and sums it up.
fn archived(kafka: SocketAddr, folder: &Path) -> Sums {
    let mut config = ingest::kafka::Config::new(kafka.to_string(), "medaxis.");
    config.lanes = 4;
    let log = ingest::kafka::log_id(&config).unwrap();
    let store = store::location::folder(folder).unwrap();
    let reader = Reader::new(store, &log);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut sums = (0, 0, 0);
    for (topic, lane) in config.input_lanes() {
        let records = runtime.block_on(lane_of(&reader, topic, lane));
        let end = records.last().unwrap().offset + 1;
        let look = Look::new(&config).unwrap();
        let in_kafka = look.records(topic, lane, (0, end)).unwrap();
        assert_eq!(records, in_kafka, "{topic:?} lane {lane}");
        for record in &records {
            if let Ok(Record::Tick(_)) = wire::decode_control(&record.value) {
                sums.2 += 1;
            } else {
                sums.0 += 1;
                sums.1 += record.value.len() as u64;
            }
        }
    }
    sums
}

async fn lane_of(reader: &Reader, topic: KafkaTopic, lane: u32) -> Vec<LogRecord> {
    let files = reader.lane(topic, lane).await.unwrap();
    let chunks: Vec<Chunk> = files.chunks(0).try_collect().await.unwrap();
    chunks.into_iter().flat_map(|chunk| chunk.records).collect()
}

fn as_clickhouse_reads(url: &str, folder: &Path) -> Sums {
    let files = folder.join("archive/*/*/*/*/*.parquet");
    let query = format!(
        "SELECT countIf(kind = 'record'), sum(length(value)), sum(length(ticks)) \
         FROM file('{}', Parquet) FORMAT TSV",
        files.display()
    );
    said(Command::new("curl").args(["-sS", url, "-d", &query]))
}

fn as_javascript_reads(folder: &Path) -> Sums {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/archive.mjs");
    said(Command::new("node").arg(script).arg(folder))
}

/// The sums that a reader prints.
fn said(reader: &mut Command) -> Sums {
    let answer = String::from_utf8(reader.output().unwrap().stdout).unwrap();
    let numbers: Option<Vec<u64>> = answer.split_whitespace().map(|n| n.parse().ok()).collect();
    match numbers.as_deref() {
        Some([records, bytes, ticks]) => (*records, *bytes, *ticks),
        _ => panic!("{answer}"),
    }
}
