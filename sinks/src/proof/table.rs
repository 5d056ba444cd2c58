//! The tables that are compared: their columns, how long they keep a row, and the rows that an
//! output gives. Pure.

use events::output::{Change, Output};
use events::reason::Reason;
use events::time::{DAY_MS, EPOCH_MS};
use events::topic::KafkaTopic;
use serde::Serialize;
use serde_json::Value;

use crate::record;
use crate::rows::{AlertRow, BedRow, CommandRow, KpiRow, LateRow};

/// The values of a row, in the order of [`Table::columns`].
pub(super) type Row = Vec<Value>;

/// A table that holds what the processor says.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) topic: KafkaTopic,
    /// The columns that a row is known by, tenant and site first.
    pub(super) key: &'static [&'static str],
    pub(super) rest: &'static [&'static str],
    /// Which columns are times.
    pub(super) times: &'static [&'static str],
    kept: Kept,
}

/// How long a row is kept, as the TTL of the table says.
#[derive(Debug)]
enum Kept {
    /// So many days after the time in this column.
    Days(&'static str, i64),
    /// Late records: the longer those for which a day is marked.
    Late,
    /// Windows: the shorter, the sooner they go.
    Windows,
}

/// A year of the calendar is no shorter.
const YEAR: i64 = 365;

/// Every table, in the order in which [`row`] numbers them.
pub(super) static TABLES: [Table; 5] = [
    Table {
        name: "alerts",
        topic: KafkaTopic::Alerts,
        key: &["tenant", "site", "id", "epoch", "epoch_index"],
        rest: &[
            "ward",
            "as_of",
            "rule",
            "subject",
            "priority",
            "state",
            "since",
            "until",
            "version",
            "revision",
            "acknowledged_by",
            "acknowledged_at",
            "acknowledged_until",
            "owner",
            "shelved_until",
            "shelved_by",
            "shelve_reason",
            "suppressed_by",
            "step",
            "notify",
            "sound",
            "comments",
        ],
        times: &[
            "as_of",
            "since",
            "until",
            "acknowledged_at",
            "acknowledged_until",
            "shelved_until",
        ],
        kept: Kept::Days("as_of", 10 * YEAR),
    },
    Table {
        name: "bed_history",
        topic: KafkaTopic::Board,
        key: &["tenant", "site", "ward", "bed", "epoch", "epoch_index"],
        rest: &[
            "as_of",
            "room",
            "label",
            "listed",
            "staffed",
            "occupied",
            "occupied_since",
            "visit",
            "cleanliness",
            "clean_since",
            "blocked",
            "block_reason",
            "expected_back",
            "reserved_for",
            "ready_to_leave",
            "expected_discharge",
            "heard",
            "pad_heard",
            "pad_silent",
            "visits_in_bed",
            "version",
            "adt",
            "adt_since",
            "staff",
            "staff_since",
            "sensor",
            "sensor_since",
            "confidence",
            "conflict",
            "conflict_since",
        ],
        times: &[
            "as_of",
            "occupied_since",
            "clean_since",
            "expected_back",
            "ready_to_leave",
            "expected_discharge",
            "heard",
            "pad_heard",
            "adt_since",
            "staff_since",
            "sensor_since",
            "conflict_since",
        ],
        kept: Kept::Days("as_of", YEAR),
    },
    Table {
        name: "kpi",
        topic: KafkaTopic::Kpis,
        key: &[
            "tenant",
            "site",
            "ward",
            "kpi",
            "stat",
            "resolution_s",
            "window_start",
            "revision",
        ],
        rest: &[
            "numerator",
            "denominator",
            "as_of",
            "epoch",
            "epoch_index",
            "source_run",
            "version",
            "coverage_ppm",
            "lower",
            "upper",
        ],
        times: &["window_start", "as_of"],
        kept: Kept::Windows,
    },
    Table {
        name: "late",
        topic: KafkaTopic::Late,
        key: &["tenant", "site", "epoch", "epoch_index"],
        rest: &["topic", "lane", "log_offset", "at", "reason"],
        times: &["at"],
        kept: Kept::Late,
    },
    Table {
        name: "commands",
        topic: KafkaTopic::Board,
        key: &["tenant", "site", "as_of", "command", "epoch", "epoch_index"],
        rest: &[
            "kind", "ward", "subject", "by", "role", "device", "at", "told", "outcome", "reason",
            "text",
        ],
        times: &["as_of", "at", "told"],
        kept: Kept::Days("as_of", 10 * YEAR),
    },
];

impl Table {
    /// Every column, those of the key first.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.key.iter().chain(self.rest).copied()
    }

