//! Random lanes through the archive and back, with processes that are killed; what
//! happens when the store is away, a file is damaged, a day was changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use events::log::{Chunk, LogRecord};
use events::time::{CellTime, DAY_MS, HOUR_MS};
use events::topic::KafkaTopic;
use events::wire::{self, Tick};
use futures_util::TryStreamExt as _;
use object_store::ObjectStore;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;
use crate::location;

mod days;
mod faults;

const LOG: &str = "cluster/medaxis.";
/// 2026-01-01T22:00Z: midnight is near.
const START: i64 = 1_767_304_800_000;

type Lanes = BTreeMap<LaneKey, Vec<LogRecord>>;

/// Numbers that look random, the same for each seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A lane of `length` records over some hours: mostly ticks, also such as our ticker
/// never writes.
fn lane(dice: &mut Dice, first: u64, length: u64) -> Vec<LogRecord> {
    let mut at = START;
    let mut offset = first;
    let mut records = Vec::new();
    for _ in 0..length {
        let value = match dice.roll(20) {
            0..=11 => {
                at += [20, 19, 21, 20, 20, 900_000][dice.roll(6) as usize];
                wire::encode_tick(Tick::at(CellTime(at)))
            }
            12 => wire::encode_tick(Tick::at(CellTime(at))),
            13 => wire::encode_tick(Tick::at(CellTime(at - 3_600_000))),
            14 => wire::encode_tick(Tick {
                epoch: CellTime(at).epoch() + 1,
                at: CellTime(at),
            }),
            15 => [wire::encode_tick(Tick::at(CellTime(at))), vec![0x18, 1]].concat(),
            16 => Vec::new(),
            _ => (0..dice.roll(300)).map(|_| dice.roll(256) as u8).collect(),
        };
        records.push(LogRecord { offset, value });
        // A log may have holes.
        offset += 1 + u64::from(dice.roll(200) == 0);
    }
    records
}

fn lanes(dice: &mut Dice) -> Lanes {
    let keys = [
        (KafkaTopic::Control, 0),
        (KafkaTopic::Facts, 0),
        (KafkaTopic::Signals, 0),
        (KafkaTopic::Signals, 1),
    ];
    let mut lane_of = |key| {
        let (first, length) = (dice.roll(2) * 1_000, 1 + dice.roll(400));
        (key, lane(dice, first, length))
    };
    keys.into_iter().map(&mut lane_of).collect()
}

fn folder() -> (TempDir, Arc<dyn ObjectStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = location::folder(folder.path()).unwrap();
    (folder, store)
}

fn config(lanes: &Lanes, limits: Limits) -> Config {
    Config {
        log: LOG.to_owned(),
        lanes: lanes.keys().copied().collect(),
        limits,
        retention_days: 1_000,
    }
}

/// What is to be read from `positions` on, in turns of a few records of a lane.
fn chunks(dice: &mut Dice, lanes: &Lanes, positions: &BTreeMap<LaneKey, u64>) -> Vec<Chunk> {
    let mut left: Lanes = lanes.clone();
    for (key, records) in &mut left {
        let from = positions.get(key).copied().unwrap_or(0);
        records.retain(|record| record.offset >= from);
    }
    let mut chunks = Vec::new();
    while left.values().any(|records| !records.is_empty()) {
        for ((topic, lane), records) in &mut left {
            let count = (1 + dice.roll(40) as usize).min(records.len());
            chunks.push(Chunk {
                topic: *topic,
                lane: *lane,
                records: records.drain(..count).collect(),
            });
        }
    }
    chunks
}

/// Runs a writer over what is left to archive. One that is `killed` ends in the middle of it,
/// with all that it holds.
async fn archive(
    store: &Arc<dyn ObjectStore>,
    config: Config,
    lanes: &Lanes,
    dice: &mut Dice,
    killed: bool,
) {
    let writer = Writer::open(Arc::clone(store), config, Arc::default())
        .await
        .unwrap();
    let mut chunks = chunks(dice, lanes, &writer.positions());
    if killed {
        chunks.truncate(chunks.len() / 2);
    }
    let (sender, receiver) = mpsc::channel(1);
    let running = tokio::spawn(writer.run(receiver));
    for chunk in chunks {
        sender.send(chunk).await.unwrap();
    }
    if killed {
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
    } else {
        drop(sender);
        running.await.unwrap().unwrap();
    }
}

async fn read(files: &LaneFiles, from: u64) -> Result<Vec<LogRecord>, ArchiveError> {
    let chunks: Vec<Chunk> = files.chunks(from).try_collect().await?;
    Ok(chunks.into_iter().flat_map(|chunk| chunk.records).collect())
}

/// Each row knows the newest tick before it, whoever wrote the files around it.
async fn knows_the_time(files: &LaneFiles, store: &dyn ObjectStore, records: &[LogRecord]) {
    let mut newest = None;
    let mut records = records.iter().peekable();
    for (_, path) in files.files() {
        for row in reader::fetch(store, path).await.unwrap().rows {
            while let Some(record) = records.next_if(|record| record.offset < row.offset) {
                newest = rows::newer(newest, wire::tick(&record.value));
            }
            assert_eq!(row.before, newest, "{path} offset {}", row.offset);
        }
    }
}

