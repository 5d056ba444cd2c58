//! IO: compares what the processor says, computed again from the log, with what the tables hold:
//! every row of some epochs, and every column of it. Rows are read in slices of epochs and go by
//! one by one, so that memory is bounded, whatever is stored.

mod merge;
mod report;
mod table;

use std::collections::BTreeMap;

use clickhouse::Client;
use events::output::Output;
use events::place::Site;
use events::time::HOUR_MS;
use events::topic::{self, KafkaTopic};

use crate::clickhouse::{ClickHouseConfig, client, in_time};
use crate::rows::ProgressRow;
use merge::Merge;
use report::Why;
use table::{Row, TABLES, Table};

pub use report::{Difference, Report};

/// Rows that are computed again before they are compared; one epoch more may be among them.
const ROWS_MAX: usize = 50_000;
/// A row that ClickHouse lets go of within this time may be gone before it is looked at.
const SOON_MS: i64 = HOUR_MS;

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
#[error("clickhouse: {what}: {reason}")]
pub struct ProofError {
    what: &'static str,
    reason: String,
}

/// What is compared.
#[derive(Clone, Debug)]
pub struct ProofOf {
    /// The first epoch.
    pub from: u64,
    /// The rows of this site, or of all.
    pub site: Option<Site>,
    /// Lanes of the log.
    pub lanes: u32,
    /// Differences that are listed, at most; all are counted.
    pub list_max: usize,
    /// From when on sites (`tenant/site`) can't be computed again.
    pub unknown: BTreeMap<String, Unknown>,
}

/// A version of the computation that nobody here knows, and the epoch from which it was in
/// force: what the site says from there on can't be computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The first epoch.
    pub from: u64,
    /// The version.
    pub version: u32,
}

/// A comparison that is under way.
pub struct Proof {
    client: Client,
    source_run: String,
    of: ProofOf,
    /// Up to which epoch each lane of outputs is stored.
    stored: BTreeMap<(KafkaTopic, u32), u64>,
    other_logs: Vec<String>,
    /// What was computed again since the epoch `of.from`, table by table.
    rows: [Vec<Row>; TABLES.len()],
    report: Report,
}

impl Proof {
    /// Looks how far the tables have come.
    ///
    /// # Errors
    /// ClickHouse does not answer, or has no such tables.
    pub async fn open(config: &ClickHouseConfig, of: ProofOf) -> Result<Self, ProofError> {
        let client = client(config)
            .with_database(&config.database)
            .with_setting("output_format_json_quote_64bit_integers", "0")
            .with_setting("output_format_json_validate_utf8", "1");
        let progress = client.query("SELECT ?fields FROM progress FINAL WHERE log = ?");
        let progress = progress.bind(&config.log).fetch_all::<ProgressRow>();
        let progress = in_time(progress).await.map_err(in_table("progress"))?;
        let others = client.query("SELECT DISTINCT log FROM progress WHERE log != ? ORDER BY log");
        let others = others.bind(&config.log).fetch_all::<String>();
        let other_logs = in_time(others).await.map_err(in_table("progress"))?;
        Ok(Self {
            client,
            source_run: config.source_run.clone(),
            stored: progress.iter().filter_map(ProgressRow::stored).collect(),
            other_logs,
            rows: Default::default(),
            report: Report::new(of.list_max),
            of,
        })
    }

    /// Other logs whose rows the tables hold as well. A row does not say of which log it is.
    pub fn other_logs(&self) -> &[String] {
        &self.other_logs
    }

    /// Leaves out what was said before this epoch.
    pub const fn begin_at(&mut self, epoch: u64) {
        self.of.from = epoch;
    }

    /// Takes what an epoch says, computed again. Epochs come in their order.
    ///
    /// # Errors
    /// ClickHouse does not answer.
    pub async fn take(&mut self, epoch: u64, outputs: &[Output]) -> Result<(), ProofError> {
        if self.rows.iter().map(Vec::len).sum::<usize>() >= ROWS_MAX {
            self.compare(epoch.saturating_sub(1)).await?;
        }
        let site = self.of.site.as_ref().map(topic::site_key);
        for output in outputs {
            if site.as_ref().is_some_and(|site| *site != output.site_key()) {
                continue;
            }
            if let Some((place, row)) = table::row(output, &self.source_run) {
                self.rows[place].push(row);
            }
        }
        Ok(())
    }

    /// There is nothing more up to the end of the epoch `last`.
    ///
    /// # Errors
    /// ClickHouse does not answer.
    pub async fn end(mut self, last: u64) -> Result<Report, ProofError> {
        self.compare(last).await?;
        Ok(self.report)
    }