    /// Whether its rows say which run they are of.
    pub(super) fn has_runs(&self) -> bool {
        self.rest.contains(&"source_run")
    }

    /// The query for the rows that a stretch of epochs has said, in the order of their keys. It
    /// sees every row that is stored, also one that a merge would hide behind another.
    pub(super) fn query(&self, of_one_site: bool) -> String {
        let column = |name: &str| match self.times.contains(&name) {
            true => format!("toUnixTimestamp64Milli({name})"),
            false => name.to_owned(),
        };
        let columns: Vec<String> = self.columns().map(column).collect();
        let only = match of_one_site {
            true => "AND tenant = ? AND site = ? ",
            false => "",
        };
        // What a backfill has said follows from a file, not from this log. Every other name
        // that is not the log's is a difference.
        let of_run = match self.has_runs() {
            true => "AND NOT startsWith(source_run, 'backfill-') ",
            false => "",
        };
        format!(
            "SELECT DISTINCT {} FROM {} WHERE epoch >= ? AND epoch <= ? {of_run}{only}ORDER BY {}",
            columns.join(", "),
            self.name,
            self.key.join(", ")
        )
    }

    /// The value of a column.
    pub(super) fn value<'a>(&self, row: &'a Row, column: &str) -> &'a Value {
        let place = self.columns().position(|name| name == column);
        place
            .and_then(|place| row.get(place))
            .unwrap_or(&Value::Null)
    }

    /// The epoch that said it.
    pub(super) fn epoch(&self, row: &Row) -> u64 {
        self.value(row, "epoch").as_u64().unwrap_or(0)
    }

    /// From when on ClickHouse may let go of it, in milliseconds since 1970 of its own clock.
    pub(super) fn kept_until(&self, row: &Row) -> i64 {
        let number = |column| self.value(row, column).as_i64().unwrap_or(0);
        match self.kept {
            Kept::Days(column, days) => number(column) + days * DAY_MS,
            Kept::Late => {
                let marks = self.value(row, "reason") == Reason::BeyondHorizon.code();
                let days = if marks { 10 * YEAR } else { 90 };
                number("epoch") * EPOCH_MS + days * DAY_MS
            }
            Kept::Windows => {
                let days = match number("resolution_s") {
                    ..900 => 14,
                    900 => 90,
                    _ => 10 * YEAR,
                };
                number("window_start") + days * DAY_MS
            }
        }
    }

    fn values(&self, row: impl Serialize) -> Row {
        let values = serde_json::to_value(row).expect("a row is made of texts and numbers");
        let value = |column: &str| values.get(column).cloned().unwrap_or_default();
        self.columns().map(value).collect()
    }
}

