//! IO: brings a database to the schema that this program knows. Migrations are files, numbered and
//! applied in order; each is one statement that may be executed again, since ClickHouse has no
//! transactions; each is recorded with its text, and one that was changed afterwards is refused.

use std::collections::BTreeMap;

use ::clickhouse::query::Query;
use ::clickhouse::sql::Identifier;
use ::clickhouse::{Client, Row, RowOwned, RowRead};
use serde::{Deserialize, Serialize};

use crate::clickhouse::{ClickHouseConfig, ClickHouseError, Patience, client, in_time};

/// One KPI, for the table `kpi_registry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KpiDescription<'a> {
    /// Its name in rows.
    pub name: &'a str,
    /// Unit of its value, percentiles and peak.
    pub unit: &'a str,
    /// What it says.
    pub description: &'a str,
    /// Where its definition comes from.
    pub source: &'a str,
}

/// Why a database cannot be brought to our schema.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The text of an applied migration is no longer the one that was applied.
    #[error("migration {0} was changed after it had been applied to this database")]
    Changed(&'static str),
    /// The database is ahead of this program.
    #[error("the database has migration {0}, which this program does not know: use a newer one")]
    Newer(u32),
    /// See there.
    #[error(transparent)]
    ClickHouse(#[from] ClickHouseError),
}

struct Migration {
    version: u32,
    name: &'static str,
    statement: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal,)*) => {
        const MIGRATIONS: &[Migration] = &[$(Migration {
            version: $version,
            name: $name,
            statement: include_str!(concat!("../migrations/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_readings",
    2 "0002_facts",
    3 "0003_bed_history",
    4 "0004_kpi",
    5 "0005_alerts",
    6 "0006_late",
    7 "0007_dead_letters",
    8 "0008_progress",
    9 "0009_kpi_registry",
    10 "0010_kpi_latest",
    11 "0011_alerts_latest",
    12 "0012_progress_epochs",
    13 "0013_kpi_as_known_at",
    14 "0014_alerts_as_known_at",
    15 "0015_beds_as_known_at",
    16 "0016_versions_kpi",
    17 "0017_versions_alerts",
    18 "0018_versions_bed_history",
    19 "0019_late_is_kept",
    20 "0020_incomplete_days",
    21 "0021_runs_kpi_latest",
    22 "0022_runs_kpi_as_known_at",
    23 "0023_revisions_setting",
    24 "0024_revisions",
    25 "0025_revisions_of_old",
    26 "0026_fast_kpi_latest",
    27 "0027_newest_beds_setting",
    28 "0028_newest_beds",
    29 "0029_newest_beds_of_old",
    30 "0030_beds_latest",
    31 "0031_three_clocks_bed_history",
    32 "0032_three_clocks_beds_as_known_at",
    33 "0033_days",
    34 "0034_coverage_kpi",
    35 "0035_coverage_kpi_latest",
    36 "0036_coverage_kpi_as_known_at",
    37 "0037_spc",
    38 "0038_no_free_bed",
    39 "0039_three_clocks_newest_beds",
    40 "0040_three_clocks_newest_beds_of_old",
    41 "0041_three_clocks_beds_latest",
    42 "0042_newest_beds_of_two_clocks",
    43 "0043_weeks",
    44 "0044_slots_facts",
    45 "0045_vitals_facts",
    46 "0046_vital_signs",
    47 "0047_no_free_bed_newest_beds",
    48 "0048_commands",
    49 "0049_answers_alerts",
    50 "0050_answers_alerts_latest",
    51 "0051_answers_alerts_as_known_at",
    52 "0052_alarm_budget",
    53 "0053_alarm_exposure",
    54 "0054_commands_silences",
}

const BOOKKEEPING: &str = include_str!("../migrations/0000_schema_migrations.sql");

/// Makes the database of `config` if need be, applies what is missing, and writes the KPIs that
/// are new or have changed. Waits while ClickHouse is away. Gives the names of what was applied.
///
/// # Errors
/// The database is ahead of this program, its past is another, or ClickHouse refuses.
pub async fn migrate(
    config: &ClickHouseConfig,
    kpis: &[KpiDescription<'_>],
) -> Result<Vec<&'static str>, MigrationError> {
    let server = client(config);
    let create = server
        .query("CREATE DATABASE IF NOT EXISTS ?")
        .bind(Identifier(&config.database));
    execute("the database", create).await?;

    let client = server.with_database(&config.database);
    execute("the table schema_migrations", client.query(BOOKKEEPING)).await?;
    let missing = missing(&applied(&client).await?)?;
    for migration in &missing {
        execute(migration.name, client.query(migration.statement)).await?;
        let record = client
            .query("INSERT INTO schema_migrations SELECT ?, ?, ?, now64(3)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.statement);
        execute("the table schema_migrations", record).await?;
        tracing::info!(migration = migration.name, "applied");
    }
    describe(&client, kpis).await?;
    Ok(missing.iter().map(|migration| migration.name).collect())
}

/// What of [`MIGRATIONS`] a database lacks, given version and statement of what it has.
fn missing(applied: &BTreeMap<u32, String>) -> Result<Vec<&'static Migration>, MigrationError> {
    if let Some(version) = applied
        .keys()
        .find(|version| MIGRATIONS.iter().all(|known| known.version != **version))
    {
        return Err(MigrationError::Newer(*version));
    }
    let mut missing = Vec::new();
    for migration in MIGRATIONS {
        match applied.get(&migration.version) {
            None => missing.push(migration),
            Some(statement) if statement == migration.statement => {}
            Some(_) => return Err(MigrationError::Changed(migration.name)),
        }
    }
    Ok(missing)
}

async fn applied(client: &Client) -> Result<BTreeMap<u32, String>, ClickHouseError> {
    #[derive(Row, Deserialize)]
    struct Applied {
        version: u32,
        statement: String,
    }
    let rows: Vec<Applied> = fetch(client, "SELECT ?fields FROM schema_migrations FINAL").await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.version, row.statement)).collect())
}

/// Writes the rows of `kpi_registry` that are not there as they should be. A KPI that is gone
/// keeps its row, since its values remain.
async fn describe(client: &Client, kpis: &[KpiDescription<'_>]) -> Result<(), ClickHouseError> {
    #[derive(Row, Serialize, Deserialize, PartialEq)]
    struct Described {
        name: String,
        unit: String,
        description: String,
        source: String,
    }
    let present: Vec<Described> = fetch(client, "SELECT ?fields FROM kpi_registry FINAL").await?;
    for kpi in kpis {
        let wanted = Described {
            name: kpi.name.to_owned(),
            unit: kpi.unit.to_owned(),
            description: kpi.description.to_owned(),
            source: kpi.source.to_owned(),
        };
        if present.contains(&wanted) {
            continue;
        }
        let insert = client
            .query("INSERT INTO kpi_registry SELECT ?, ?, ?, ?, now64(3)")
            .bind(kpi.name)
            .bind(kpi.unit)
            .bind(kpi.description)
            .bind(kpi.source);
        execute("the table kpi_registry", insert).await?;
    }
    Ok(())
}

async fn execute(what: &str, query: Query) -> Result<(), ClickHouseError> {
    let mut patience = Patience::new(what.to_owned());
    while let Err(error) = in_time(query.clone().execute()).await {
        patience.wait(&error).await?;
    }
    patience.over();
    Ok(())
}

async fn fetch<T>(client: &Client, query: &str) -> Result<Vec<T>, ClickHouseError>
where
    T: RowOwned + RowRead,
{
    let mut patience = Patience::new("the schema".to_owned());
    loop {
        match in_time(client.query(query).fetch_all::<T>()).await {
            Ok(rows) => {
                patience.over();
                return Ok(rows);
            }
            Err(error) => patience.wait(&error).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> BTreeMap<u32, String> {
        MIGRATIONS
            .iter()
            .map(|known| (known.version, known.statement.to_owned()))
            .collect()
    }

    #[test]
    fn an_empty_database_lacks_all_and_a_full_one_nothing() {
        assert_eq!(missing(&BTreeMap::new()).unwrap().len(), MIGRATIONS.len());
        assert!(missing(&all()).unwrap().is_empty());
    }

    #[test]
    fn another_past_or_a_newer_schema_is_refused() {
        let mut changed = all();
        changed.insert(4, "CREATE TABLE kpi".to_owned());
        assert!(matches!(
            missing(&changed),
            Err(MigrationError::Changed("0004_kpi"))
        ));
        let mut newer = all();
        newer.insert(999, String::new());
        assert!(matches!(missing(&newer), Err(MigrationError::Newer(999))));
    }

    #[test]
    fn migrations_are_numbered_as_they_are_named_and_hold_one_statement_each() {
        for (number, migration) in (1..).zip(MIGRATIONS) {
            assert_eq!(migration.version, number);
            assert!(migration.name.starts_with(&format!("{number:04}_")));
            assert!(!migration.statement.trim_end().ends_with(';'));
            assert!(!migration.statement.contains('?'), "it would be bound");
        }
    }
}
