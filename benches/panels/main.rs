//! How long the Grafana panels' queries take over a year of 40 wards, on the embedded engine:
//! `cargo bench -p medaxis --bench panels`. The rows are made inside the engine. Prints a
//! table; fails on nothing but errors.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads clocks and stops at what is missing"
)]

mod table;

use std::path::Path;
use std::time::{Duration, Instant};

use clickhouse::Client;
use dashboards::grafana::{self, Context, Query};
use harness::{Server, clickhouse as engine};
use sinks::{BatchLimits, ClickHouseConfig};
use stream::kpi::{self, Scale};

use table::{Table, Took};

const DAY: i64 = 86_400;
/// Each panel so often, in turns, after once that does not count.
const ROUNDS: usize = 5;
/// How people look at a dashboard: windows of so many seconds over so many; the second is how
/// each dashboard opens.
const VIEWS: [(&str, i64, i64); 3] = [
    ("6 hours of minutes", 60, DAY / 4),
    ("a day of quarter hours", 900, DAY),
    ("30 days of hours", 3_600, 30 * DAY),
];
/// How long windows of a resolution are kept, and in how many of a hundred of them a clock stops.
const KEPT: [(i64, i64, u32); 3] = [
    (60, 14 * DAY, 10),
    (900, 90 * DAY, 50),
    (3_600, 365 * DAY, 90),
];

#[tokio::main]
async fn main() {
    let hospital = Hospital::start().await;
    let began = Instant::now();
    hospital.fill().await;
    let rows = hospital.number("SELECT count() FROM kpi").await;
    let bytes = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'kpi'";
    let bytes = hospital.number(bytes).await;
    println!(
        "{rows} rows of KPIs, {} MB on disk, {} s to make\n",
        bytes / 1_000_000,
        began.elapsed().as_secs()
    );
    let mut table = Table::default();
    for view in VIEWS {
        for query in grafana::panels() {
            let took = hospital.ask(&query, view).await;
            table.add(
                view.0,
                &format!("{}: {}", query.dashboard, query.title),
                took,
            );
        }
    }
    table.print();
}

/// The engine with the tables of a year.
struct Hospital {
    client: Client,
    engine: Server,
}

impl Hospital {
    async fn start() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let library = engine::library().expect("the engine is fetched");
        let engine = engine::start(program, &["clickhouse-engine"], &library);
        let engine = engine.expect("the engine starts");
        let url = format!("http://{}", engine.address());
        let config = ClickHouseConfig {
            url: url.clone(),
            database: "medaxis".to_owned(),
            user: String::new(),
            password: String::new(),
            log: "live".to_owned(),
            source_run: "live".to_owned(),
            limits: BatchLimits::default(),
        };
        sinks::migrate(&config, &[]).await.expect("it is empty");
        Self {
            client: Client::default().with_url(url).with_database("medaxis"),
            engine,
        }
    }

    async fn fill(&self) {
        let (mut names, mut stats, mut durations) = (vec![], vec![], vec![]);
        for kpi in kpi::all() {
            for stat in stats_of(kpi.name, kpi.scale) {
                names.push(format!("'{}'", kpi.name));
                stats.push(format!("'{stat}'"));
                durations.push((kpi.scale == Scale::Duration).to_string());
            }
        }
        for (resolution, kept, has_durations) in KEPT {
            let sql = include_str!("hospital.sql")
                .replace("{names}", &names.join(", "))
                .replace("{stats}", &stats.join(", "))
                .replace("{durations}", &durations.join(", "))
                .replace("{resolution}", &resolution.to_string())
                .replace("{windows}", &(kept / resolution).to_string())
                .replace("{has_durations}", &has_durations.to_string());
            self.execute(&sql).await;
        }
        self.execute(include_str!("rest.sql")).await;
        let merging = "SELECT count() FROM system.merges";
        while self.number(merging).await > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn execute(&self, statements: &str) {
        for statement in statements.split_terminator(";\n") {
            let query = self.client.query(statement);
            query.execute().await.expect("the engine makes the rows");
        }
    }

    async fn number(&self, query: &str) -> u64 {
        let number = self.client.query(query).fetch_one::<u64>().await;
        number.expect("the engine counts")
    }

    /// What the engine's threads have computed for, whoever else the machine works for.
    fn cpu(&self) -> Duration {
        let id = self.engine.id().expect("the engine runs");
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).expect("it has threads");
        let of_thread = |thread: std::io::Result<std::fs::DirEntry>| {
            // A thread may have ended meanwhile.
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        Duration::from_nanos(threads.filter_map(of_thread).sum())
    }

    /// How long a panel takes, of the whole site and of a ward.
    async fn ask(&self, query: &Query, (_, resolution, range_s): (&str, i64, i64)) -> Vec<Took> {
        let now_s = self.number("SELECT toUInt64(toUnixTimestamp(now()))").await;
        let now_s = now_s.cast_signed();
        let mut took = Vec::new();
        for round in 0..=ROUNDS {
            for ward in ["-", "W07"] {
                let resolution = resolution.to_string();
                let context = Context {
                    from_s: now_s - range_s,
                    to_s: now_s,
                    interval_s: u32::try_from(range_s / 200).expect("a year has fewer seconds"),
                    variables: &[
                        ("tenant", "demo"),
                        ("site", "north"),
                        ("ward", ward),
                        ("resolution", &resolution),
                        ("kpi", "arrivals"),
                        ("stat", "value"),
                        ("limits_from", ""),
                        ("limits_to", ""),
                        ("medaxis", ""),
                    ],
                };
                let sql = grafana::expand(&query.sql, &context).expect("the tests expand it");
                let (began, cpu) = (Instant::now(), self.cpu());
                let mut answer = self.client.query(&sql).fetch_bytes("JSONCompact");
                let answer = answer.as_mut().expect("a query").collect().await;
                answer.expect("the tests have asked it, too");
                if round > 0 {
                    took.push(Took {
                        wall: began.elapsed(),
                        cpu: self.cpu().saturating_sub(cpu),
                    });
                }
            }
        }
        took
    }
}

/// What a KPI has rows of.
fn stats_of(name: &str, scale: Scale) -> &'static [&'static str] {
    match (name, scale) {
        ("occupancy", _) => &["value", "peak", "peak_at"],
        (_, Scale::Duration) => &["p50", "p90", "n", "missing", "invalid"],
        _ => &["value"],
    }
}
