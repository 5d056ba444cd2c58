//! Both times in every answer, in a real ClickHouse engine: what was known at a time, from the
//! views and over HTTP, also when rows were stored again.

use anyhow::{Context, Result};
use events::access::{Tier, Wards};
use events::id::WardId;
use events::log::Chunk;
use events::output::AlertState;
use events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::KafkaTopic;
use serde_json::{Value, json};
use sinks::{ClickHouseConfig, ROWS_MAX};
use tokio::net::TcpListener;

mod engine;
mod outputs;
mod server;

use engine::Engine;
use server::Server;

/// Some minutes ago, at the full minute.
async fn lately(engine: &Engine) -> Result<i64> {
    Ok(engine.now_ms().await? / MINUTE_MS * MINUTE_MS - 30 * MINUTE_MS)
}

fn epoch(at: i64) -> u64 {
    (at / 20).unsigned_abs()
}

/// Stores them, and once more as after a replay: other blocks, equal keys.
async fn store_twice(engine: &Engine, topic: KafkaTopic, values: Vec<Vec<u8>>) -> Result<()> {
    let chunk = |first, values| -> Vec<Chunk> { vec![outputs::chunk(topic, first, values)] };
    let again = values.len() as u64;
    let (log, replayed) = (engine.config("log"), engine.config("replayed"));
    engine.store(log, chunk(0, values.clone())).await?;
    engine.store(replayed, chunk(again, values)).await?;
    Ok(())
}

