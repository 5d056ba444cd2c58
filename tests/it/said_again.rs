//! A node that is killed and started again: what it says again is what it said, and
//! stands in the tables once.

use std::path::Path;

use harness::{clickhouse, kafka, mosquitto};

use crate::node::Node;
use crate::watch::{counts, holds, metrics, pad, shows};

#[test]
fn a_node_that_is_killed_says_the_same_again_and_nothing_twice() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let url = format!("http://{}", clickhouse.address());
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());

    for round in 1..=3 {
        node.start();
        let board = node.board();
        counts(board, "medaxis_ingest_mqtt_connected", 1);
        if round == 1 {
            node.has_a_ward(board);
        }
        for (seq, occupied) in [(1, "true"), (2, "false")] {
            let said = format!(r#"{{"boot":{round},"seq":{seq},"occupied":{occupied}}}"#);
            pad(mosquitto.address(), "B-01", &said);
            shows(board, "MED-B", "B-01", "occupied", occupied);
        }
        // What is new stands in its lane behind all that was said again.
        holds(
            &url,
            &format!(
                "SELECT countIf(occupied) >= {round} AND count() = uniqExact(epoch, epoch_index)
                FROM medaxis.bed_history WHERE bed = 'B-01'"
            ),
        );
        let numbers = metrics(board).unwrap();
        for sink in ["board", "clickhouse"] {
            let name = format!("medaxis_determinism_violations_total{{sink=\"{sink}\"}}");
            assert_eq!(numbers[&name], 0, "{name} in round {round}");
        }
    }
    holds(
        &url,
        "SELECT max(length(ended)) > 3 FROM medaxis.progress FINAL WHERE topic = 'board'",
    );
    node.ends();
}
