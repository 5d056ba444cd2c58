//! `docs/tables.md` lists the tables as they are, and the queries of `docs/queries/` answer what
//! they say.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use events::fact::{AppointmentEvent, Fact, FactFlags, Told, VisitEvent, What};
use events::id::{AppointmentId, VisitId, WardId};
use events::output::KpiValue;
use events::place::Place;
use events::time::{CellTime, DAY_MS, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::KafkaTopic;
use events::wire;
use expect_test::{expect, expect_file};

mod engine;
mod outputs;

use engine::{Engine, answer};

const HEAD: &str = "# The tables

What the sinks write to ClickHouse, written from the comments in the database itself
(`UPDATE_EXPECT=1 cargo test -p sinks --test tables` writes this page again). Times are UTC.

Rows that are stored again have the same key and go away when ClickHouse merges: read through
`kpi_latest`, `beds_latest` and `alerts_latest`, or with `FINAL`; as they were known at an earlier time through
the views whose names end in `_as_known_at`. Examples for analysts are in
[`queries/`](queries/): run them with `--param_tenant=... --param_site=...`.
";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_lists_every_table_and_column() -> Result<()> {
    let engine = Engine::migrated().await?;
    let tables = engine
        .ask(
            "SELECT name, comment FROM system.tables WHERE database = currentDatabase()
            ORDER BY name FORMAT TabSeparatedRaw",
        )
        .await?;
    let mut page = HEAD.to_owned();
    for table in tables.lines() {
        let (name, comment) = table.split_once('\t').context("no comment")?;
        page.push_str(&format!("\n## `{name}`\n{comment}\n\n"));
        let columns = format!(
            "SELECT concat('| `', name, '` | ', type, ' | ', comment, ' |') FROM system.columns
            WHERE database = currentDatabase() AND table = '{name}'
            ORDER BY position FORMAT TabSeparatedRaw"
        );
        // Of a view with a parameter the engine lists none: its comment names them.
        let columns = engine.ask(&columns).await?;
        if !columns.is_empty() {
            page.push_str("| column | type | |\n|---|---|---|\n");
        }
        page.push_str(&columns);
    }
    expect_file!["../../docs/tables.md"].assert_eq(&page);
    Ok(())
}