    /// Compares everything up to the end of an epoch.
    async fn compare(&mut self, last: u64) -> Result<(), ProofError> {
        let epochs = (self.of.from, last);
        if epochs.0 > epochs.1 {
            return Ok(());
        }
        let now = self.client.query("SELECT toUnixTimestamp64Milli(now64(3))");
        let now = in_time(now.fetch_one::<i64>()).await;
        let soon = now.map_err(in_table("its clock"))? + SOON_MS;
        for (place, table) in TABLES.iter().enumerate() {
            let rows = std::mem::take(&mut self.rows[place]);
            let slice = Slice {
                table,
                epochs,
                soon,
                of: self.of.clone(),
                limits: self.limits(table, &rows),
            };
            let mut comparable = Vec::with_capacity(rows.len());
            for row in rows {
                match slice.why_not(&row) {
                    Some(why) => self.report.set_aside(place, why),
                    None => comparable.push(row),
                }
            }
            self.report.counted[place].compared += comparable.len() as u64;
            self.compare_rows(place, &slice, &mut comparable).await?;
        }
        self.of.from = last + 1;
        Ok(())
    }

    async fn compare_rows(
        &mut self,
        place: usize,
        slice: &Slice,
        recomputed: &mut Vec<Row>,
    ) -> Result<(), ProofError> {
        let table = slice.table;
        let mut query = self
            .client
            .query(&table.query(self.of.site.is_some()))
            .bind(slice.epochs.0)
            .bind(slice.epochs.1);
        if let Some(site) = &self.of.site {
            query = query.bind(site.tenant.as_str()).bind(site.site.as_str());
        }
        let cursor = query.fetch_bytes("JSONCompactEachRow");
        let mut cursor = cursor.map_err(in_table(table.name))?;
        let mut merge = Merge::new(table, recomputed);
        let mut line = Vec::new();
        while let Some(bytes) = in_time(cursor.next()).await.map_err(in_table(table.name))? {
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                line.extend_from_slice(piece);
                if !piece.ends_with(b"\n") {
                    continue;
                }
                let row: Row = serde_json::from_slice(&line).map_err(in_table(table.name))?;
                line.clear();
                if slice.why_not(&row).is_none() {
                    merge.stored(&row, |difference| self.report.add(place, difference));
                }
            }
        }
        merge.end(|difference| self.report.add(place, difference));
        Ok(())
    }

    /// Lanes of which not everything is stored that was computed again, and up to which epoch it
    /// is. Of a lane in which nothing more was said, everything is.
    fn limits(&self, table: &Table, rows: &[Row]) -> BTreeMap<u32, u64> {
        let mut limits = BTreeMap::new();
        for row in rows {
            let lane = lane(row, self.of.lanes);
            let stored = self.stored.get(&(table.topic, lane)).copied().unwrap_or(0);
            if table.epoch(row) > stored {
                limits.insert(lane, stored);
            }
        }
        limits
    }
}

/// A stretch of epochs of one table.
struct Slice {
    table: &'static Table,
    /// First and last.
    epochs: (u64, u64),
    /// What is kept no longer than this is not compared.
    soon: i64,
    of: ProofOf,
    limits: BTreeMap<u32, u64>,
}

impl Slice {
    /// Why a row can't be compared, if it can't.
    fn why_not(&self, row: &Row) -> Option<Why> {
        if self.table.kept_until(row) < self.soon {
            return Some(Why::Expired);
        }
        let epoch = self.table.epoch(row);
        let unknown = self.of.unknown.get(&site(row));
        if let Some(Unknown { version, .. }) = unknown.filter(|unknown| unknown.from <= epoch) {
            return Some(Why::Unknown(*version));
        }
        let limit = self.limits.get(&lane(row, self.of.lanes));
        limit
            .filter(|limit| epoch > **limit)
            .map(|_| Why::NotStored)
    }
}

/// The lane of outputs that carries a row: that of its site.
fn lane(row: &Row, lanes: u32) -> u32 {
    topic::lane(&site(row), lanes)
}

/// `tenant/site` of a row.
fn site(row: &Row) -> String {
    let text = |place: usize| {
        row.get(place)
            .and_then(serde_json::Value::as_str)
            .unwrap_or("")
    };
    format!("{}/{}", text(0), text(1))
}

fn in_table<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> ProofError {
    move |error| ProofError {
        what,
        reason: error.to_string().chars().take(300).collect(),
    }
}
