//! Real requests of beds, of an intensive care unit, through `backfill`: how long each took to
//! be assigned is what its columns say. Their dates were moved by others, each by another
//! amount, so each is moved here to an hour of its own, and to a ward of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use harness::{clickhouse, kafka, mosquitto};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::node::Node;
use crate::program::printed;

/// The first of the rows begins here.
const START: &str = "2026-01-05T00:10:00Z";

/// A file for `backfill`, and the milliseconds that each ward's request took.
fn rows() -> (String, BTreeMap<String, i64>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mimic3-demo/callout.csv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; this test reads the third-party rows in ../shared/data beside the project",
            path.display()
        )
    });
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let columns = ["createtime", "acknowledgetime", "outcometime"].map(place);
    let mut file = "row,ward,requested,assigned,outcome\n".to_owned();
    let mut took = BTreeMap::new();
    for (hour, line) in (0..).zip(lines) {
        let cells: Vec<&str> = line.split(',').collect();
        let [requested, assigned, outcome] =
            columns.map(|column| cells[column].parse::<Timestamp>().ok());
        let moved = START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        let moved = moved.duration_since(requested.unwrap());
        let write =
            |at: Option<Timestamp>| at.map(|at| (at + moved).to_string()).unwrap_or_default();
        let [begun, promised, over] = [requested, assigned, outcome].map(write);
        file += &format!("{0},C{0},{begun},{promised},{over}\n", cells[0]);
        if let Some(assigned) = assigned {
            let waited = assigned.duration_since(requested.unwrap());
            took.insert(
                format!("C{}", cells[0]),
                i64::try_from(waited.as_millis()).unwrap(),
            );
        }
    }
    (file, took)
}

#[test]
fn requests_of_others_are_assigned_after_as_long_as_their_columns_say() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    let (file, expected) = rows();
    let file = node.file("callout.csv", &file);
    let map = "visit=row,ward=ward,requested=requested,assigned=assigned,placed=outcome";
    let site = ["--tenant", "demo", "--site", "north"];
    let backfill = [&["backfill", "requests", &file, "--map", map], &site[..]].concat();
    let report: Value = serde_json::from_str(&node.prints(&backfill)).unwrap();
    assert_eq!(
        (&report["rows"], &report["rejected"]),
        (&77.into(), &0.into()),
        "{report:#}"
    );

    let query = "SELECT ward, numerator FROM kpi_latest WHERE tenant = 'demo' AND site = 'north' \
                 AND kpi = 'request_to_assign' AND stat = 'p50' AND resolution_s = 3600 AND ward != '-' \
                 FORMAT TabSeparated";
    let url = format!("http://{}/?database=medaxis", clickhouse.address());
    let mut asked = Command::new("curl");
    asked.args(["-sS", "--fail-with-body", "--data-binary", query, &url]);
    let said = printed(&asked.output().unwrap());
    let row = |line: &str| {
        let (ward, took) = line.split_once('\t').unwrap();
        (ward.to_owned(), took.parse().unwrap())
    };
    let stored: BTreeMap<String, i64> = said.lines().map(row).collect();
    assert_eq!(stored, expected);
    assert_eq!(stored.len(), 74);
}
