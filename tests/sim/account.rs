//! What the processor has said in the end: of each window the newest revision,
//! of each alert the last word.

use std::collections::BTreeMap;

use events::output::{Alert, AlertState, KpiValue, Output};
use events::time::Resolution;
use simulators::truth::{AlertKey, Cover, RowKey};

/// Ward, resolution and start of a window: its rows are said as one block.
type BlockKey = (String, u32, i64);

/// The newest revision of a block, the epoch in which it was said, and its rows.
type Block = (u32, u64, BTreeMap<RowKey, ((i64, i64), Cover)>);

/// The state of tables that follow the outputs.
#[derive(Default)]
pub(crate) struct Account {
    blocks: BTreeMap<BlockKey, Block>,
    alerts: BTreeMap<String, Alert>,
}

impl Account {
    /// Takes the next output.
    pub(crate) fn hear(&mut self, output: Output) {
        match output {
            Output::Kpi(row) => self.hear_row(row),
            Output::Alert(alert) => {
                self.alerts.insert(alert.id.clone(), alert);
            }
            Output::Board(_) | Output::Late(_) => {}
        }
    }

    fn hear_row(&mut self, row: KpiValue) {
        let key = (row.ward.clone(), row.resolution_s, row.window_ms);
        let (revision, epoch, rows) = self.blocks.entry(key).or_default();
        if (row.revision, row.epoch) != (*revision, *epoch) {
            let next = if *epoch == 0 { 0 } else { *revision + 1 };
            assert_eq!(row.revision, next, "revisions have no gaps: {row:?}");
            (*revision, *epoch) = (row.revision, row.epoch);
            rows.clear();
        }
        let key = RowKey {
            ward: row.ward,
            kpi: row.kpi,
            stat: row.stat,
            resolution_s: row.resolution_s,
            window_ms: row.window_ms,
        };
        let number = (row.numerator, row.denominator);
        let cover = (row.coverage_ppm.unwrap_or(0), row.lower, row.upper);
        let twice = rows.insert(key.clone(), (number, cover));
        assert_eq!(twice, None, "{key} is said once in a revision");
    }

    /// The rows of windows that end at `to` or before.
    pub(crate) fn rows(&self, to: i64) -> BTreeMap<RowKey, (i64, i64)> {
        let rows = self.ended(to);
        rows.map(|(row, (number, _))| (row, number)).collect()
    }

    /// How well these rows of windows of some lengths are covered.
    pub(crate) fn covers(&self, to: i64, of: &[Resolution]) -> BTreeMap<RowKey, Cover> {
        let is_one = |row: &RowKey| of.iter().any(|long| long.seconds() == row.resolution_s);
        let rows = self.ended(to).filter(|(row, _)| is_one(row));
        rows.map(|(row, (_, cover))| (row, cover)).collect()
    }

    fn ended(&self, to: i64) -> impl Iterator<Item = (RowKey, ((i64, i64), Cover))> {
        let ended = move |row: &RowKey| row.window_ms + i64::from(row.resolution_s) * 1_000 <= to;
        let rows = self.blocks.values().flat_map(|(.., rows)| rows);
        let ended = rows.filter(move |(row, _)| ended(row));
        ended.map(|(row, said)| (row.clone(), *said))
    }

    /// The alerts as they stand at `to`.
    pub(crate) fn alerts(&self, to: i64) -> Vec<AlertKey> {
        let standing = self
            .alerts
            .values()
            .filter(|alert| alert.state != AlertState::Withdrawn as i32 && alert.since_ms < to);
        standing
            .map(|alert| {
                let (rule, ward) = (alert.rule.clone(), alert.ward.clone());
                let until = alert.until_ms.filter(|until| *until < to);
                (rule, ward, alert.subject.clone(), alert.since_ms, until)
            })
            .collect()
    }
}
