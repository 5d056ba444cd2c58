//! IO: one number as it is stored, with the epoch at whose end it was said.

use clickhouse::Row;
use clickhouse::error::Error;
use events::place::Site;
use events::time::EventTime;
use serde::Deserialize;

use crate::clickhouse::{ClickHouseConfig, client, in_time};

/// After everything that was ever said.
const NOW_MS: i64 = 9_999_999_999_000;

/// Which number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberKey {
    /// Of which site.
    pub site: Site,
    /// The ward, or `-` for the whole site.
    pub ward: String,
    /// Name of the KPI.
    pub kpi: String,
    /// Name of the stat.
    pub stat: String,
    /// Length of the window in seconds.
    pub resolution_s: u32,
    /// Start of the window.
    pub window_ms: i64,
    /// Which revision; without it the newest,
    pub revision: Option<u32>,
    /// of those that had been said by then.
    pub known_at: Option<EventTime>,
}

/// A number as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub struct StoredNumber {
    /// Above the line.
    pub numerator: i64,
    /// Below the line.
    pub denominator: i64,
    /// Which revision of its window it is of.
    pub revision: u32,
    /// The epoch that said it.
    pub epoch: u64,
    /// The share of its window that its sources covered, in millionths.
    pub coverage_ppm: Option<u32>,
    /// The least that it may be, over the same denominator.
    pub lower: Option<i64>,
    /// The most that it may be, over the same denominator.
    pub upper: Option<i64>,
}

/// What the tables hold of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The number.
    Number(StoredNumber),
    /// The revision of that window has no such number; of that KPI it has these stats.
    NotIn(u32, Vec<String>),
    /// Nothing of that window, or not that revision.
    Nothing,
}

#[derive(Row, Deserialize)]
struct Held {
    rows: u64,
    newest: u32,
}

/// Looks a number up.
///
/// # Errors
/// ClickHouse is away, or refuses; in words.
pub async fn stored_number(config: &ClickHouseConfig, key: &NumberKey) -> Result<Stored, String> {
    in_time(look_up(config, key)).await.map_err(|error| {
        let text: String = error.to_string().chars().take(300).collect();
        format!("clickhouse: {text}")
    })
}

async fn look_up(config: &ClickHouseConfig, key: &NumberKey) -> Result<Stored, Error> {
    let client = client(config).with_database(&config.database);
    let block = "FROM kpi WHERE tenant = ? AND site = ? AND ward = ? AND resolution_s = ? \
         AND window_start = fromUnixTimestamp64Milli(?)";
    let of_block = |query: String| {
        client
            .query(&query)
            .bind(key.site.tenant.as_str())
            .bind(key.site.site.as_str())
            .bind(&key.ward)
            .bind(key.resolution_s)
            .bind(key.window_ms)
    };
    let which = match key.revision {
        Some(_) => "AND revision = ?",
        None => "AND as_of <= fromUnixTimestamp64Milli(?)",
    };
    let held = of_block(format!(
        "SELECT count() AS rows, max(revision) AS newest {block} {which}"
    ));
    let held = match key.revision {
        Some(revision) => held.bind(revision),
        None => held.bind(key.known_at.map_or(NOW_MS, |at| at.0)),
    };
    let held = held.fetch_one::<Held>().await?;
    if held.rows == 0 {
        return Ok(Stored::Nothing);
    }
    let number = of_block(format!(
        "SELECT ?fields {block} AND kpi = ? AND stat = ? AND revision = ? ORDER BY epoch LIMIT 1"
    ));
    let number = number.bind(&key.kpi).bind(&key.stat).bind(held.newest);
    if let Some(number) = number.fetch_optional::<StoredNumber>().await? {
        return Ok(Stored::Number(number));
    }
    let stats = of_block(format!(
        "SELECT DISTINCT toString(stat) {block} AND kpi = ? AND revision = ? ORDER BY stat"
    ));
    let stats = stats.bind(&key.kpi).bind(held.newest);
    let stats = stats.fetch_all::<String>().await?;
    Ok(Stored::NotIn(held.newest, stats))
}
