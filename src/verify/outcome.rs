//! What a comparison has found, as lines for people and as JSON.

use std::time::Duration;

use anyhow::bail;
use serde_json::{Map, Value, json};
use sinks::{Difference, Report};

use crate::recompute::Folded;

/// What was found.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Absent when nothing could be compared.
    pub(super) report: Option<Report>,
    /// What could not be compared, a sentence each.
    pub(super) not_compared: Vec<String>,
    pub(super) folded: Folded,
    pub(super) took: Duration,
}

impl Outcome {
    /// Prints it, and fails unless something was compared and all of it is as it was
    /// computed again.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        for sentence in &self.not_compared {
            println!("{sentence}");
        }
        let Some(report) = &self.report else {
            bail!("nothing could be compared");
        };
        for difference in report.listed() {
            println!("{difference}");
        }
        let differences = report.differences();
        let listed = report.listed().len() as u64;
        if differences > listed {
            println!("and {} more", differences - listed);
        }
        let compared: Vec<String> = report
            .compared()
            .map(|(table, rows)| format!("{table} {rows}"))
            .collect();
        println!(
            "{}: {differences} differences; {} records folded in {:.1} s, {:.0} a second",
            compared.join(", "),
            self.folded.records,
            self.took.as_secs_f64(),
            self.rate(),
        );
        if differences > 0 {
            bail!("{differences} rows are not what the log says");
        }
        Ok(())
    }

    /// All of it as an object.
    pub(super) fn json(&self) -> Value {
        let report = self.report.as_ref();
        let compared = report.map(|report| {
            let compared = report.compared();
            let compared = compared.map(|(table, rows)| (table.to_owned(), rows.into()));
            compared.collect::<Map<String, Value>>()
        });
        let listed = report.map_or(&[][..], Report::listed);
        json!({
            "compared": compared,
            "differences": report.map(Report::differences),
            "listed": listed.iter().map(Difference::json).collect::<Vec<_>>(),
            "not_compared": self.not_compared,
            "records": self.folded.records,
            "records_per_second": self.rate().round(),
        })
    }

    fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let records = self.folded.records as f64;
        records / self.took.as_secs_f64().max(0.001)
    }
}
