//! IO: questions as queries of the views `..._as_known_at`, and their rows as JSON.

use clickhouse::error::Error;
use clickhouse::query::Query;
use clickhouse::{Client, Row};
use events::access::Tier;
use events::time::{EventTime, Resolution};
use serde::Deserialize;
use serde_json::{Value, json};

use super::charts;
use super::corridor::{CorridorAlert, CorridorBed};
use super::cursor::Cursor;
use super::question::{Kind, Question};

/// After everything that was ever said.
const NOW_MS: i64 = 9_999_999_999_000;
/// Of the rows of one KPI those after a row, in their order.
const AFTER: &str = " AND (window_start, resolution_s, ward, stat) \
     > (fromUnixTimestamp64Milli(?), ?, ?, ?)";
/// Longest window.
const WINDOW_MAX_S: u32 = Resolution::Week.seconds() + PUT_BACK_S;
/// So much longer is a day on which the clocks are put back.
const PUT_BACK_S: u32 = 3_600;

/// The rows of the answer, and one more when there are too many.
///
/// # Errors
/// ClickHouse is away, or refuses.
pub(super) async fn rows(client: &Client, question: &Question) -> Result<Vec<Value>, Error> {
    match question.kind {
        Kind::Alerts if question.tier < Tier::Staff => {
            let rows = alerts(client, question)
                .fetch_all::<CorridorAlert>()
                .await?;
            Ok(rows.into_iter().map(CorridorAlert::json).collect())
        }
        Kind::Alerts => {
            let rows = alerts(client, question).fetch_all::<Alert>().await?;
            Ok(rows.into_iter().map(Alert::json).collect())
        }
        Kind::Beds if question.tier < Tier::Staff => {
            let rows = beds(client, question).fetch_all::<CorridorBed>().await?;
            Ok(rows.into_iter().map(CorridorBed::json).collect())
        }
        Kind::Beds => {
            let rows = beds(client, question).fetch_all::<Bed>().await?;
            Ok(rows.into_iter().map(Bed::json).collect())
        }
        Kind::NoFreeBed => charts::no_free_bed(client, question).await,
        Kind::Spc => charts::spc(client, question).await,
        Kind::Kpi | Kind::Kpis => {
            let rows = kpis(client, question).fetch_all::<Kpi>().await?;
            Ok(rows.into_iter().map(Kpi::json).collect())
        }
    }
}

/// Those of windows that have a part in the period.
fn kpis(client: &Client, question: &Question) -> Query {
    let (from, to) = question.period;
    let longest_ms = i64::from(question.resolution.map_or(WINDOW_MAX_S, at_most)) * 1_000;
    let filters = "AND window_start > fromUnixTimestamp64Milli(?) \
         AND window_start < fromUnixTimestamp64Milli(?) \
         AND toUnixTimestamp64Milli(window_start) + (resolution_s + if(resolution_s < 86400, 0, 3600)) * 1000 > ?";
    let order = "window_start, resolution_s, ward, kpi, stat";
    let mut filters = filters.to_owned();
    if question.kpi.is_some() {
        filters.push_str(" AND kpi = ?");
    }
    if question.resolution.is_some() {
        filters.push_str(" AND resolution_s = ?");
    }
    if question.after.is_some() {
        filters.push_str(AFTER);
    }
    let mut query = ask(client, question, "kpi_as_known_at", &filters, order)
        .bind(from - longest_ms)
        .bind(to)
        .bind(from);
    if let Some(kpi) = &question.kpi {
        query = query.bind(kpi);
    }
    if let Some(resolution) = question.resolution {
        query = query.bind(resolution);
    }
    if let Some(after) = &question.after {
        query = query
            .bind(after.window_ms)
            .bind(after.resolution_s)
            .bind(&after.ward)
            .bind(&after.stat);
    }
    query
}

/// How long a window of so many seconds may be.
fn at_most(resolution_s: u32) -> u32 {
    match resolution_s < Resolution::Day.seconds() {
        true => resolution_s,
        false => resolution_s + PUT_BACK_S,
    }
}

/// The place in the order of a row that was answered as [`Kpi::json`].
pub(super) fn cursor(row: &Value) -> Option<Cursor> {
    let text = |field: &str| row[field].as_str().map(str::to_owned);
    let from = row["window"]["from"].as_str()?;
    Some(Cursor {
        window_ms: EventTime::parse(from).ok()?.0,
        resolution_s: row["resolution"].as_u64()?.try_into().ok()?,
        ward: text("ward")?,
        stat: text("stat")?,
    })
}

/// The days of the period, in UTC, whose numbers lack what came after the correction
/// horizon; nothing where no numbers are asked for.
///
/// # Errors
/// ClickHouse is away, or refuses.
pub(super) async fn incomplete_days(
    client: &Client,
    question: &Question,
) -> Result<Option<Vec<Value>>, Error> {
    if !matches!(question.kind, Kind::Kpi | Kind::Kpis | Kind::Spc) {
        return Ok(None);
    }
    let (from, to) = question.period;
    let rows = client
        .query(
            "SELECT toString(day), records FROM incomplete_days
            WHERE tenant = ? AND site = ? AND day >= toDate(fromUnixTimestamp64Milli(?, 'UTC'))
                AND day <= toDate(fromUnixTimestamp64Milli(?, 'UTC'))
            ORDER BY day",
        )
        .bind(question.site.tenant.as_str())
        .bind(question.site.site.as_str())
        .bind(from)
        .bind(to - 1)
        .fetch_all::<(String, u64)>()
        .await?;
    let day = |(day, records)| json!({ "day": day, "records": records });
    Ok(Some(rows.into_iter().map(day).collect()))
}

