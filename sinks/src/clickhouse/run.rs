//! IO: the KPI rows of a run that is not the live one, such as a backfill. They have no
//! offsets in a log; what makes them safe to store again is their key.

use ::clickhouse::Client;
use ::clickhouse::error::Error;
use events::output::KpiValue;
use events::place::Site;

use super::{ClickHouseConfig, ClickHouseError, Patience, client, in_time, insert};

/// Rows of one insert.
const BLOCK_ROWS: usize = 50_000;
/// Other runs that are named, at most.
const RUNS_NAMED: usize = 10;

/// Stores the KPI rows of one run.
pub struct Run {
    client: Client,
    source_run: String,
    rows: Vec<KpiValue>,
    stored: u64,
}

/// Which rows of a site a run is about to store.
#[derive(Clone, Debug)]
pub struct RunOf<'a> {
    /// The site.
    pub site: &'a Site,
    /// Names of its KPIs.
    pub kpis: &'a [&'a str],
    /// First instant of its first window, and of the first that is not its own, in
    /// milliseconds since 1970.
    pub windows: (i64, i64),
}

impl Run {
    /// The run `config.source_run`.
    pub fn new(config: &ClickHouseConfig) -> Self {
        Self {
            client: client(config).with_database(&config.database),
            source_run: config.source_run.clone(),
            rows: Vec::new(),
            stored: 0,
        }
    }

    /// The names of other runs, the live one among them, that have said something of
    /// these windows, some of them at least.
    ///
    /// # Errors
    /// ClickHouse refuses.
    pub async fn others(&self, of: &RunOf<'_>) -> Result<Vec<String>, ClickHouseError> {
        let mut patience = Patience::new("the runs that are there".to_owned());
        loop {
            match in_time(self.ask_others(of)).await {
                Ok(others) => return Ok(others),
                Err(error) => patience.wait(&error).await?,
            }
        }
    }

    async fn ask_others(&self, of: &RunOf<'_>) -> Result<Vec<String>, Error> {
        let query = self.client.query(
            "SELECT DISTINCT source_run FROM kpi WHERE tenant = ? AND site = ? AND kpi IN ? \
             AND window_start >= fromUnixTimestamp64Milli(?) \
             AND window_start < fromUnixTimestamp64Milli(?) AND source_run != ? \
             ORDER BY source_run LIMIT ?",
        );
        let (from, to) = of.windows;
        query
            .bind(of.site.tenant.as_str())
            .bind(of.site.site.as_str())
            .bind(of.kpis)
            .bind(from)
            .bind(to)
            .bind(&self.source_run)
            .bind(RUNS_NAMED as u64)
            .fetch_all::<String>()
            .await
    }

    /// Takes a row; stores those that have come together when they are many.
    ///
    /// # Errors
    /// ClickHouse refuses.
    pub async fn take(&mut self, row: KpiValue) -> Result<(), ClickHouseError> {
        self.rows.push(row);
        if self.rows.len() >= BLOCK_ROWS {
            self.store().await?;
        }
        Ok(())
    }

    /// Stores what is left. Gives the number of all rows.
    ///
    /// # Errors
    /// ClickHouse refuses.
    pub async fn end(mut self) -> Result<u64, ClickHouseError> {
        self.store().await?;
        Ok(self.stored)
    }

    async fn store(&mut self) -> Result<(), ClickHouseError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut patience = Patience::new(format!("rows of {}", self.source_run));
        while let Err(error) = insert::kpis(&self.client, &self.rows, &self.source_run).await {
            patience.wait(&error).await?;
        }
        patience.over();
        self.stored += self.rows.len() as u64;
        self.rows.clear();
        Ok(())
    }
}
