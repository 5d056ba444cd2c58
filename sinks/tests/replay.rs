//! What a processor says again after a restart, in a real ClickHouse engine: dropped when it is the
//! same, found out when it is not, also by a sink that has itself been started again.

use anyhow::Result;
use events::output::{AlertState, EpochEnd, Late};
use events::topic::KafkaTopic;
use events::wire;
use sinks::Counters;

mod engine;
mod outputs;

use engine::Engine;

/// Values of one epoch, one a ward.
fn said(epoch: u64, numerators: &[i64]) -> Vec<Vec<u8>> {
    let wards = (0..).zip(numerators);
    wards
        .map(|(index, numerator)| {
            let ward = format!("ward-{index}");
            let window_ms = epoch.cast_signed() * 20;
            outputs::kpi(epoch, index, &ward, window_ms, 0, *numerator)
        })
        .collect()
}

/// The same with its end.
fn whole(epoch: u64, numerators: &[i64]) -> Vec<Vec<u8>> {
    let mut records = said(epoch, numerators);
    let mut end = EpochEnd::of(epoch);
    records.iter().for_each(|value| end.count_in(value));
    records.push(wire::encode_epoch_end(end));
    records
}

fn violations(counters: &Counters) -> u64 {
    let numbers = counters.snapshot().into_iter();
    let of_sink = numbers.filter(|(metric, sink, _)| {
        (metric.name, *sink) == ("determinism_violations_total", "clickhouse")
    });
    of_sink.map(|(_, _, number)| number).sum()
}

const ROWS: &str = "SELECT count(), sum(numerator) FROM kpi FINAL";

/// Reads a log of `kpis` that has become longer, as a sink that starts does.
async fn read(engine: &Engine, log: &[Vec<u8>]) -> Result<u64> {
    let chunk = outputs::chunk(KafkaTopic::Kpis, 0, log.to_vec());
    let counters = engine.store(engine.config("log"), vec![chunk]).await?;
    Ok(violations(&counters))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_compared_also_by_a_sink_that_has_just_started() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = engine.now_ms().await?.unsigned_abs() / 20 - 100;
    let mut log = whole(first, &[1, 2, 3]);
    log.extend(whole(first + 5, &[4]));
    // Killed within an epoch; the sink stops there, too.
    log.extend(said(first + 9, &[5, 6, 7])[..2].to_vec());
    assert_eq!(read(&engine, &log).await?, 0);
    assert_eq!(engine.ask(ROWS).await?, "6\t21\n");

    // The processor says it again, and ends the epoch.
    log.extend(whole(first + 5, &[4]));
    log.extend(whole(first + 9, &[5, 6, 7]));
    assert_eq!(read(&engine, &log).await?, 0);
    assert_eq!(engine.ask(ROWS).await?, "7\t28\n");

    // A sink that starts behind all of it still knows what was said.
    log.extend(whole(first, &[1, 2, 3]));
    assert_eq!(read(&engine, &log).await?, 0);
    log.extend(whole(first, &[1, 20, 3]));
    log.extend(whole(first + 5, &[4, 40]));
    log.extend(whole(first + 9, &[5, 6, 7]));
    assert_eq!(read(&engine, &log).await?, 2);

    // What was said first stays, and goes on.
    log.extend(whole(first + 10, &[8]));
    assert_eq!(read(&engine, &log).await?, 0);
    assert_eq!(engine.ask(ROWS).await?, "8\t36\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_of_a_begun_epoch_must_be_what_it_ends_with() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = engine.now_ms().await?.unsigned_abs() / 20 - 100;
    let mut log = said(first, &[1, 2]);
    assert_eq!(read(&engine, &log).await?, 0);
    log.extend(whole(first, &[10, 2, 3]));
    assert_eq!(read(&engine, &log).await?, 1);
    assert_eq!(engine.ask(ROWS).await?, "3\t6\n");
    Ok(())
}

/// Tokens save work only: under other names, in other blocks, the same rows are the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_stored_again_under_another_name_counts_once() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = engine.now_ms().await?.unsigned_abs() / 20 - 100;
    let late = wire::encode(&Late {
        epoch: first,
        index: 9,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        topic: "facts".to_owned(),
        at_ms: first.cast_signed() * 20,
        reason: "beyond_horizon".to_owned(),
        ..Default::default()
    });
    let alert = |index, id| outputs::alert(first, index, id, AlertState::Raised);
    for (log, rows_max) in [("log", 100), ("another", 100), ("a third", 1)] {
        let mut config = engine.config(log);
        config.limits.rows_max = rows_max;
        let chunks = [
            (KafkaTopic::Alerts, vec![alert(1, "a1"), alert(2, "a2")]),
            (
                KafkaTopic::Board,
                vec![
                    outputs::bed(first, 3, "b1", true),
                    outputs::bed(first, 4, "b2", false),
                ],
            ),
            (KafkaTopic::Kpis, whole(first, &[1, 2])),
            (KafkaTopic::Late, vec![late.clone()]),
        ];
        let chunks = chunks.map(|(topic, values)| outputs::chunk(topic, 0, values));
        engine.store(config, chunks.into()).await?;
    }
    for (table, rows) in [("alerts", 2), ("bed_history", 2), ("kpi", 2), ("late", 1)] {
        let stored = format!("SELECT count() > {rows} FROM {table}");
        assert_eq!(engine.ask(&stored).await?, "1\n", "{table} is stored again");
        let counted = format!("SELECT count() FROM {table} FINAL");
        assert_eq!(engine.ask(&counted).await?, format!("{rows}\n"), "{table}");
    }
    Ok(())
}
