//! How fast a day of a hospital is computed again from its log, and compared with its tables.

use std::thread;
use std::time::Duration;

use events::time::{EPOCH_MS, EventTime, HOUR_MS};
use serde_json::Value;

use crate::servers::{Servers, board_of, get, metric, resident_mb, stop};

/// A day, as the demo has it behind it.
const HOURS: i64 = 24;

/// As a row of the table, once all of the day is stored.
pub(crate) fn of_a_day() -> String {
    let servers = Servers::start();
    let (demo, lines) = servers.demo(&["--history-hours", &HOURS.to_string()]);
    let board = board_of(lines);
    let found = loop {
        let epoch = metric(board, "medaxis_stream_epoch").cast_signed();
        let (from, to) = (epoch * EPOCH_MS - HOURS * HOUR_MS, epoch * EPOCH_MS);
        let (from, to) = (EventTime(from.max(0)), EventTime(to));
        let page = get(board, &format!("/v1/demo/north/verify?from={from}&to={to}"));
        let body = page.split("\r\n\r\n").nth(1).unwrap_or_default();
        let found: Value = serde_json::from_str(body).unwrap_or_default();
        let is_stored = found["not_compared"].as_array().is_some_and(Vec::is_empty);
        if is_stored && found["compared"]["kpi"].as_u64() > Some(100_000) {
            break found;
        }
        thread::sleep(Duration::from_secs(1));
    };
    assert_eq!(found["differences"], 0, "{found:#}");
    let resident = resident_mb(demo.id());
    stop(demo);
    let rows = found["compared"].as_object().expect("rows were compared");
    let rows: u64 = rows.values().filter_map(Value::as_u64).sum();
    format!(
        "| verify of a day of 120 beds, beside a live node | {} records/s of {}, {rows} rows; {resident} MB resident |",
        found["records_per_second"], found["records"],
    )
}