/// Those that held at some time of the period. What was withdrawn never did.
fn alerts(client: &Client, question: &Question) -> Query {
    let (from, to) = question.period;
    let filters = "AND state != 'withdrawn' AND since < fromUnixTimestamp64Milli(?) \
         AND (until IS NULL OR until > fromUnixTimestamp64Milli(?))";
    ask(client, question, "alerts_as_known_at", filters, "since, id")
        .bind(to)
        .bind(from)
}

fn beds(client: &Client, question: &Question) -> Query {
    ask(client, question, "beds_as_known_at", "", "ward, bed")
}

/// A query of a view, with what all of them have in common bound.
fn ask(client: &Client, question: &Question, view: &str, filters: &str, order: &str) -> Query {
    let ward = charts::of_ward(question);
    let limit = question.limit + 1;
    let query = client
        .query(&format!(
            "SELECT ?fields FROM {view}(known_at = fromUnixTimestamp64Milli(?)) \
             WHERE tenant = ? AND site = ? {ward} {filters} ORDER BY {order} LIMIT {limit}"
        ))
        .bind(question.known_at.map_or(NOW_MS, |at| at.0))
        .bind(question.site.tenant.as_str())
        .bind(question.site.site.as_str());
    match &question.wards {
        Some(wards) => query.bind(wards),
        None => query,
    }
}

#[derive(Row, Deserialize)]
struct Kpi {
    ward: String,
    kpi: String,
    stat: String,
    resolution_s: u32,
    window_start: i64,
    value: Option<f64>,
    unit: String,
    numerator: i64,
    denominator: i64,
    revision: u32,
    as_of: i64,
    coverage: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

impl Kpi {
    fn json(self) -> Value {
        // Days and weeks end at midnight by the clock of the site's zone, which no table knows.
        let until = (self.resolution_s < Resolution::Day.seconds())
            .then(|| time(self.window_start + i64::from(self.resolution_s) * 1_000));
        json!({
            "ward": self.ward,
            "kpi": self.kpi,
            "stat": self.stat,
            "resolution": self.resolution_s,
            "window": { "from": time(self.window_start), "to": until },
            "value": self.value,
            "unit": self.unit,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "revision": self.revision,
            "as_of": time(self.as_of),
            "coverage": self.coverage,
            "lower": self.lower,
            "upper": self.upper,
        })
    }
}

#[derive(Row, Deserialize)]
struct Alert {
    id: String,
    ward: String,
    rule: String,
    subject: String,
    priority: String,
    state: String,
    since: i64,
    until: Option<i64>,
    as_of: i64,
    owner: String,
    acknowledged_by: String,
    acknowledged_at: Option<i64>,
    acknowledged_until: Option<i64>,
    shelved_until: Option<i64>,
    shelved_by: String,
    shelve_reason: String,
    suppressed_by: String,
    step: u32,
    comments: u32,
}

impl Alert {
    fn json(self) -> Value {
        json!({
            "id": self.id,
            "ward": self.ward,
            "rule": self.rule,
            "subject": self.subject,
            "priority": self.priority,
            "state": self.state,
            "valid": { "from": time(self.since), "to": self.until.map(time) },
            "as_of": time(self.as_of),
            "owner": self.owner,
            "acknowledged": self.acknowledged_at.map(|at| json!({
                "by": self.acknowledged_by,
                "at": time(at),
                "until": self.acknowledged_until.map(time),
            })),
            "shelved": self.shelved_until.map(|until| json!({
                "by": self.shelved_by,
                "until": time(until),
                "reason": self.shelve_reason,
            })),
            "suppressed_by": self.suppressed_by,
            "step": self.step,
            "comments": self.comments,
        })
    }
}

#[derive(Row, Deserialize)]
struct Bed {
    ward: String,
    room: String,
    bed: String,
    label: String,
    listed: bool,
    staffed: bool,
    occupied: bool,
    occupied_since: Option<i64>,
    visit: String,
    cleanliness: String,
    clean_since: Option<i64>,
    blocked: bool,
    block_reason: String,
    reserved_for: String,
    visits_in_bed: u32,
    as_of: i64,
    adt: String,
    adt_since: Option<i64>,
    staff: String,
    staff_since: Option<i64>,
    sensor: String,
    sensor_since: Option<i64>,
    confidence: String,
    conflict: Vec<String>,
    conflict_since: Option<i64>,
}

impl Bed {
    fn json(self) -> Value {
        json!({
            "ward": self.ward,
            "room": self.room,
            "bed": self.bed,
            "label": self.label,
            "listed": self.listed,
            "staffed": self.staffed,
            "occupied": self.occupied,
            "occupied_since": self.occupied_since.map(time),
            "visit": self.visit,
            "cleanliness": self.cleanliness,
            "clean_since": self.clean_since.map(time),
            "blocked": self.blocked,
            "block_reason": self.block_reason,
            "reserved_for": self.reserved_for,
            "visits_in_bed": self.visits_in_bed,
            "clocks": {
                "adt": clock(&self.adt, self.adt_since),
                "staff": clock(&self.staff, self.staff_since),
                "sensor": clock(&self.sensor, self.sensor_since),
            },
            "confidence": self.confidence,
            "conflict": self.conflict_since.map(|since| json!({
                "since": time(since),
                "against": self.conflict,
            })),
            "as_of": time(self.as_of),
        })
    }
}

/// What a clock says, and since when; nothing when it says nothing.
fn clock(says: &str, since: Option<i64>) -> Option<Value> {
    since.map(|since| json!({ "says": says, "since": time(since) }))
}

/// As every answer writes it.
pub(super) fn time(ms: i64) -> String {
    EventTime(ms).to_string()
}
