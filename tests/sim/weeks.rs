//! Weeks are what their days are together, also when the clock is put forward in one and when
//! something is told after it has ended.

use std::collections::BTreeMap;

use events::time::{CellTime, EventTime, HOUR_MS, Resolution};
use simulators::judge;
use simulators::truth::{self, RowKey};

use crate::Run;

type Rows = BTreeMap<RowKey, (i64, i64)>;

/// From the Sunday evening before a week of 167 hours until nothing comes late any more.
fn week(seed: u64, faults: &str) -> Run {
    let start = EventTime::parse("2026-03-22T20:00:00Z").unwrap();
    let mut run = Run::new(seed, "quiet_night", faults);
    run.start = CellTime(start.0);
    run.hours = 176;
    // Shorter than a week, and longer than anybody takes back in it.
    run.horizon_ms = 5 * 24 * HOUR_MS;
    run.shortest = Resolution::Hour;
    run.time_zone = Some("Europe/Vienna");
    run
}

/// What a week says: neither percentiles nor rates nor what is looked ahead to, and of a ratio that is no share only
/// what all days have.
fn adds_up(key: &RowKey, said: &Rows) -> bool {
    let is_rate =
        ["churn", "bed_turnover_rate", "third_next_available"].contains(&key.kpi.as_str());
    let by_days = key.kpi.starts_with("bottleneck");
    let is_ratio = [
        "littles_law_residual",
        "turnover_interval",
        "nursing_hours_per_patient_day",
    ];
    let is_ratio = is_ratio.contains(&key.kpi.as_str()) || key.kpi.ends_with("_per_nurse");
    let is_percentile = ["p50", "p90"].contains(&key.stat.as_str());
    !(is_rate || by_days || is_percentile || is_ratio && !said.contains_key(key))
}

#[test]
fn a_week_with_a_sunday_of_23_hours_is_told_as_it_was() {
    let run = week(3, "repeat,reorder,delay,reboot");
    let log = run.log();
    let said = run.account(&log).rows(run.end());
    let is_week = |key: &RowKey| key.resolution_s == Resolution::Week.seconds();
    let said: Rows = said.into_iter().filter(|(key, _)| is_week(key)).collect();
    let mut expected = truth::rows_of(&run.what_can_be_known(&log), &[Resolution::Week]);
    expected.retain(|key, _| adds_up(key, &said));
    let mut compared = said.clone();
    compared.retain(|key, _| adds_up(key, &said));
    let mismatches = judge::compare_rows(&expected, &compared);
    let mismatches: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    assert_eq!(mismatches, [""; 0]);
    assert!(compared.len() > 100, "{} rows", compared.len());
    let monday = EventTime::parse("2026-03-22T23:00:00Z").unwrap();
    assert!(said.keys().all(|key| key.window_ms == monday.0));
    let is_it = |key: &RowKey| (&*key.kpi, &*key.ward) == ("census", "MED-A");
    let (_, (_, below)) = said.iter().find(|(key, _)| is_it(key)).unwrap();
    assert_eq!(*below, 167 * HOUR_MS);
}