/// Value and revision of each row.
fn values(rows: &[Value]) -> Vec<(f64, u64)> {
    let of = |row: &Value| Some((row["value"].as_f64()?, row["revision"].as_u64()?));
    rows.iter().filter_map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kpi_is_answered_as_it_was_known() -> Result<()> {
    let engine = Engine::migrated().await?;
    let window = lately(&engine).await?;
    let said = |minute, index, ward, revision, numerator| {
        let epoch = epoch(window + minute * MINUTE_MS);
        outputs::kpi(epoch, index, ward, window, revision, numerator)
    };
    let rows = vec![
        said(2, 1, "a", 0, 40),
        said(2, 2, "b", 0, 7),
        said(5, 1, "a", 1, 45),
        said(9, 1, "a", 2, 50),
    ];
    store_twice(&engine, KafkaTopic::Kpis, rows).await?;
    let counted = engine.ask("SELECT count() FROM kpi").await?;
    assert_eq!(counted, "8\n", "rows that were stored again are there");

    let server = Server::start(&engine.config("log")).await?;
    let (from, to) = (EventTime(window + 1_000), EventTime(window + 2_000));
    let asked =
        format!("/v1/demo/north/kpis?ward=a&kpi=occupancy&resolution=60&from={from}&to={to}");
    let known = async |minute: i64| {
        let known_at = EventTime(window + minute * MINUTE_MS);
        server
            .rows(&format!("{asked}&as_known_at={known_at}"), "kpis")
            .await
    };
    for (minute, expected) in [
        (1, vec![]),
        (2, vec![(0.4, 0)]),
        (4, vec![(0.4, 0)]),
        (5, vec![(0.45, 1)]),
        (9, vec![(0.5, 2)]),
    ] {
        assert_eq!(
            values(&known(minute).await?),
            expected,
            "after {minute} min"
        );
    }
    let newest = server.rows(&asked, "kpis").await?;
    assert_eq!(values(&newest), [(0.5, 2)]);
    let row = &newest[0];
    assert_eq!(row["window"]["from"], EventTime(window).to_string());
    assert_eq!(
        row["window"]["to"],
        EventTime(window + MINUTE_MS).to_string()
    );
    assert_eq!(row["as_of"], EventTime(window + 9 * MINUTE_MS).to_string());
    assert_eq!(row["unit"], "ratio");
    assert_eq!(
        (&row["numerator"], &row["denominator"]),
        (&50.into(), &100.into())
    );
    let all = asked.replace("ward=a&kpi=occupancy&resolution=60&", "");
    assert_eq!(server.rows(&all, "kpis").await?.len(), 2, "of both wards");
    let beside = asked.replace(
        &from.to_string(),
        &EventTime(window + MINUTE_MS).to_string(),
    );
    let beside = beside.replace(
        &to.to_string(),
        &EventTime(window + 2 * MINUTE_MS).to_string(),
    );
    assert_eq!(server.rows(&beside, "kpis").await?, [Value::Null; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_beds_are_answered_as_they_were_known() -> Result<()> {
    let engine = Engine::migrated().await?;
    let start = lately(&engine).await?;
    let at = |minute: i64| epoch(start + minute * MINUTE_MS);
    let alerts = vec![
        outputs::alert(at(1), 1, "x", AlertState::Raised),
        outputs::alert(at(4), 1, "x", AlertState::Withdrawn),
        outputs::alert(at(5), 1, "y", AlertState::Raised),
    ];
    store_twice(&engine, KafkaTopic::Alerts, alerts).await?;
    let beds = vec![
        outputs::bed(at(1), 1, "b1", true),
        outputs::bed(at(1), 2, "b2", false),
        outputs::bed(at(6), 1, "b1", false),
    ];
    store_twice(&engine, KafkaTopic::Board, beds).await?;

    let server = Server::start(&engine.config("log")).await?;
    let known = |minute: i64| EventTime(start + minute * MINUTE_MS);
    let ids = async |known_at: EventTime| -> Result<Vec<String>> {
        let (from, to) = (known(0), known(30));
        let path = format!("/v1/demo/north/alerts?from={from}&to={to}&as_known_at={known_at}");
        let rows = server.rows(&path, "alerts").await?;
        Ok(rows
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect())
    };
    assert_eq!(ids(known(0)).await?, [""; 0]);
    assert_eq!(ids(known(2)).await?, ["x"]);
    assert_eq!(ids(known(4)).await?, [""; 0], "it was withdrawn");
    assert_eq!(ids(known(5)).await?, ["y"]);

    let occupied = async |known_at: EventTime| -> Result<Vec<(String, bool)>> {
        let path = format!("/v1/demo/north/beds?ward=a&as_known_at={known_at}");
        let rows = server.rows(&path, "beds").await?;
        let bed = |row: &Value| {
            let bed = row["bed"].as_str().unwrap().to_owned();
            (bed, row["occupied"].as_bool().unwrap())
        };
        Ok(rows.iter().map(bed).collect())
    };
    let beds = |b1| vec![("b1".to_owned(), b1), ("b2".to_owned(), false)];
    assert_eq!(occupied(known(0)).await?, []);
    assert_eq!(occupied(known(5)).await?, beds(true));
    assert_eq!(occupied(known(6)).await?, beds(false));
    let newest = server.rows("/v1/demo/north/beds", "beds").await?;
    assert_eq!(newest[0]["as_of"], known(6).to_string());
    assert_eq!(newest[0]["occupied_since"], known(6).to_string());
    let since = known(6).to_string();
    let says = json!({
        "adt": { "says": "occupied", "since": since },
        "staff": null,
        "sensor": { "says": "empty", "since": since },
    });
    assert_eq!(newest[0]["clocks"], says);
    assert_eq!(newest[0]["confidence"], "disputed");
    let conflict = json!({ "since": since, "against": ["sensor"] });
    assert_eq!(newest[0]["conflict"], conflict);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_of_the_wards_of_a_grant_and_as_close_as_its_tier() -> Result<()> {
    let engine = Engine::migrated().await?;
    let start = lately(&engine).await?;
    let bed = vec![outputs::bed(epoch(start), 1, "b1", true)];
    store_twice(&engine, KafkaTopic::Board, bed).await?;
    let alert = vec![outputs::alert(epoch(start), 1, "x", AlertState::Raised)];
    store_twice(&engine, KafkaTopic::Alerts, alert).await?;
    let kpis = ["-", "a", "b"].into_iter().zip(1..);
    let kpis = kpis.map(|(ward, index)| outputs::kpi(epoch(start), index, ward, start, 0, 7));
    store_twice(&engine, KafkaTopic::Kpis, kpis.collect()).await?;
    let period = format!(
        "from={}&to={}",
        EventTime(start),
        EventTime(start + HOUR_MS)
    );
    let beds = "/v1/demo/north/beds";
    let alerts = format!("/v1/demo/north/alerts?{period}");
    let kpis = format!("/v1/demo/north/kpis?{period}");
    let of =
        async |tier, wards| Server::of(&engine.config("log"), &outputs::grant(tier, wards)).await;

    let staff = of(Tier::Staff, Wards::All).await?;
    assert!(staff.rows(beds, "beds").await?[0]["visit"].is_string());
    assert_eq!(staff.rows(&alerts, "alerts").await?[0]["subject"], "b1");
    assert_eq!(staff.rows(&kpis, "kpis").await?.len(), 3);

    let corridor = of(Tier::Corridor, Wards::All).await?;
    let seen = corridor.rows(beds, "beds").await?.remove(0);
    assert_eq!(
        (&seen["bed"], &seen["occupied"]),
        (&"b1".into(), &true.into())
    );
    for hidden in [
        "visit",
        "occupied_since",
        "reserved_for",
        "block_reason",
        "clocks",
    ] {
        assert!(seen.get(hidden).is_none(), "{hidden} in {seen}");
    }
    let seen = corridor.rows(&alerts, "alerts").await?.remove(0);
    assert_eq!(
        (&seen["ward"], &seen["rule"]),
        (&"a".into(), &"bed_dirty".into())
    );
    assert!(
        seen.get("subject").is_none() && seen.get("id").is_none(),
        "{seen}"
    );

    let ward_b = of(Tier::Staff, Wards::These([WardId::new("b")?].into())).await?;
    assert_eq!(ward_b.rows(beds, "beds").await?, [] as [Value; 0]);
    assert_eq!(ward_b.rows(&alerts, "alerts").await?, [] as [Value; 0]);
    let seen = ward_b.rows(&kpis, "kpis").await?;
    assert_eq!((seen.len(), &seen[0]["ward"]), (1, &"b".into()));
    for outside in ["a", "-"] {
        let (status, _, _) = ward_b.get(&format!("{beds}?ward={outside}")).await?;
        assert_eq!(status, 404, "{outside}");
    }
    let (status, _, _) = of(Tier::Public, Wards::All).await?.get(beds).await?;
    assert_eq!(status, 403);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_page_are_answered() -> Result<()> {
    let engine = Engine::migrated().await?;
    let server = Server::start(&engine.config("log")).await?;
    let page = include_str!("../../docs/answers.md");
    let commands = page
        .lines()
        .filter_map(|line| line.strip_prefix("curl -s \"$MEDAXIS"));
    let paths: Vec<&str> = commands.map(|path| path.trim_end_matches('"')).collect();
    assert_eq!(paths.len(), 8);
    for path in paths {
        let (status, _, answer) = server.get(path).await?;
        // One KPI comes in pages, and what there is fits into the first.
        let is_whole = match answer.get("truncated") {
            Some(truncated) => truncated == false,
            None => answer["next"].is_null(),
        };
        assert!(status == 200 && is_whole, "{path}: {status} {answer}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_cut_off_and_says_so() -> Result<()> {
    let engine = Engine::migrated().await?;
    let window = lately(&engine).await?;
    let wards = format!(
        "INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision,
            numerator, denominator, as_of, epoch, epoch_index, source_run, version)
        SELECT 'demo', 'north', toString(number), 'census', 'value', 60,
            fromUnixTimestamp64Milli({window}), 0, 1, 1, now64(3), 1, 0, 'live', 1
        FROM numbers({})",
        ROWS_MAX + 1
    );
    engine.ask(&wards).await?;
    let server = Server::start(&engine.config("log")).await?;
    let (from, to) = (EventTime(window), EventTime(window + MINUTE_MS));
    let path = format!("/v1/demo/north/kpis?from={from}&to={to}");
    let (status, _, answer) = server.get(&path).await?;
    assert_eq!((status, &answer["truncated"]), (200, &Value::from(true)));
    assert_eq!(answer["kpis"].as_array().unwrap().len(), ROWS_MAX);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_answered_is_refused_with_the_reason() -> Result<()> {
    let gone = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let config = ClickHouseConfig {
        url: format!("http://{gone}"),
        database: "ward".to_owned(),
        user: String::new(),
        password: String::new(),
        log: "log".to_owned(),
        source_run: "live".to_owned(),
        limits: sinks::BatchLimits::default(),
    };
    let server = Server::start(&config).await?;
    let (status, head, problem) = server.get("/v1/demo/north/beds").await?;
    assert_eq!(status, 503);
    assert!(head.contains("retry-after: 1"), "{head}");
    assert!(
        head.contains("content-type: application/problem+json"),
        "{head}"
    );
    assert_eq!(problem["type"], "urn:medaxis:problem:history-away");
    let (status, ..) = server.get("/v1/nobody/north/beds").await?;
    assert_eq!(status, 404);
    let (status, _, problem) = server.get("/v1/demo/north/kpis?from=yesterday").await?;
    assert_eq!(status, 422);
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["to", "from"]);
    Ok(())
}

/// Also when the record was stored again.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_lacks_something_for_good_is_marked() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = lately(&engine).await?;
    let day = now / DAY_MS * DAY_MS - 5 * DAY_MS;
    let late = |index, at_ms, reason| outputs::late(epoch(now), index, at_ms, reason);
    let rows = vec![
        late(1, day + 1, "beyond_horizon"),
        late(2, day + DAY_MS - 1, "beyond_horizon"),
        late(3, day + DAY_MS, "refused_bed_state"),
        late(4, day + 2 * DAY_MS, "beyond_horizon"),
    ];
    store_twice(&engine, KafkaTopic::Late, rows).await?;
    let server = Server::start(&engine.config("log")).await?;
    let marked = async |from: i64, to: i64| {
        let (from, to) = (EventTime(from), EventTime(to));
        let path = format!("/v1/demo/north/kpis?from={from}&to={to}");
        let (status, _, answer) = server.get(&path).await?;
        assert_eq!(status, 200, "{answer}");
        let days = answer["incomplete_days"].as_array().context("no days")?;
        let day = |day: &Value| Some((day["day"].as_str()?.to_owned(), day["records"].as_u64()?));
        anyhow::Ok(days.iter().filter_map(day).collect::<Vec<_>>())
    };
    let name = |at: i64| EventTime(at).to_string()[..10].to_owned();
    let (first, third) = ((name(day), 2), (name(day + 2 * DAY_MS), 1));
    assert_eq!(marked(day, day + 3 * DAY_MS).await?, [first.clone(), third]);
    assert_eq!(marked(day, day + 2 * DAY_MS).await?, [first]);
    assert_eq!(marked(day + DAY_MS, day + 2 * DAY_MS).await?, []);
    Ok(())
}

/// A day of 25 hours is an answer to a question about its last.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_ends_where_the_next_begins() -> Result<()> {
    let engine = Engine::migrated().await?;
    let window = lately(&engine).await? - 25 * HOUR_MS;
    let said = outputs::of_day(epoch(window + 25 * HOUR_MS), 1, window, 80);
    store_twice(&engine, KafkaTopic::Kpis, vec![said]).await?;
    let server = Server::start(&engine.config("log")).await?;
    let last = (
        EventTime(window + 24 * HOUR_MS),
        EventTime(window + 25 * HOUR_MS),
    );
    for resolution in ["", "&resolution=1d", "&resolution=86400"] {
        let path = format!(
            "/v1/demo/north/kpis?from={}&to={}{resolution}",
            last.0, last.1
        );
        let rows = server.rows(&path, "kpis").await?;
        assert_eq!(values(&rows), [(0.8, 0)], "{path}");
        assert_eq!(rows[0]["window"]["from"], EventTime(window).to_string());
        assert_eq!(rows[0]["window"]["to"], Value::Null);
    }
    Ok(())
}

/// Page by page the same rows as at once, each once, also when more is said in between.
#[tokio::test(flavor = "multi_thread")]
async fn the_values_of_one_kpi_come_page_by_page() -> Result<()> {
    let engine = Engine::migrated().await?;
    let window = lately(&engine).await?;
    let said = |minute: i64, index, ward, numerator| {
        let window = window + minute * MINUTE_MS;
        outputs::kpi(
            epoch(window + 2 * MINUTE_MS),
            index,
            ward,
            window,
            0,
            numerator,
        )
    };
    let rows = (0..5).flat_map(|minute| [said(minute, 1, "a", minute), said(minute, 2, "b", 9)]);
    store_twice(&engine, KafkaTopic::Kpis, rows.collect()).await?;
    let server = Server::start(&engine.config("log")).await?;
    let (from, to) = (EventTime(window), EventTime(window + 5 * MINUTE_MS));
    let path = format!("/v1/demo/north/kpis/occupancy?from={from}&to={to}&resolution=1m");
    let at_once = server.rows(&path, "kpis").await?;
    assert_eq!(at_once.len(), 10);
    let (mut paged, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (status, _, page) = server.get(&format!("{path}&limit=3{after}")).await?;
        assert_eq!(status, 200, "{page}");
        pages += 1;
        paged.extend(page["kpis"].as_array().context("no rows")?.clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        let known_at = page["known_at"].as_str().context("no time")?;
        after = format!("&after={next}&as_known_at={known_at}");
    }
    assert_eq!((pages, paged), (4, at_once));
    let of_ward = server.rows(&format!("{path}&ward=b"), "kpis").await?;
    assert_eq!(values(&of_ward).len(), 5);
    let other = path.replace("occupancy", "census");
    assert_eq!(server.rows(&other, "kpis").await?, [Value::Null; 0]);
    let (status, _, problem) = server.get(&path.replace("occupancy", "fullness")).await?;
    assert_eq!((status, &problem["status"]), (404, &Value::from(404)));
    for wrong in ["&limit=0", "&after=5", "&kpi=census", "&resolution=2m"] {
        let path = path.replace("&resolution=1m", wrong);
        assert_eq!(server.get(&path).await?.0, 422, "{path}");
    }
    let (status, _, registry) = server.get("/v1/kpis").await?;
    assert_eq!(
        (status, &registry["kpis"][0]["name"]),
        (200, &Value::from("census"))
    );
    Ok(())
}
