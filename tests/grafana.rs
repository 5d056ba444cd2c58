//! Every query of the Grafana dashboards, expanded as Grafana would, answered by the real engine
//! over the migrated schema with data in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

#[path = "grafana/definitions.rs"]
mod definitions;

use std::path::Path;

use clickhouse::Client;
use dashboards::grafana::{self, Context, Query};
use events::time::EventTime;
use harness::{Server, clickhouse as engine};
use serde_json::Value;
use sinks::{BatchLimits, ClickHouseConfig, KpiDescription};

const DATABASE: &str = "medaxis";
const HOURS: i64 = 6;
/// Of a chart of days.
const CHART_HOURS: i64 = 30 * 24;

#[tokio::test]
async fn every_panel_shows_something() {
    let hospital = Hospital::start().await;
    for ward in ["-", "A"] {
        for query in grafana::panels() {
            let rows = hospital.ask(&query, ward).await;
            assert!(!rows.is_empty(), "{}: no data for ward {ward}", query.title);
        }
    }
    for query in grafana::variables() {
        let rows = hospital.ask(&query, "-").await;
        assert!(!rows.is_empty(), "{}: no values", query.title);
    }
    hospital.beds_are_counted_once().await;
    hospital.a_number_leads_to_its_records().await;
    hospital.alerts_come_worst_first().await;
    hospital.corrections_hold().await;
    hospital.lanes_lag_behind_the_newest().await;
    hospital.limits_can_be_set().await;
}

/// The engine with the tables of a small site.
struct Hospital {
    client: Client,
    /// Seconds since 1970, by the engine's clock, which also dated the rows.
    now_s: i64,
    _engine: Server,
}

impl Hospital {
    async fn start() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let library = engine::library().unwrap();
        let engine = engine::start(program, &["clickhouse-engine"], &library).unwrap();
        let url = format!("http://{}", engine.address());
        sinks::migrate(&config(&url), &KPIS).await.unwrap();

        let client = Client::default().with_url(url).with_database(DATABASE);
        for statement in include_str!("grafana/hospital.sql").split_terminator(";\n") {
            client.query(statement).execute().await.unwrap();
        }
        let now_s = client.query("SELECT toInt64(toUnixTimestamp(now()))");
        Self {
            now_s: now_s.fetch_one().await.unwrap(),
            client,
            _engine: engine,
        }
    }

    async fn ask(&self, query: &Query, ward: &str) -> Vec<Value> {
        let hours = match query.sql.contains("FROM spc(") {
            true => CHART_HOURS,
            false => HOURS,
        };
        let context = Context {
            from_s: self.now_s - hours * 3_600,
            to_s: self.now_s + 60,
            interval_s: 60,
            variables: &[
                ("tenant", "demo"),
                ("site", "north"),
                ("ward", ward),
                ("resolution", "900"),
                ("kpi", "arrivals"),
                ("stat", "value"),
                ("limits_from", ""),
                ("limits_to", ""),
                ("medaxis", "http://localhost:8080"),
            ],
        };
        let Query {
            dashboard, title, ..
        } = query;
        let sql = grafana::expand(&query.sql, &context).unwrap();
        let mut answer = self.client.query(&sql).fetch_bytes("JSONEachRow").unwrap();
        let rows = answer.collect().await;
        let rows = rows.unwrap_or_else(|error| panic!("{dashboard}, {title}: {error}\n{sql}"));
        let rows = std::str::from_utf8(&rows).unwrap().lines();
        rows.map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    async fn panel(&self, title: &str, ward: &str) -> Vec<Value> {
        let mut panels = grafana::panels().into_iter();
        let query = panels.find(|query| query.title == title);
        self.ask(&query.unwrap(), ward).await
    }

    async fn beds_are_counted_once(&self) {
        let states = [
            "can take a patient",
            "occupied",
            "dirty",
            "cleaning",
            "blocked",
        ];
        for (ward, expected) in [("-", [1, 2, 1, 1, 1]), ("A", [1, 1, 1, 0, 0])] {
            let rows = self.panel("Beds now", ward).await;
            let beds = states.map(|state| number(&rows[0][state]));
            assert_eq!(beds, expected.map(f64::from), "ward {ward}");
        }
    }

    async fn alerts_come_worst_first(&self) {
        let rows = self.panel("Alerts now", "-").await;
        let rules: Vec<_> = rows
            .iter()
            .map(|row| row["rule"].as_str().unwrap())
            .collect();
        assert_eq!(
            rules,
            ["request_waiting", "ward_full", "bed_dirty", "bed_dirty"]
        );
    }

    /// What a link of the table is made of, to the newest window.
    async fn a_number_leads_to_its_records(&self) {
        let rows = self.panel("What made these numbers?", "A").await;
        let first = ["kpi", "stat", "ward"].map(|field| rows[0][field].as_str().unwrap());
        assert_eq!(first, ["arrivals", "value", "A"]);
        let window = rows[0]["window"].as_str().unwrap();
        let window = EventTime::parse(window).unwrap().0 / 1_000;
        assert!((0..1_800).contains(&(self.now_s - window)), "{window}");
    }

    async fn corrections_hold(&self) {
        let rows = self.panel("Bottleneck of the range", "-").await;
        let stages: Vec<_> = rows
            .iter()
            .map(|row| (row["stage"].as_str().unwrap(), number(&row["waiting"])))
            .collect();
        let expected = [
            ("for cleaning", 390.0),
            ("for a bed", 40.0),
            ("to be moved", 4.0),
            ("for a room", 0.0),
        ];
        assert_eq!(stages, expected);
        let said_again = self.panel("Corrections", "-").await;
        let said_again: f64 = said_again
            .iter()
            .map(|row| number(&row["corrections"]))
            .sum();
        assert_eq!(said_again, 3.0, "one window of two wards and of the site");
    }

    /// Of days before: what has risen each day since is above them in the end.
    async fn limits_can_be_set(&self) {
        let day = |ago: i64| EventTime((self.now_s - ago * 86_400) * 1_000).to_string();
        let mut panels = grafana::panels().into_iter();
        let mut query = panels.find(|query| query.title == "Signals").unwrap();
        let (from, to) = (day(15), day(9));
        for (name, value) in [("limits_from", &from), ("limits_to", &to)] {
            let variable = format!("${{{name}:sqlstring}}");
            query.sql = query.sql.replace(&variable, &format!("'{value}'"));
        }
        let rows = self.ask(&query, "A").await;
        let newest = rows[0]["signal"].as_str().unwrap();
        assert_eq!(newest, "above_limit, run_above, rising");
    }

    async fn lanes_lag_behind_the_newest(&self) {
        let rows = self.panel("How far each lane has come", "-").await;
        let lags: Vec<_> = rows.iter().map(|row| row["lag"].as_f64()).collect();
        assert_eq!(lags, [Some(1.0), Some(0.0), None]);
    }
}

/// 64-bit integers are written as texts in JSON.
fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

fn config(url: &str) -> ClickHouseConfig {
    ClickHouseConfig {
        url: url.to_owned(),
        database: DATABASE.to_owned(),
        user: String::new(),
        password: String::new(),
        log: "live".to_owned(),
        source_run: "live".to_owned(),
        limits: BatchLimits::default(),
    }
}

const KPIS: [KpiDescription<'static>; 1] = [KpiDescription {
    name: "occupancy",
    unit: "share",
    description: "Which share of the staffed beds' time was occupied?",
    source: "docs/clocks.md",
}];
