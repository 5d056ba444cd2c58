//! What the sinks count, for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use events::metric::{self, Metric};
use events::topic::KafkaTopic;

/// Counters of both sinks; share one between them.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) clients: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    pub(crate) retries: AtomicU64,
    rows: [AtomicU64; TABLES.len()],
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
            (metric::BOARD_RESYNCS, "", self.resyncs.load(Relaxed)),
            (metric::CLICKHOUSE_RETRIES, "", self.retries.load(Relaxed)),
        ];
        let rows = TABLES.iter().zip(&self.rows);
        numbers.extend(
            rows.map(|(table, rows)| (metric::CLICKHOUSE_ROWS, *table, rows.load(Relaxed))),
        );
        numbers
    }

    /// Counts rows that ClickHouse has acknowledged.
    pub(crate) fn stored(&self, table: &str, rows: usize) {
        if let Some(at) = TABLES.iter().position(|known| *known == table) {
            self.rows[at].fetch_add(rows as u64, Relaxed);
        }
    }
}
