//! IO: what the views `spc` and `no_free_bed` make of rows that were said, as JSON.

use clickhouse::error::Error;
use clickhouse::query::Query;
use clickhouse::{Client, Row};
use serde::Deserialize;
use serde_json::{Value, json};

use super::history::time;
use super::question::Question;

/// Times of the views.
const AT: &str = "fromUnixTimestamp64Milli(?)";

/// The days of a KPI, each with its signals, and one more when there are too many.
///
/// # Errors
/// ClickHouse is away, or refuses.
pub(super) async fn spc(client: &Client, question: &Question) -> Result<Vec<Value>, Error> {
    let from = format!(
        "spc(tenant = ?, site = ?, kpi = ?, from = {AT}, to = {AT}, limits_from = {AT}, \
         limits_to = {AT}, known_at = {AT})"
    );
    let (asked, limits) = (question.period, question.limits);
    let mut filters = of_ward(question).to_owned();
    if question.stat.is_some() {
        filters.push_str(" AND stat = ?");
    }
    let mut query = ask(
        client,
        question,
        &from,
        &filters,
        "window_start, ward, stat",
    );
    query = query.bind(question.kpi.as_deref().unwrap_or_default());
    for at in [asked.0, asked.1, limits.0, limits.1, known_at(question)] {
        query = query.bind(at);
    }
    if let Some(wards) = &question.wards {
        query = query.bind(wards);
    }
    if let Some(stat) = &question.stat {
        query = query.bind(stat);
    }
    let rows = query.fetch_all::<Day>().await?;
    Ok(rows.into_iter().map(Day::json).collect())
}

/// The wards, each with its risk, and one more when there are too many.
///
/// # Errors
/// ClickHouse is away, or refuses.
pub(super) async fn no_free_bed(client: &Client, question: &Question) -> Result<Vec<Value>, Error> {
    let from = format!("no_free_bed(tenant = ?, site = ?, at = {AT})");
    let query = ask(client, question, &from, of_ward(question), "ward");
    let mut query = query.bind(known_at(question));
    if let Some(wards) = &question.wards {
        query = query.bind(wards);
    }
    let rows = query.fetch_all::<Risk>().await?;
    Ok(rows.into_iter().map(Risk::json).collect())
}

/// The condition that a question's wards, bound next, are meant.
pub(super) fn of_ward(question: &Question) -> &'static str {
    match question.wards {
        Some(_) => "AND ward IN ?",
        None => "",
    }
}

/// Whoever asks says what is now.
fn known_at(question: &Question) -> i64 {
    question.known_at.map_or(0, |at| at.0)
}

/// A query of a view, with tenant and site bound.
fn ask(client: &Client, question: &Question, view: &str, filters: &str, order: &str) -> Query {
    let limit = question.limit + 1;
    client
        .query(&format!(
            "SELECT ?fields FROM {view} WHERE true {filters} ORDER BY {order} LIMIT {limit}"
        ))
        .bind(question.site.tenant.as_str())
        .bind(question.site.site.as_str())
}

#[derive(Row, Deserialize)]
struct Day {
    ward: String,
    stat: String,
    window_start: i64,
    value: Option<f64>,
    unit: String,
    mean: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    n: u64,
    signals: Vec<String>,
    as_of: i64,
}

impl Day {
    fn json(self) -> Value {
        json!({
            "ward": self.ward,
            "stat": self.stat,
            // It ends where the next begins.
            "window": { "from": time(self.window_start), "to": null },
            "value": self.value,
            "unit": self.unit,
            "mean": self.mean,
            "lower": self.lower,
            "upper": self.upper,
            "n": self.n,
            "signals": self.signals,
            "as_of": time(self.as_of),
        })
    }
}

#[derive(Row, Deserialize)]
struct Risk {
    ward: String,
    beds: u64,
    patients: u64,
    within_4h: f64,
    within_8h: f64,
    within_24h: f64,
    after_4h: f64,
    after_8h: f64,
    after_24h: f64,
    erlang_b: f64,
    load: f64,
    arrivals: i64,
    departures: i64,
    patient_hours: f64,
    hours: u64,
    since: i64,
    until: i64,
    step_minutes: f64,
}

impl Risk {
    fn json(self) -> Value {
        json!({
            "ward": self.ward,
            "beds": self.beds,
            "patients": self.patients,
            "within": { "4h": self.within_4h, "8h": self.within_8h, "24h": self.within_24h },
            "after": { "4h": self.after_4h, "8h": self.after_8h, "24h": self.after_24h },
            "erlang_b": self.erlang_b,
            "load": self.load,
            "step_minutes": self.step_minutes,
            "history": {
                "from": time(self.since),
                "to": time(self.until),
                "hours": self.hours,
                "arrivals": self.arrivals,
                "departures": self.departures,
                "patient_hours": self.patient_hours,
            },
        })
    }
}
