//! What was said, computed again, against what a real ClickHouse engine holds: every column of
//! every table is looked at, and what can't be compared is said.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use events::output::{AlertState, EpochEnd, Late, Output, OutputRecord};
use events::time::DAY_MS;
use events::topic::KafkaTopic;
use events::wire;
use sinks::{Proof, ProofOf, Report, Unknown};

mod engine;
mod outputs;

use engine::Engine;

/// What an epoch says in one topic, with its end.
type Said = (KafkaTopic, Vec<Vec<u8>>);

fn late(epoch: u64, index: u32) -> Vec<u8> {
    wire::encode(&Late {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        topic: "signals".to_owned(),
        lane: 3,
        offset: 4_711,
        at_ms: 1_767_571_200_000,
        reason: "beyond_horizon".to_owned(),
    })
}

/// An epoch that says something in every topic.
fn everything(epoch: u64) -> Vec<Said> {
    let window_ms = epoch.cast_signed() * 20;
    vec![
        (
            KafkaTopic::Alerts,
            vec![outputs::alert(epoch, 0, "id-1", AlertState::Cleared)],
        ),
        (
            KafkaTopic::Board,
            vec![
                outputs::bed(epoch, 1, "b1", true),
                outputs::heard(epoch, 2, "b2"),
            ],
        ),
        (
            KafkaTopic::Kpis,
            vec![
                outputs::kpi(epoch, 3, "a", window_ms, 0, -7),
                outputs::kpi(epoch, 4, "b", window_ms, 1, 9),
            ],
        ),
        (KafkaTopic::Late, vec![late(epoch, 5)]),
    ]
}

/// Stores it, as it stands in its lanes from this offset on.
async fn store(engine: &Engine, log: &str, first: u64, said: &[Said]) -> Result<()> {
    let chunks = said.iter().map(|(topic, values)| {
        let mut records = values.clone();
        let placed = decoded(*topic, &values[0]).expect("an output").placed();
        let mut end = EpochEnd::of(placed.0);
        records.iter().for_each(|value| end.count_in(value));
        records.push(wire::encode_epoch_end(end));
        outputs::chunk(*topic, first, records)
    });
    engine.store(engine.config(log), chunks.collect()).await?;
    Ok(())
}

fn decoded(topic: KafkaTopic, value: &[u8]) -> Result<Output> {
    match wire::decode_output(topic, value)? {
        Some(OutputRecord::Output(output)) => Ok(output),
        other => anyhow::bail!("no output: {other:?}"),
    }
}

/// Compares epochs from `from` to `last` of which `recomputed` say something.
async fn compare(
    engine: &Engine,
    (from, last): (u64, u64),
    recomputed: &[(u64, Vec<Said>)],
) -> Result<Report> {
    let of = ProofOf {
        from,
        site: Some(outputs::site()),
        lanes: 1,
        list_max: 100,
        unknown: BTreeMap::new(),
    };
    let mut proof = Proof::open(&engine.config("log"), of).await?;
    for (epoch, said) in recomputed {
        let outputs = said.iter().flat_map(|(topic, values)| {
            let decoded = values.iter().map(|value| decoded(*topic, value));
            decoded.collect::<Vec<_>>()
        });
        let outputs = outputs.collect::<Result<Vec<_>>>()?;
        proof.take(*epoch, &outputs).await?;
    }
    Ok(proof.end(last).await?)
}

fn lines(report: &Report) -> Vec<String> {
    report.listed().iter().map(ToString::to_string).collect()
}