/// Every lane is there, byte for byte, from any offset on.
async fn holds(store: &Arc<dyn ObjectStore>, lanes: &Lanes, dice: &mut Dice) {
    let reader = Reader::new(Arc::clone(store), LOG);
    for ((topic, lane), records) in lanes {
        let files = reader.lane(*topic, *lane).await.unwrap();
        let begins = records[0].offset;
        assert_eq!(files.begins(), Some(begins));
        knows_the_time(&files, &**store, records).await;
        let ends = records.last().unwrap().offset + 1;
        assert_eq!(files.ends().await.unwrap(), Some(ends));
        assert_eq!(read(&files, begins).await.unwrap(), *records);
        let from = begins + dice.roll(ends - begins + 5);
        let rest: Vec<LogRecord> = records
            .iter()
            .filter(|r| r.offset >= from)
            .cloned()
            .collect();
        assert_eq!(
            read(&files, from).await.unwrap(),
            rest,
            "{topic:?} {lane} from {from}"
        );
    }
}

/// The rule of [`LaneFiles::since`], word for word.
fn since(records: &[LogRecord], since: i64) -> Option<u64> {
    let mut newest: Option<Tick> = None;
    let mut found = None;
    for record in records {
        if let Some(tick) = wire::tick(&record.value)
            && newest.is_none_or(|newest| tick.epoch > newest.epoch)
        {
            if tick.at.0 >= since {
                break;
            }
            newest = Some(tick);
            found = Some(record.offset);
        }
    }
    found
}

#[tokio::test]
async fn a_lane_is_there_byte_for_byte_whoever_was_killed_while_it_was_written() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let (lanes, (_folder, store)) = (lanes(&mut dice), folder());
        for round in 0..4 {
            let limits = Limits {
                file_bytes: 500 + dice.roll(20_000) as usize,
                file_ms: [HOUR_MS, DAY_MS][dice.roll(2) as usize],
                buffer_bytes: 1_000 + dice.roll(40_000) as usize,
            };
            archive(&store, config(&lanes, limits), &lanes, &mut dice, round < 3).await;
        }
        holds(&store, &lanes, &mut dice).await;

        let reader = Reader::new(Arc::clone(&store), LOG);
        for ((topic, lane), records) in &lanes {
            let files = reader.lane(*topic, *lane).await.unwrap();
            for _ in 0..5 {
                let at = START + dice.roll(40 * HOUR_MS as u64) as i64;
                let found = files.since(CellTime(at)).await.unwrap();
                assert_eq!(found, since(records, at), "seed {seed} {topic:?} {lane}");
            }
        }
        let findings = check(&*store, LOG, &config(&lanes, Limits::default()).lanes).await;
        assert_eq!(findings.unwrap(), [], "seed {seed}");
    }
}

#[tokio::test]
async fn two_that_archive_the_same_log_do_no_harm() {
    for seed in 100..110 {
        let mut dice = Dice(seed);
        let (lanes, (_folder, store)) = (lanes(&mut dice), folder());
        let small = |dice: &mut Dice| Limits {
            file_bytes: 500 + dice.roll(5_000) as usize,
            file_ms: HOUR_MS,
            buffer_bytes: 1_000 + dice.roll(10_000) as usize,
        };
        let (one, other) = (small(&mut dice), small(&mut dice));
        let (mut left, mut right) = (Dice(seed + 1), Dice(seed + 2));
        tokio::join!(
            archive(&store, config(&lanes, one), &lanes, &mut left, false),
            archive(&store, config(&lanes, other), &lanes, &mut right, false),
        );
        holds(&store, &lanes, &mut dice).await;
    }
}

/// As any tool does, by the names of the columns.
#[tokio::test]
async fn another_reader_sees_the_same() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::{Field, ListAccessor as _, RowAccessor as _};

    let mut dice = Dice(42);
    let (lanes, (_folder, store)) = (lanes(&mut dice), folder());
    archive(
        &store,
        config(&lanes, Limits::default()),
        &lanes,
        &mut dice,
        false,
    )
    .await;
    let key = (KafkaTopic::Signals, 1);
    let files = Reader::new(Arc::clone(&store), LOG)
        .lane(key.0, key.1)
        .await
        .unwrap();
    let mut seen = Vec::new();
    for (_, path) in files.files() {
        let file = reader::fetch_bytes(&*store, path).await.unwrap();
        for row in SerializedFileReader::new(file)
            .unwrap()
            .get_row_iter(None)
            .unwrap()
        {
            let row = row.unwrap();
            let names: Vec<&str> = row
                .get_column_iter()
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(
                names,
                ["offset", "kind", "epoch", "cell_time", "value", "ticks"]
            );
            let offset = row.get_ulong(0).unwrap();
            if row.get_string(1).unwrap() == "record" {
                let value = row.get_bytes(4).unwrap().data().to_vec();
                seen.push(LogRecord { offset, value });
                continue;
            }
            let ticks = row.get_list(5).unwrap();
            for (offset, at) in (offset..).zip(0..ticks.len()) {
                let at = ticks.get_timestamp_millis(at).unwrap();
                let value = wire::encode_tick(Tick::at(CellTime(at)));
                seen.push(LogRecord { offset, value });
            }
            assert!(matches!(
                row.get_column_iter().nth(4),
                Some((_, Field::Null))
            ));
        }
    }
    assert_eq!(seen, lanes[&key]);
}

#[test]
fn ticks_take_little_room() {
    let mut stretch = rows::Stretch::default();
    let mut at = START;
    for offset in 0..100_000 {
        at += [20, 19, 20, 21][offset as usize % 4];
        let value = wire::encode_tick(Tick::at(CellTime(at)));
        stretch.push(LogRecord { offset, value });
    }
    assert_eq!(stretch.rows.len(), 1);
    let file = format::write(&stretch).unwrap();
    assert!(
        file.len() < 100_000 / 2,
        "{} bytes for 100,000 ticks",
        file.len()
    );
    assert_eq!(
        format::write(&stretch).unwrap(),
        file,
        "the same stretch, the same bytes"
    );
}
