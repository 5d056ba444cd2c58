//! What a backfill has done, for people on standard error and as JSON on standard output.

use std::collections::BTreeMap;
use std::time::Duration;

use events::time::EventTime;
use ingest::csv::History;
use serde_json::json;

use super::plan::Plan;

/// What became of stays that have not ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Handed {
    pub(super) open: usize,
    /// Told to the live log now.
    pub(super) handed_over: usize,
    /// It had heard of them.
    pub(super) known: usize,
}

/// What the fold has said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Folded {
    /// KPI rows of the run.
    pub(super) rows: u64,
    /// What contradicts what was before it, as a cleaning that ends in a clean bed.
    pub(super) set_aside: u64,
}

pub(super) struct Report {
    run: String,
    kpis: Vec<&'static str>,
    read: u64,
    rejected: u64,
    types: BTreeMap<String, u64>,
    wards: usize,
    wards_not_listed: usize,
    open: usize,
    pub(super) windows: (i64, i64),
    pub(super) said: Folded,
    /// Absent when nothing was written.
    pub(super) handed: Option<Handed>,
    pub(super) took: Duration,
}

/// Says which rows were not taken, and why.
pub(super) fn print_rejected(history: &History) {
    for reject in &history.listed {
        eprintln!("line {}: {}", reject.line, reject.reason);
    }
    let more = history.rejected - history.listed.len() as u64;
    if more > 0 {
        eprintln!("and {more} more");
    }
}

impl Report {
    pub(super) fn new(history: &History, plan: &Plan) -> Self {
        Self {
            run: plan.run.clone(),
            kpis: plan.kpis.clone(),
            read: history.rows,
            rejected: history.rejected,
            types: history.types.clone(),
            wards: history.wards.len(),
            wards_not_listed: plan.wards_not_listed,
            open: history.open.len(),
            windows: plan.windows,
            said: Folded::default(),
            handed: None,
            took: Duration::ZERO,
        }
    }

    /// Prints it as one JSON object.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let (from, to) = self.windows;
        let taken = self.read - self.rejected;
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = taken as f64 / self.took.as_secs_f64().max(0.001);
        let open = self.handed.map_or_else(
            || json!({ "stays": self.open }),
            |handed| {
                json!({
                    "stays": handed.open,
                    "handed_over": handed.handed_over,
                    "known": handed.known,
                    "not_handed_over": handed.open - handed.handed_over - handed.known,
                })
            },
        );
        let report = json!({
            "source_run": self.run,
            "kpis": self.kpis,
            "dry_run": self.handed.is_none(),
            "rows": self.read,
            "rejected": self.rejected,
            "types": self.types,
            "wards": self.wards,
            "wards_not_listed": self.wards_not_listed,
            "from": EventTime(from).to_string(),
            "to": EventTime(to).to_string(),
            "kpi_rows": self.said.rows,
            "set_aside": self.said.set_aside,
            "open": open,
            "took_s": (self.took.as_secs_f64() * 1_000.0).round() / 1_000.0,
            "rows_per_second": rate.round(),
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
        Ok(())
    }
}