/// Another value of the same type.
fn another(column: &str, kind: &str) -> Result<String> {
    let time = format!("ifNull({column}, toDateTime64(0, 3, 'UTC')) + INTERVAL 1 SECOND");
    Ok(match kind {
        "String" | "LowCardinality(String)" => format!("concat({column}, '!')"),
        "Bool" => format!("NOT {column}"),
        "Array(LowCardinality(String))" => format!("arrayPushBack({column}, '!')"),
        kind if kind.contains("DateTime64") => time,
        kind if kind.contains("Int") => format!("ifNull({column}, 0) + 1"),
        kind => anyhow::bail!("{column} is {kind}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_in_any_column_of_any_table_is_found_and_named() -> Result<()> {
    let engine = Engine::migrated().await?;
    let epoch = engine.now_ms().await?.unsigned_abs() / 20;
    let said = everything(epoch);
    store(&engine, "log", 0, &said).await?;
    let recomputed = [(epoch, said)];
    let report = compare(&engine, (epoch, epoch + 9), &recomputed).await?;
    assert_eq!(lines(&report), [""; 0]);
    let compared: Vec<_> = report.compared().collect();
    let expected = [
        ("alerts", 1),
        ("bed_history", 1),
        ("kpi", 2),
        ("late", 1),
        ("commands", 0),
    ];
    assert_eq!(compared, expected);
    assert_eq!(report.not_compared(), [""; 0]);

    for table in ["alerts", "bed_history", "kpi", "late"] {
        let keep = format!("CREATE TABLE kept_{table} ENGINE = Memory AS SELECT * FROM {table}");
        engine.ask(&keep).await?;
    }
    let columns = engine
        .ask(
            "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()
            AND table IN ('alerts', 'bed_history', 'kpi', 'late') AND NOT is_in_sorting_key",
        )
        .await?;
    ensure!(columns.lines().count() > 30, "{columns}");
    for line in columns.lines() {
        let mut words = line.split('\t');
        let mut word = || words.next().context("a column");
        let (table, column, kind) = (word()?, word()?, word()?);
        let altered = another(column, kind)?;
        let beside = format!(
            "INSERT INTO {table} SELECT * REPLACE ({altered} AS {column}) FROM {table} LIMIT 1"
        );
        engine.ask(&beside).await?;
        let report = compare(&engine, (epoch, epoch + 9), &recomputed).await?;
        let found = lines(&report);
        assert_eq!(report.differences(), 1, "{table}.{column}: {found:?}");
        let named = format!(": {column} is ");
        assert!(found[0].starts_with(&format!("{table} ")), "{found:?}");
        assert!(found[0].contains(&named), "{table}.{column}: {found:?}");
        engine.ask(&format!("TRUNCATE TABLE {table}")).await?;
        let back = format!(
            "INSERT INTO {table} SELECT * FROM kept_{table} SETTINGS insert_deduplicate = 0"
        );
        engine.ask(&back).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_stored_yet_is_no_difference_and_what_was_added_late_is_one() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = engine.now_ms().await?.unsigned_abs() / 20;
    let (stored, to_come) = (everything(first), everything(first + 50));
    store(&engine, "log", 0, &stored).await?;
    let period = (first, first + 999);
    let recomputed = [(first, stored.clone()), (first + 50, to_come)];
    let report = compare(&engine, period, &recomputed).await?;
    assert_eq!(lines(&report), [""; 0]);
    let sentences = report.not_compared();
    assert_eq!(sentences.len(), 4, "{sentences:?}");
    assert!(sentences[2].starts_with("2 rows of kpi are not stored yet"));

    // Long after the newest alert, in a lane where nothing is to come.
    engine
        .ask("INSERT INTO alerts SELECT * REPLACE (epoch + 100 AS epoch) FROM alerts")
        .await?;
    engine
        .ask("INSERT INTO bed_history SELECT * REPLACE ('south' AS site) FROM bed_history")
        .await?;
    let report = compare(&engine, period, &[(first, stored)]).await?;
    let found = lines(&report);
    assert_eq!(found.len(), 1, "another site is not looked at: {found:?}");
    assert!(found[0].contains(": was added, ward=a as_of="), "{found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clickhouse_need_not_keep_is_not_missed_and_another_log_is_named() -> Result<()> {
    let engine = Engine::migrated().await?;
    let epoch = engine.now_ms().await?.unsigned_abs() / 20;
    let said = everything(epoch);
    store(&engine, "log", 0, &said).await?;
    store(&engine, "another", 0, &everything(epoch - 50)).await?;
    let window_ms = epoch.cast_signed() * 20 - 14 * DAY_MS;
    let old = vec![outputs::kpi(epoch, 0, "old", window_ms, 0, 1)];
    let both = [(epoch, [said, vec![(KafkaTopic::Kpis, old)]].concat())];
    let report = compare(&engine, (epoch, epoch), &both).await?;
    assert_eq!(lines(&report), [""; 0]);
    let sentence = "1 rows of kpi are older than ClickHouse keeps them, and were not compared";
    assert_eq!(report.not_compared(), [sentence]);

    let of = ProofOf {
        from: epoch,
        site: None,
        lanes: 1,
        list_max: 0,
        unknown: BTreeMap::new(),
    };
    let mut proof = Proof::open(&engine.config("log"), of.clone()).await?;
    assert_eq!(proof.other_logs(), ["another"]);
    proof.begin_at(epoch + 1);
    assert_eq!(proof.end(epoch + 9).await?.differences(), 0);

    let (site, from) = ("demo/north".to_owned(), epoch);
    let unknown = BTreeMap::from([(site, Unknown { from, version: 7 })]);
    let mut proof = Proof::open(&engine.config("log"), ProofOf { unknown, ..of }).await?;
    let alert = outputs::alert(epoch, 9, "id-1", AlertState::Raised);
    proof
        .take(epoch, &[decoded(KafkaTopic::Alerts, &alert)?])
        .await?;
    let report = proof.end(epoch).await?;
    let sentence = "1 rows of alerts follow from version 7 of the computation, which this program does not know, and were not compared";
    assert_eq!(report.not_compared(), [sentence]);
    assert_eq!(
        report.differences(),
        0,
        "neither what is stored nor what is not"
    );
    Ok(())
}
