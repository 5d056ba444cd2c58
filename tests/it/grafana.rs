//! The panels over what a simulated hospital has left in the tables: none has an error, and
//! those of what happens in every hospital show it.

use std::path::Path;
use std::process::Command;

use dashboards::grafana::{self, Context, Query};
use harness::clickhouse;

use crate::program::Demo;

/// What a day without faults may have nothing of.
const MAY_BE_EMPTY: [&str; 16] = [
    "Alerts now",
    "Beds whose clocks disagree",
    "Beds of which two sources disagree",
    "Beds that nobody listed",
    "Corrections",
    "Day by day",
    "Days that lack something for good",
    "Dead letters by reason",
    "How likely is it that no bed is free?",
    "How long they boarded",
    "Late or refused by reason",
    "Out of the way now",
    "Over, and nobody has seen it",
    "Signals",
    "Who did what",
    "Who was told how much",
];
const RANGE_S: i64 = 24 * 3_600;

#[test]
fn panels_show_a_simulated_day() {
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let url = format!("http://{}", clickhouse.address());
    let mut demo = Demo::start(&["--scenario", "clinic_monday", "--clickhouse", &url]);
    demo.board();
    let newest = "SELECT toUnixTimestamp(max(as_of)) FROM bed_history";
    let now_s: i64 = ask(&url, newest).trim().parse().unwrap();
    let mut empty = Vec::new();
    for query in grafana::panels() {
        let rows = ask(&url, &expanded(&query, now_s));
        if rows.is_empty() && !MAY_BE_EMPTY.contains(&&*query.title) {
            empty.push(format!("{}: {}", query.dashboard, query.title));
        }
    }
    assert!(empty.is_empty(), "{empty:#?}");
    demo.ends();
}

fn expanded(query: &Query, now_s: i64) -> String {
    let context = Context {
        from_s: now_s - RANGE_S,
        to_s: now_s + 60,
        interval_s: 60,
        variables: &[
            ("tenant", "demo"),
            ("site", "north"),
            ("ward", "-"),
            ("resolution", "900"),
            ("kpi", "arrivals"),
            ("stat", "value"),
            ("limits_from", ""),
            ("limits_to", ""),
            ("medaxis", "http://localhost:8080"),
        ],
    };
    grafana::expand(&query.sql, &context).unwrap()
}

/// What the engine answers; an error fails.
#[track_caller]
fn ask(url: &str, query: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "--fail-with-body", "--data-binary", query])
        .arg(format!("{url}/?database=medaxis"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{query}\n{said}");
    said
}
