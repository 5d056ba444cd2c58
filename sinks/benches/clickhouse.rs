//! How many readings a second the sink stores, as a share of what bare inserts of the same rows
//! store in the same engine: `cargo bench -p sinks`. Prints a table; fails on nothing but errors.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clickhouse::{Compression, Row};
use events::log::{Chunk, LogRecord};
use events::sensor::{ClockFlags, Reading, Value};
use events::time::{CellTime, EventTime};
use events::topic::KafkaTopic;
use events::wire::FrameBuilder;
use serde::Serialize;

#[path = "../tests/engine/mod.rs"]
mod engine;

use engine::Engine;

const READINGS: u64 = 1_000_000;
const READINGS_PER_FRAME: u64 = 50;
const FRAMES_PER_CHUNK: usize = 100;
const ROWS_PER_INSERT: usize = 20_000;
const DEVICES: u64 = 5_000;

#[tokio::main]
async fn main() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = engine.now_ms().await?;
    let chunks = chunks(now);
    let rows = rows(now);

    let bare = bare(&engine, &rows).await?;
    engine.ask("TRUNCATE TABLE readings").await?;
    let sink = sink(&engine, chunks).await?;
    let stored = engine.ask("SELECT count() FROM readings").await?;
    anyhow::ensure!(stored.trim() == READINGS.to_string(), "{stored} rows");

    println!("| {READINGS} readings | s | rows/s |\n|---|---|---|");
    for (name, took) in [("bare inserts", bare), ("sink", sink)] {
        let rate = READINGS as f64 / took.as_secs_f64();
        println!("| {name} | {:.2} | {rate:.0} |", took.as_secs_f64());
    }
    let share = 100.0 * bare.as_secs_f64() / sink.as_secs_f64();
    println!("| share of bare inserts | | {share:.0} % |");
    Ok(())
}

/// The sink: frames as they come from the log, decoded, cut into blocks, stored, with progress.
async fn sink(engine: &Engine, chunks: Vec<Chunk>) -> Result<Duration> {
    let mut config = engine.config("bench");
    config.limits.rows_max = ROWS_PER_INSERT;
    config.limits.age = Duration::from_secs(1);
    let started = clock();
    engine.store(config, chunks).await?;
    Ok(started.elapsed())
}

/// The same rows, ready-made, in inserts of the same size.
async fn bare(engine: &Engine, rows: &[BareRow]) -> Result<Duration> {
    let client = engine.client().with_compression(Compression::None);
    let started = clock();
    for rows in rows.chunks(ROWS_PER_INSERT) {
        let mut insert = client.insert::<BareRow>("readings").await?;
        for row in rows {
            insert.write(row).await?;
        }
        insert.end().await.context("a bare insert")?;
    }
    Ok(started.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn clock() -> Instant {
    Instant::now()
}

fn chunks(now: i64) -> Vec<Chunk> {
    let frames = READINGS / READINGS_PER_FRAME;
    let records: Vec<LogRecord> = (0..frames)
        .map(|offset| {
            let mut frame = FrameBuilder::default();
            for i in offset * READINGS_PER_FRAME..(offset + 1) * READINGS_PER_FRAME {
                let path = format!("demo/north/a/r1/b{}/pad-{}", i % DEVICES, i % DEVICES);
                frame.push(&path, &reading(i, now));
            }
            LogRecord {
                offset,
                value: frame.finish(),
            }
        })
        .collect();
    let chunks = records.chunks(FRAMES_PER_CHUNK);
    chunks
        .map(|records| Chunk {
            topic: KafkaTopic::Signals,
            lane: 0,
            records: records.to_vec(),
        })
        .collect()
}

fn reading(i: u64, now: i64) -> Reading {
    Reading {
        boot: 1,
        seq: i / DEVICES,
        at: EventTime(now + i.cast_signed() / 10),
        told: CellTime(now + i.cast_signed() / 10 + 5),
        flags: ClockFlags::default(),
        code: 1,
        value: Value {
            value: i32::from(i.is_multiple_of(3)),
            extra: None,
        },
    }
}

/// A row of `readings`, ready-made.
#[derive(Row, Serialize)]
struct BareRow {
    tenant: &'static str,
    site: &'static str,
    ward: &'static str,
    room: &'static str,
    bed: String,
    device: String,
    stream: &'static str,
    at: i64,
    told: i64,
    boot: u32,
    seq: u64,
    value: i32,
    extra: Option<i32>,
    flags: u32,
    lane: u32,
    log_offset: u64,
}

fn rows(now: i64) -> Vec<BareRow> {
    let row = |i: u64| {
        let reading = reading(i, now);
        BareRow {
            tenant: "demo",
            site: "north",
            ward: "a",
            room: "r1",
            bed: format!("b{}", i % DEVICES),
            device: format!("pad-{}", i % DEVICES),
            stream: "bed",
            at: reading.at.0,
            told: reading.told.0,
            boot: reading.boot,
            seq: reading.seq,
            value: reading.value.value,
            extra: reading.value.extra,
            flags: reading.flags.0,
            lane: 0,
            log_offset: i / READINGS_PER_FRAME,
        }
    };
    (0..READINGS).map(row).collect()
}