/// Runs a query of `docs/queries/` for the site of these tests.
async fn run(engine: &Engine, name: &str) -> Result<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/queries");
    let query = fs::read_to_string(file.join(format!("{name}.sql")))?;
    let query = engine.client().query_raw(&query);
    answer(query.param("tenant", "demo").param("site", "north")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn occupancy_by_ward_and_hour_shows_yesterday() -> Result<()> {
    let engine = Engine::migrated().await?;
    let yesterday = engine.now_ms().await? / DAY_MS * DAY_MS - DAY_MS;
    let mut rows = Rows::default();
    for (hour, value, peak) in [(-1, 99, 99), (6, 25, 50), (7, 75, 100), (24, 99, 99)] {
        let window_ms = yesterday + hour * HOUR_MS;
        rows.kpi("a", "occupancy", "value", window_ms, value, 100);
        rows.kpi("a", "occupancy", "peak", window_ms, peak, 100);
    }
    rows.kpi("b", "occupancy", "value", yesterday, 1, 3);
    rows.store(&engine).await?;
    expect![[r"
        a	6	25	50
        a	7	75	100
        b	0	33.3	\N
    "]]
    .assert_eq(&run(&engine, "occupancy_by_ward_and_hour").await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cleaning_response_trend_shows_the_worst_hour_of_each_day() -> Result<()> {
    let engine = Engine::migrated().await?;
    let today = engine.now_ms().await? / DAY_MS * DAY_MS;
    let mut rows = Rows::default();
    for (day, hour, p50, p90, n, missing) in [
        (-40, 8, 90, 90, 9, 9),
        (-2, 8, 10, 20, 4, 0),
        (-2, 9, 12, 45, 6, 1),
        (-1, 8, 7, 9, 5, 0),
    ] {
        let window_ms = today + day * DAY_MS + hour * HOUR_MS;
        let kpi = "cleaning_response";
        rows.kpi("-", kpi, "p50", window_ms, p50 * MINUTE_MS, MINUTE_MS);
        rows.kpi("-", kpi, "p90", window_ms, p90 * MINUTE_MS, MINUTE_MS);
        rows.kpi("-", kpi, "n", window_ms, n, 1);
        rows.kpi("-", kpi, "missing", window_ms, missing, 1);
        rows.kpi("a", kpi, "p90", window_ms, 1_000 * MINUTE_MS, MINUTE_MS);
    }
    rows.store(&engine).await?;
    let trend = run(&engine, "cleaning_response_trend").await?;
    let numbers = trend.lines().filter_map(|line| line.split_once('\t'));
    let numbers: Vec<&str> = numbers.map(|(_, numbers)| numbers).collect();
    assert_eq!(numbers, ["12\t45\t10\t1", "7\t9\t5\t0"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn longest_waits_by_stage_names_the_cases() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = engine.now_ms().await?;
    let at = |minutes_ago: i64| now - minutes_ago * MINUTE_MS;
    let mut facts = Vec::new();
    let mut say = |minutes_ago, what| {
        facts.push(Fact {
            at: EventTime(at(minutes_ago)),
            told: CellTime(at(minutes_ago)),
            flags: FactFlags::default(),
            what,
        });
    };
    for (id, minutes) in (1..).zip([60, 10, 20, 30, 40, 50]) {
        let id = format!("v{id}");
        say(120, visit(&id, VisitEvent::BedRequested(place().ward)));
        say(120 - minutes, visit(&id, VisitEvent::BedAssigned(place())));
    }
    say(90, visit("v1", VisitEvent::ReadyToLeave));
    say(15, visit("v1", VisitEvent::Discharged));
    say(200, appointment(AppointmentEvent::Arrived));
    say(163, appointment(AppointmentEvent::Roomed));
    say(1, visit("v9", VisitEvent::ReadyToLeave));

    let told = wire::encode_facts(&Told {
        site: outputs::site(),
        source: "http".to_owned(),
        facts,
        receipt: None,
    });
    let chunk = outputs::chunk(KafkaTopic::Facts, 0, vec![told]);
    engine.store(engine.config("log"), vec![chunk]).await?;
    let waits = run(&engine, "longest_waits_by_stage").await?;
    let waits: Vec<String> = waits
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            format!("{}: {} {}", fields[0], fields[1], fields[4])
        })
        .collect();
    expect![[r#"
        [
            "arrival to room: ap1 37",
            "ready to leaving: v1 75",
            "request to bed: v1 60",
            "request to bed: v6 50",
            "request to bed: v5 40",
            "request to bed: v4 30",
            "request to bed: v3 20",
        ]
    "#]]
    .assert_debug_eq(&waits);
    Ok(())
}

fn visit(visit: &str, event: VisitEvent) -> What {
    What::Visit {
        visit: VisitId::new(visit).expect("an id"),
        patient: None,
        event,
    }
}

fn appointment(event: AppointmentEvent) -> What {
    What::Appointment {
        appointment: AppointmentId::new("ap1").expect("an id"),
        ward: place().ward,
        practitioner: None,
        room: None,
        kind: "check".to_owned(),
        slot: None,
        event,
    }
}

fn place() -> Place {
    Place {
        ward: WardId::new("a").expect("an id"),
        room: None,
        bed: None,
    }
}

/// KPI rows of one hour each, one an epoch.
#[derive(Default)]
struct Rows(Vec<Vec<u8>>);

impl Rows {
    fn kpi(
        &mut self,
        ward: &str,
        kpi: &str,
        stat: &str,
        window_ms: i64,
        numerator: i64,
        denominator: i64,
    ) {
        self.0.push(wire::encode(&KpiValue {
            epoch: self.0.len() as u64 + 1,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: ward.to_owned(),
            kpi: kpi.to_owned(),
            stat: stat.to_owned(),
            resolution_s: 3_600,
            window_ms,
            numerator,
            denominator,
            ..Default::default()
        }));
    }

    async fn store(self, engine: &Engine) -> Result<()> {
        let chunk = outputs::chunk(KafkaTopic::Kpis, 0, self.0);
        engine.store(engine.config("log"), vec![chunk]).await?;
        Ok(())
    }
}
