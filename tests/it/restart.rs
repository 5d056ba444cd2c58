//! A node that is killed goes on from its newest snapshot, and one that is started
//! twice by mistake does no harm.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::{clickhouse, kafka, mosquitto, wait_for};

use crate::node::Node;
use crate::watch::{counts, metrics, pad, shows};

pub(crate) const SNAPSHOT: &str = "medaxis_stream_snapshot_epoch";

pub(crate) struct Servers {
    pub(crate) kafka: harness::Server,
    pub(crate) mosquitto: harness::Server,
    pub(crate) clickhouse: harness::Server,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        Self {
            kafka: kafka::start(kafka::Access::Open).unwrap(),
            mosquitto: mosquitto::start(mosquitto::Access::Open, &[]).unwrap(),
            clickhouse: clickhouse::start(program, &["clickhouse-engine"], &library).unwrap(),
        }
    }

    pub(crate) fn node(&self) -> Node {
        Node::new(
            self.kafka.address(),
            self.mosquitto.address(),
            self.clickhouse.address(),
        )
    }

    #[track_caller]
    pub(crate) fn pad(&self, seq: u64, occupied: bool) {
        let said = format!(r#"{{"boot":1,"seq":{seq},"occupied":{occupied}}}"#);
        pad(self.mosquitto.address(), "B-01", &said);
    }
}

#[test]
fn a_node_that_is_killed_goes_on_from_its_newest_snapshot_that_is_whole() {
    let servers = Servers::start();
    let mut node = servers.node();
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    servers.pad(1, true);
    shows(board, "MED-B", "B-01", "occupied", "true");
    let taken = metrics(board).unwrap()[SNAPSHOT];
    // The next one may have been begun before that.
    counts(board, SNAPSHOT, taken + 2);

    node.is_killed();
    node.start();
    let board = node.board();
    node.says("going on from a snapshot");
    shows(board, "MED-B", "B-01", "occupied", "true");
    // It still knows what it has seen, and did not have to read that again.
    servers.pad(1, true);
    counts(board, "medaxis_stream_duplicates_total", 1);
    assert_eq!(metrics(board).unwrap()["medaxis_stream_readings_total"], 1);
    servers.pad(2, false);
    shows(board, "MED-B", "B-01", "occupied", "false");

    let taken = metrics(board).unwrap()[SNAPSHOT];
    counts(board, SNAPSHOT, taken + 1);
    node.is_killed();
    damage(&newest(&node.store()));
    node.start();
    let board = node.board();
    node.says("a snapshot is passed over");
    node.says("is damaged");
    node.says("going on from a snapshot");
    servers.pad(3, true);
    shows(board, "MED-B", "B-01", "occupied", "true");
    node.ends();
}

#[test]
fn a_store_that_can_not_be_written_costs_snapshots_and_nothing_else() {
    let servers = Servers::start();
    let mut node = servers.node();
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    counts(board, SNAPSHOT, 1);
    let snapshots = fs::read_dir(node.store().join("snapshots")).unwrap();
    let parts = snapshots.last().unwrap().unwrap().path().join("parts");
    // No folder can be made where a file is; the node may just be making it again.
    let blocked = wait_for(Duration::from_secs(60), "the store's end", || {
        let _ = fs::remove_dir_all(&parts);
        Ok(fs::write(&parts, "").ok())
    });
    blocked.unwrap();
    counts(board, "medaxis_stream_snapshot_failures_total", 2);
    servers.pad(1, true);
    shows(board, "MED-B", "B-01", "occupied", "true");

    fs::remove_file(&parts).unwrap();
    let taken = metrics(board).unwrap()[SNAPSHOT];
    counts(board, SNAPSHOT, taken + 1);
    node.is_killed();
    node.start();
    let board = node.board();
    node.says("going on from a snapshot");
    servers.pad(1, true);
    counts(board, "medaxis_stream_duplicates_total", 1);
    node.ends();
}

#[test]
fn of_two_nodes_that_are_started_on_one_log_the_second_goes_on() {
    let servers = Servers::start();
    let mut first = servers.node();
    first.start();
    first.board();
    let mut second = first.twin();
    second.start();
    let board = second.board();
    first.fails("another processor has started on this log");
    second.has_a_ward(board);
    servers.pad(1, true);
    shows(board, "MED-B", "B-01", "occupied", "true");
    second.ends();
}

/// A part with something in it, of the newest snapshot.
fn newest(store: &Path) -> PathBuf {
    let mut parts = under(store).into_iter();
    let newest = parts.by_ref().filter(|file| is_sites(file)).max();
    newest.expect("there is a snapshot")
}

fn is_sites(file: &Path) -> bool {
    let name = file.file_name().unwrap().to_str().unwrap();
    name.starts_with("sites-") && fs::metadata(file).unwrap().len() > 100
}

pub(crate) fn under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let all = entries.flat_map(|path| {
        if path.is_dir() {
            under(&path)
        } else {
            vec![path]
        }
    });
    all.collect()
}

fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}
