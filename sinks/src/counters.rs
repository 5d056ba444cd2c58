//! What the sinks count, for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use events::metric::{self, Metric};
use events::topic::KafkaTopic;

use crate::epochs::Violation;

/// Violations of a sink that are written to the log; further ones are counted only.
const LINES_MAX: u64 = 100;

/// Counters of both sinks; share one between them.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) clients: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    pub(crate) left_off: AtomicU64,
    pub(crate) retries: AtomicU64,
    /// The insert that is under way, by its number; 0 while none is.
    storing: AtomicU64,
    rows: [AtomicU64; TABLES.len()],
    violations: [AtomicU64; Sink::NAMES.len()],
}

/// Who reads the outputs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sink {
    Board,
    ClickHouse,
}

impl Sink {
    const NAMES: [&str; 2] = ["board", "clickhouse"];
}

const TABLES: [&str; 7] = [
    "alerts",
    "bed_history",
    "dead_letters",
    "facts",
    "kpi",
    "late",
    "readings",
];

/// The table that the records of a topic go to, if any.
pub(crate) const fn table(topic: KafkaTopic) -> Option<&'static str> {
    Some(match topic {
        KafkaTopic::Control => return None,
        KafkaTopic::Facts => "facts",
        KafkaTopic::Signals => "readings",
        KafkaTopic::Alerts => "alerts",
        KafkaTopic::Board => "bed_history",
        KafkaTopic::DeadLetter => "dead_letters",
        KafkaTopic::Kpis => "kpi",
        KafkaTopic::Late => "late",
    })
}

impl Counters {
    /// Every number now: the metric, its label's value ("" when it has none), the number.
    pub fn snapshot(&self) -> Vec<(Metric, &'static str, u64)> {
        let mut numbers = vec![
            (metric::BOARD_CLIENTS, "", self.clients.load(Relaxed)),
            (metric::BOARD_FRAMES, "", self.frames.load(Relaxed)),
            (metric::BOARD_LEFT_OFF, "", self.left_off.load(Relaxed)),
            (metric::BOARD_RESYNCS, "", self.resyncs.load(Relaxed)),
            (metric::CLICKHOUSE_RETRIES, "", self.retries.load(Relaxed)),
        ];
        let rows = TABLES.iter().zip(&self.rows);
        numbers.extend(
            rows.map(|(table, rows)| (metric::CLICKHOUSE_ROWS, *table, rows.load(Relaxed))),
        );
        let violations = Sink::NAMES.iter().zip(&self.violations);
        numbers.extend(violations.map(|(sink, violations)| {
            (
                metric::DETERMINISM_VIOLATIONS,
                *sink,
                violations.load(Relaxed),
            )
        }));
        numbers
    }

    /// The insert that ClickHouse has not yet acknowledged, if any: each has a number of its own,
    /// however often it is tried.
    pub fn storing(&self) -> Option<u64> {
        Some(self.storing.load(Relaxed)).filter(|number| *number > 0)
    }

    /// ClickHouse is being opened: until that is done it counts as an insert under way.
    pub fn opens(&self) {
        self.set_storing(u64::MAX);
    }

    /// An insert begins, or (0) has been acknowledged.
    pub(crate) fn set_storing(&self, number: u64) {
        self.storing.store(number, Relaxed);
    }

    /// Counts an epoch that is not what it was, and says so.
    pub(crate) fn violated(&self, sink: Sink, topic: KafkaTopic, lane: u32, violation: Violation) {
        let before = self.violations[sink as usize].fetch_add(1, Relaxed);
        if before < LINES_MAX {
            let (sink, topic) = (Sink::NAMES[sink as usize], topic.name());
            tracing::error!(sink, topic, lane, %violation, "determinism_violation");
        }
    }

    /// Whether any epoch was not what it was.
    pub(crate) fn any_violation(&self) -> bool {
        self.violations.iter().any(|count| count.load(Relaxed) > 0)
    }

    /// Counts rows that ClickHouse has acknowledged.
    pub(crate) fn stored(&self, table: &str, rows: usize) {
        if let Some(at) = TABLES.iter().position(|known| *known == table) {
            self.rows[at].fetch_add(rows as u64, Relaxed);
        }
    }
}
