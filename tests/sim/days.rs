//! Days begin at midnight by the clock on the site's walls, also when it is put forward.

use std::collections::BTreeMap;

use events::time::{CellTime, EventTime, HOUR_MS, Resolution};
use simulators::judge;
use simulators::truth::{self, RowKey};

use crate::{FAULTS, Run};

type Rows = BTreeMap<RowKey, (i64, i64)>;

/// From the Saturday before a clock is put forward at two in the morning until Monday.
fn weekend(seed: u64, faults: &str) -> Run {
    let start = EventTime::parse("2026-03-28T12:00:00Z").unwrap();
    let mut run = Run::new(seed, "flu_surge", faults);
    run.start = CellTime(start.0);
    run.hours = 36;
    run.time_zone = Some("Europe/Vienna");
    run
}

/// The rows of days that the processor says, and those that it should say.
fn days(run: &Run) -> (Rows, Rows) {
    let log = run.log();
    let said = run.account(&log).rows(run.end());
    let is_day = |key: &RowKey| key.resolution_s == Resolution::Day.seconds();
    let said = said.into_iter().filter(|(key, _)| is_day(key)).collect();
    let expected = truth::rows_of(&run.what_can_be_known(&log), &[Resolution::Day]);
    (said, expected)
}

#[test]
fn a_sunday_of_23_hours_is_one_day() {
    for faults in FAULTS {
        let run = weekend(3, faults);
        let (said, expected) = days(&run);
        let mismatches = judge::compare_rows(&expected, &said);
        let mismatches: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
        assert_eq!(mismatches, [""; 0], "faults {faults}");
        let midnight = EventTime::parse("2026-03-28T23:00:00Z").unwrap();
        assert!(said.keys().all(|key| key.window_ms == midnight.0));
        assert_eq!(below(&said, "occupancy", "MED-A") % (23 * HOUR_MS), 0);
    }
}

fn below(rows: &Rows, kpi: &str, ward: &str) -> i64 {
    let is_it = |key: &RowKey| key.kpi == kpi && key.ward == ward && key.stat == "value";
    let (_, (_, below)) = rows.iter().find(|(key, _)| is_it(key)).unwrap();
    *below
}