/// The row that an output gives, and its table's place among [`TABLES`].
pub(super) fn row(output: &Output, source_run: &str) -> Option<(usize, Row)> {
    let [alerts, beds, kpi, late, commands] = &TABLES;
    Some(match output {
        Output::Alert(alert) => (0, alerts.values(AlertRow::new(alert))),
        Output::Board(change) => match &change.change {
            Some(Change::Command(command)) => {
                (4, commands.values(CommandRow::new(change, command)))
            }
            _ => {
                let bed = record::kept_bed(change)?;
                (1, beds.values(BedRow::new(change, bed)))
            }
        },
        Output::Kpi(value) => (2, kpi.values(KpiRow::new(value, source_run))),
        Output::Late(set_aside) => (3, late.values(LateRow::new(set_aside))),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use events::output::{Alert, BedView, BoardChange, CommandView, KpiValue, Late};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_column_of_a_row_is_compared() {
        let change = BoardChange::default();
        let rows = [
            serde_json::to_value(AlertRow::new(&Alert::default())),
            serde_json::to_value(BedRow::new(&change, &BedView::default())),
            serde_json::to_value(KpiRow::new(&KpiValue::default(), "live")),
            serde_json::to_value(LateRow::new(&Late::default())),
            serde_json::to_value(CommandRow::new(&change, &CommandView::default())),
        ];
        for (table, row) in TABLES.iter().zip(rows) {
            let row = row.unwrap();
            let written: BTreeSet<&str> = row.as_object().unwrap().keys().map(|k| &**k).collect();
            let compared: BTreeSet<&str> = table.columns().collect();
            assert_eq!(compared, written, "{}", table.name);
        }
    }

    #[test]
    fn a_bed_that_was_only_heard_has_no_row() {
        let bed = |heard_only| {
            let bed = BedView {
                heard_only,
                ..BedView::default()
            };
            Output::Board(BoardChange {
                change: Some(Change::Bed(bed)),
                ..BoardChange::default()
            })
        };
        assert!(row(&bed(true), "live").is_none());
        assert_eq!(row(&bed(false), "live").unwrap().0, 1);
    }

    #[test]
    fn rows_are_kept_as_long_as_the_tables_say() {
        let value = KpiValue {
            resolution_s: 60,
            window_ms: 1_000,
            ..KpiValue::default()
        };
        let (place, mut minute) = row(&Output::Kpi(value), "live").unwrap();
        let kpi = &TABLES[place];
        assert_eq!(kpi.kept_until(&minute), 1_000 + 14 * DAY_MS);
        minute[5] = json!(900);
        assert_eq!(kpi.kept_until(&minute), 1_000 + 90 * DAY_MS);
        minute[5] = json!(3_600);
        assert_eq!(kpi.kept_until(&minute), 1_000 + 3_650 * DAY_MS);
        let said = include_str!("../../migrations/0004_kpi.sql");
        for ttl in [
            "14 DAY DELETE WHERE resolution_s < 900",
            "90 DAY DELETE WHERE resolution_s = 900",
            "10 YEAR DELETE WHERE resolution_s >= 3600",
        ] {
            assert!(said.contains(&format!("toDateTime(window_start) + INTERVAL {ttl}")));
        }
        let late = |reason: Reason| {
            let late = Late {
                epoch: 50,
                reason: reason.code().to_owned(),
                ..Late::default()
            };
            let (place, row) = row(&Output::Late(late), "live").unwrap();
            TABLES[place].kept_until(&row)
        };
        assert_eq!(late(Reason::BeyondHorizon), 1_000 + 3_650 * DAY_MS);
        assert_eq!(late(Reason::SeqTooOld), 1_000 + 90 * DAY_MS);
        let said = include_str!("../../migrations/0019_late_is_kept.sql");
        for ttl in [
            "90 DAY DELETE WHERE reason != 'beyond_horizon'",
            "10 YEAR DELETE WHERE reason = 'beyond_horizon'",
        ] {
            assert!(said.contains(&format!("toDateTime(intDiv(epoch, 50)) + INTERVAL {ttl}")));
        }
        let said = include_str!("../../migrations/0003_bed_history.sql");
        assert!(said.contains("TTL toDateTime(as_of) + INTERVAL 1 YEAR"));
        let said = include_str!("../../migrations/0005_alerts.sql");
        assert!(said.contains("TTL toDateTime(as_of) + INTERVAL 10 YEAR"));
    }
}
