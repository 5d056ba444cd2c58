//! The tables as an analyst finds them, in a real ClickHouse engine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use events::fact::{BedTap, Fact, FactFlags, Told, VisitEvent, What};
use events::id::{BedId, DeviceId, PatientId, RoomId, VisitId, WardId};
use events::output::{AlertState, DeadLetter, Late};
use events::place::Place;
use events::sensor::{ClockFlags, Reading, Value};
use events::time::{CellTime, EventTime};
use events::topic::{DevicePath, KafkaTopic};
use events::wire::{self, FrameBuilder, Tick};
use sinks::{BatchLimits, ClickHouse, Counters, migrate};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

mod engine;
mod outputs;

use engine::{Engine, KPIS};

const PATIENCE: Duration = Duration::from_secs(60);

/// One-minute values of one ward, window after window, one an epoch.
fn kpis(start_ms: i64, count: i64) -> Vec<Vec<u8>> {
    let epoch = (start_ms / 20).unsigned_abs();
    (0..count)
        .map(|i| {
            outputs::kpi(
                epoch + i.unsigned_abs(),
                1,
                "a",
                start_ms + i * 60_000,
                0,
                i,
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_can_run_again_and_explain_every_column() -> Result<()> {
    let engine = Engine::start()?;
    let applied = migrate(&engine.config("log"), &KPIS).await?;
    assert_eq!(applied.first(), Some(&"0001_readings"));
    let again = migrate(&engine.config("log"), &KPIS).await?;
    assert!(again.is_empty(), "applied twice: {again:?}");
    let registry = engine.ask("SELECT count() FROM kpi_registry").await?;
    assert_eq!(registry, "2\n", "the registry was written twice");

    let silent = "SELECT name FROM system.tables
        WHERE database = currentDatabase() AND comment = '' ORDER BY name";
    assert_eq!(engine.ask(silent).await?, "");
    let silent = "SELECT table, name FROM system.columns
        WHERE database = currentDatabase() AND comment = '' ORDER BY table, position";
    assert_eq!(engine.ask(silent).await?, "");
    let tables = "SELECT count() FROM system.tables WHERE database = currentDatabase()";
    assert_eq!(engine.ask(tables).await?, "23\n");

    // The views stand in their own database, whatever a client's is.
    let elsewhere = engine.client().with_database("default");
    let rows = elsewhere.query("SELECT count() FROM ward.kpi_latest");
    assert_eq!(engine::answer(rows).await?, "0\n");

    // What is written again is recognised, and what is old goes away.
    let forgetful = "SELECT name FROM system.tables WHERE database = currentDatabase()
        AND engine LIKE '%MergeTree'
        AND create_table_query NOT LIKE '%non_replicated_deduplication_window = 10000%'";
    assert_eq!(engine.ask(forgetful).await?, "");
    let for_ever = "SELECT name FROM system.tables WHERE database = currentDatabase()
        AND engine LIKE '%MergeTree' AND create_table_query NOT LIKE '% TTL %' ORDER BY name";
    let small = "kpi_registry\nprogress\nschema_migrations\n";
    assert_eq!(engine.ask(for_ever).await?, small);
    let kpi = engine.ask("SHOW CREATE TABLE kpi").await?;
    for (age, of) in [
        ("toIntervalDay(14)", "WHERE resolution_s < 900"),
        ("toIntervalDay(90)", "WHERE resolution_s = 900"),
        ("toIntervalYear(10)", "WHERE resolution_s >= 3600"),
    ] {
        let rule = format!("{age} {of}");
        assert!(kpi.contains(&rule), "{rule} is not in {kpi}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_again_counts_once() -> Result<()> {
    let engine = Engine::migrated().await?;
    let start = engine.now_ms().await? - 3_600_000;
    let chunks = || vec![outputs::chunk(KafkaTopic::Kpis, 0, kpis(start, 30))];
    let stored = engine.store(engine.config("log"), chunks()).await?;
    let counted = "SELECT count(), sum(numerator) FROM kpi";
    assert_eq!(engine.ask(counted).await?, "30\t435\n");
    let rows = stored.snapshot().into_iter();
    let rows = rows.filter(|(_, table, _)| *table == "kpi");
    assert_eq!(rows.map(|(_, _, rows)| rows).collect::<Vec<_>>(), [30]);

    // The position is known: nothing of it is taken again.
    engine.store(engine.config("log"), chunks()).await?;
    assert_eq!(engine.ask(counted).await?, "30\t435\n");

    // The position is lost, the blocks are the same: ClickHouse knows their names.
    engine.ask("TRUNCATE TABLE progress").await?;
    engine.store(engine.config("log"), chunks()).await?;
    assert_eq!(engine.ask(counted).await?, "30\t435\n");

    let known = "SELECT next_offset FROM progress FINAL";
    assert_eq!(engine.ask(known).await?, "30\n");

    // Other blocks of the same rows: the key knows them.
    engine.ask("TRUNCATE TABLE progress").await?;
    let mut config = engine.config("log");
    config.limits = BatchLimits {
        epochs: 1,
        rows_min: 1,
        rows_max: 7,
        ..config.limits
    };
    engine.store(config, chunks()).await?;
    let latest = "SELECT count(), sum(numerator) FROM kpi_latest";
    assert_eq!(engine.ask(latest).await?, "30\t435\n");
    let merged = "SELECT count(), sum(numerator) FROM kpi FINAL";
    assert_eq!(engine.ask(merged).await?, "30\t435\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_topic_has_its_rows() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = engine.now_ms().await?;
    let epoch = u64::try_from(now / 20)?;
    let chunks = vec![
        outputs::chunk(KafkaTopic::Signals, 5, vec![tick(now), frame(now)]),
        outputs::chunk(KafkaTopic::Facts, 7, vec![tick(now), told(now)]),
        outputs::chunk(
            KafkaTopic::Board,
            0,
            vec![outputs::bed(epoch, 1, "b1", true)],
        ),
        outputs::chunk(
            KafkaTopic::Alerts,
            0,
            vec![
                outputs::alert(epoch, 2, "a1", AlertState::Raised),
                outputs::alert(epoch + 50, 1, "a1", AlertState::Cleared),
            ],
        ),
        outputs::chunk(KafkaTopic::Late, 0, vec![late(epoch, now)]),
        outputs::chunk(
            KafkaTopic::DeadLetter,
            0,
            vec![dead_letter(now), b"junk".to_vec()],
        ),
    ];
    engine.store(engine.config("log"), chunks).await?;

    for (query, expected) in [
        (
            "SELECT ward, bed, device, stream, boot, seq, value, extra, flags, lane, log_offset,
                toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(told)
                FROM readings ORDER BY seq",
            "a\tb1\tpad-1\tbed\t7\t42\t1\t71500\t0\t0\t6\t-250\n\
             a\tb1\tpad-1\tbed\t7\t43\t0\t\\N\t1\t0\t6\t-250\n",
        ),
        (
            "SELECT kind, event, subject, ward, room, bed, patient, detail, due IS NULL,
                log_offset, fact_index FROM facts ORDER BY fact_index",
            "visit\tadmitted\tv1\ta\tr1\tb1\tp1\t\t1\t8\t0\n\
             bed\tblocked\tb1\ta\tr1\tb1\t\tleak\t0\t8\t1\n",
        ),
        (
            "SELECT ward, bed, label, occupied, cleanliness, visits_in_bed, clean_since,
                adt, adt_since = conflict_since, staff, staff_since, sensor, confidence, conflict
                FROM bed_history",
            "a\tb1\tBed 1\ttrue\tdirty\t1\t\\N\toccupied\t1\t\t\\N\tempty\tdisputed\t['sensor']\n",
        ),
        (
            "SELECT id, rule, priority, state, dateDiff('second', since, until)
                FROM alerts_latest",
            "a1\tbed_dirty\tmedium\tcleared\t60\n",
        ),
        ("SELECT count() FROM alerts", "2\n"),
        (
            "SELECT topic, lane, log_offset, reason FROM late",
            "facts\t3\t99\tbeyond_horizon\n",
        ),
        (
            "SELECT source, position, reason, length, sha256 FROM dead_letters",
            "mqtt\tmedaxis/v1/x\tnot_json\t12\t00ff\n",
        ),
        (
            "SELECT topic, lane, next_offset FROM progress FINAL WHERE log = 'log'
                ORDER BY topic",
            "alerts\t0\t2\nboard\t0\t1\ndead-letter\t0\t2\nfacts\t0\t9\nlate\t0\t1\nsignals\t0\t7\n",
        ),
    ] {
        assert_eq!(engine.ask(query).await?, expected, "{query}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_the_bed_history_are_counted_as_they_are_stored() -> Result<()> {
    let engine = Engine::migrated().await?;
    let epoch = u64::try_from(engine.now_ms().await? / 20)?;
    let said = vec![
        outputs::bed(epoch, 1, "b1", true),
        outputs::heard(epoch + 1, 1, "b1"),
        outputs::bed(epoch + 2, 1, "b1", false),
    ];
    let chunk = outputs::chunk(KafkaTopic::Board, 0, said);
    let counters = engine.store(engine.config("log"), vec![chunk]).await?;
    let stored = engine.ask("SELECT count() FROM bed_history").await?;
    let numbers = counters.snapshot().into_iter();
    let mut counted = numbers.filter(|(_, table, _)| *table == "bed_history");
    let counted = counted.next().map(|(_, _, rows)| format!("{rows}\n"));
    assert_eq!((counted, stored.as_str()), (Some(stored.clone()), "2\n"));
    let known = engine.ask("SELECT next_offset FROM progress FINAL").await?;
    assert_eq!(known, "3\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_clickhouse_is_waited_for_and_nothing_is_lost_or_doubled() -> Result<()> {
    let mut engine = Engine::migrated().await?;
    let start = engine.now_ms().await? - 86_400_000;
    let mut config = engine.config("log");
    config.limits.rows_min = 10;
    config.limits.rows_max = 10;
    let counters = Arc::new(Counters::default());
    let sink = ClickHouse::open(config.clone(), Arc::clone(&counters)).await?;
    let (feed, fed) = mpsc::channel(4);
    let sink = tokio::spawn(sink.run(fed));

    let mut chunks: Vec<_> = (0_u64..)
        .step_by(5)
        .zip(kpis(start, 1_000).chunks(5).map(<[_]>::to_vec))
        .map(|(first, values)| outputs::chunk(KafkaTopic::Kpis, first, values))
        .collect();
    let rest = chunks.split_off(50);
    for chunk in chunks {
        feed.send(chunk).await?;
    }
    engine.server.kill()?;
    // It takes what fits its bounds, and then makes us wait.
    let mut rest = rest.into_iter();
    let waiting = loop {
        let chunk = rest
            .next()
            .context("it takes everything while clickhouse is away")?;
        let send = feed.send(chunk.clone());
        if timeout(Duration::from_secs(2), send).await.is_err() {
            break chunk;
        }
    };
    let tried = counters
        .storing()
        .context("it does not say that it waits")?;
    engine.server.restart()?;
    feed.send(waiting).await?;
    for chunk in rest {
        feed.send(chunk).await?;
    }
    drop(feed);
    timeout(PATIENCE, sink).await???;

    let sum = 999 * 1_000 / 2;
    let latest = "SELECT count(), sum(numerator) FROM kpi_latest";
    assert_eq!(engine.ask(latest).await?, format!("1000\t{sum}\n"));
    let retries = counters.snapshot().into_iter();
    let retries = retries.filter(|(metric, _, _)| metric.name == "clickhouse_retries_total");
    assert!(retries.map(|(_, _, count)| count).sum::<u64>() > 0);

    assert!(tried > 1);
    assert_eq!(counters.storing(), None, "it says that it waits");

    // A sink that starts now goes on behind all of it.
    let sink = ClickHouse::open(config, counters).await?;
    assert_eq!(sink.positions().get(&(KafkaTopic::Kpis, 0)), Some(&1_000));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clickhouse_that_is_away_at_the_start_is_waited_for() -> Result<()> {
    let mut engine = Engine::start()?;
    engine.server.kill()?;
    let config = engine.config("log");
    let started = tokio::spawn(async move {
        migrate(&config, &KPIS).await?;
        let sink = ClickHouse::open(config, Counters::default().into()).await?;
        anyhow::Ok(sink.positions().len())
    });
    // Long enough to have failed several times.
    sleep(Duration::from_secs(1)).await;
    assert!(!started.is_finished());
    engine.server.restart()?;
    assert_eq!(timeout(PATIENCE, started).await???, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_missing_or_not_ours_stops_the_start() -> Result<()> {
    let engine = Engine::start()?;
    let config = engine.config("log");
    let error = ClickHouse::open(config.clone(), Counters::default().into()).await;
    let text = error.err().context("opened without tables")?.to_string();
    assert!(text.starts_with("clickhouse refuses positions: "), "{text}");

    migrate(&config, &KPIS).await?;
    engine
        .ask("INSERT INTO schema_migrations VALUES (999, 'later', 'SELECT 1', now64(3))")
        .await?;
    let error = migrate(&config, &KPIS).await.err();
    let text = error.context("migrated a newer schema")?.to_string();
    assert!(text.starts_with("the database has migration 999"), "{text}");
    Ok(())
}

fn tick(now: i64) -> Vec<u8> {
    wire::encode_tick(Tick::at(CellTime(now)))
}

fn place() -> Place {
    Place {
        ward: WardId::new("a").expect("an id"),
        room: Some(RoomId::new("r1").expect("an id")),
        bed: Some(BedId::new("b1").expect("an id")),
    }
}

fn frame(now: i64) -> Vec<u8> {
    let device = DevicePath {
        site: outputs::site(),
        place: place(),
        device: DeviceId::new("pad-1").expect("an id"),
    };
    let mut frame = FrameBuilder::default();
    for (seq, value, extra, flags) in [(42, 1, Some(71_500), 0), (43, 0, None, 1)] {
        let reading = Reading {
            boot: 7,
            seq,
            at: EventTime(now - 250),
            told: CellTime(now),
            flags: ClockFlags(flags),
            code: 1,
            value: Value { value, extra },
        };
        frame.push(&device.path(), &reading);
    }
    frame.finish()
}

fn told(now: i64) -> Vec<u8> {
    let fact = |what| Fact {
        at: EventTime(now),
        told: CellTime(now),
        flags: FactFlags::default(),
        what,
    };
    wire::encode_facts(&Told {
        site: outputs::site(),
        source: "http".to_owned(),
        facts: vec![
            fact(What::Visit {
                visit: VisitId::new("v1").expect("an id"),
                patient: Some(PatientId::new("p1").expect("an id")),
                event: VisitEvent::Admitted(place()),
            }),
            fact(What::Bed {
                place: place(),
                tap: BedTap::Blocked {
                    reason: "leak".to_owned(),
                    expected_back: Some(EventTime(now + 3_600_000)),
                },
            }),
        ],
        receipt: None,
    })
}

fn late(epoch: u64, now: i64) -> Vec<u8> {
    wire::encode(&Late {
        epoch,
        index: 3,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        topic: "facts".to_owned(),
        lane: 3,
        offset: 99,
        at_ms: now - 300_000_000,
        reason: "beyond_horizon".to_owned(),
    })
}

fn dead_letter(now: i64) -> Vec<u8> {
    wire::encode(&DeadLetter {
        tenant: "demo".to_owned(),
        source: "mqtt".to_owned(),
        position: "medaxis/v1/x".to_owned(),
        reason: "not_json".to_owned(),
        original: b"not json at all".to_vec(),
        length: 12,
        sha256: vec![0x00, 0xff],
        received_ms: now,
        ..Default::default()
    })
}
