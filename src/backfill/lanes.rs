//! The lanes that a live log would have had: what a file says, with ticks before each
//! epoch in which it says something. Ticks are made from the times in the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::control::{Control, Setting};
use events::fact::{BACKFILL, CleaningPhase, Fact, FactFlags, Told};
use events::log::{Chunk, LogRecord};
use events::place::{Place, Site};
use events::sensor::{self, Reading, Value};
use events::time::{CellTime, ClockFlags};
use events::topic::KafkaTopic;
use events::wire::{self, FrameBuilder, Tick};
use ingest::csv::{Entry, Said};
use stream::site::{epoch_at, epoch_time};
use stream::version;
use tokio::sync::mpsc;

use crate::history::Chunks;
use crate::recompute::LaneKey;

use super::plan::Plan;

/// Chunks that are made ahead of whoever takes them.
const CHUNKS: usize = 4;
/// Records of a chunk.
const RECORDS: usize = 1_024;
/// Names the source of facts.
pub(super) const SOURCE: &str = BACKFILL;

/// The three lanes, up to the tick of the epoch `last`.
pub(super) fn of(plan: &Plan, entries: Vec<Entry>, last: u64) -> Vec<(LaneKey, Chunks)> {
    let entries: Arc<[Entry]> = entries.into();
    let first = epoch_at(plan.windows.0);
    let settings = [
        plan.master.clone(),
        Control {
            site: plan.site.clone(),
            setting: Setting::Version(version::NEWEST),
        },
    ];
    let mut control = Lane::new(KafkaTopic::Control, first, last);
    let (facts, of_facts) = Lane::new(KafkaTopic::Facts, first, last).channel();
    let (signals, of_signals) = Lane::new(KafkaTopic::Signals, first, last).channel();
    let (site, all) = (plan.site.clone(), Arc::clone(&entries));
    tokio::task::spawn_blocking(move || {
        let facts_of = |entry: &Entry| fact(&site, entry);
        facts.fill(&all, facts_of);
    });
    let mut devices = Devices::new(&plan.site);
    tokio::task::spawn_blocking(move || signals.fill(&entries, |entry| devices.frame(entry)));
    for setting in settings {
        control.data(wire::encode_control(&setting));
    }
    let (control, of_control) = control.channel();
    tokio::task::spawn_blocking(move || control.fill(&[], |_| None));
    vec![
        ((KafkaTopic::Control, 0), of_control),
        ((KafkaTopic::Facts, 0), of_facts),
        ((KafkaTopic::Signals, 0), of_signals),
    ]
}

/// A lane as it is made.
struct Lane {
    topic: KafkaTopic,
    /// The epoch of its newest tick.
    tick: u64,
    first: u64,
    last: u64,
    next_offset: u64,
    records: Vec<LogRecord>,
}

struct Feed {
    lane: Lane,
    sender: mpsc::Sender<anyhow::Result<Chunk>>,
}

impl Lane {
    fn new(topic: KafkaTopic, first: u64, last: u64) -> Self {
        Self {
            topic,
            tick: 0,
            first,
            last,
            next_offset: 0,
            records: Vec::new(),
        }
    }

    fn data(&mut self, value: Vec<u8>) {
        let offset = self.next_offset;
        self.next_offset += 1;
        self.records.push(LogRecord { offset, value });
    }

    /// Ends the epochs up to this one.
    fn tick(&mut self, epoch: u64) {
        if epoch > self.tick {
            self.data(wire::encode_tick(Tick::at(CellTime(epoch_time(epoch)))));
            self.tick = epoch;
        }
    }

    fn channel(self) -> (Feed, Chunks) {
        let (sender, chunks) = mpsc::channel(CHUNKS);
        (Feed { lane: self, sender }, chunks)
    }
}

impl Feed {
    /// Makes the lane from what `record` makes of the entries, until nobody wants more.
    /// Blocks.
    fn fill(mut self, entries: &[Entry], mut record: impl FnMut(&Entry) -> Option<Vec<u8>>) {
        // What comes before the first tick is of its epoch.
        let first = self.lane.first;
        if entries.is_empty() {
            self.lane.tick(first);
        } else {
            self.lane.tick(first.saturating_sub(1));
        }
        for entry in entries {
            let Some(value) = record(entry) else {
                continue;
            };
            let epoch = epoch_at(entry.at.0);
            if epoch > self.lane.last {
                break;
            }
            self.lane.tick(epoch - 1);
            self.lane.data(value);
            if self.lane.records.len() >= RECORDS && !self.send() {
                return;
            }
        }
        let last = self.lane.last;
        self.lane.tick(last);
        self.send();
    }

    fn send(&mut self) -> bool {
        let chunk = Chunk {
            topic: self.lane.topic,
            lane: 0,
            records: std::mem::take(&mut self.lane.records),
        };
        self.sender.blocking_send(Ok(chunk)).is_ok()
    }
}

fn fact(site: &Site, entry: &Entry) -> Option<Vec<u8>> {
    let Said::Fact(what) = &entry.said else {
        return None;
    };
    let told = Told {
        site: site.clone(),
        source: SOURCE.to_owned(),
        facts: vec![Fact {
            at: entry.at,
            told: CellTime(entry.at.0),
            flags: FactFlags::default(),
            what: what.clone(),
        }],
        receipt: None,
    };
    Some(wire::encode_facts(&told))
}

/// Who says that a bed was cleaned: one device a bed, as if it had a button.
struct Devices {
    site: String,
    /// Path and number of readings, by place.
    beds: BTreeMap<Place, (String, u64)>,
    code: u32,
}

impl Devices {
    fn new(site: &Site) -> Self {
        Self {
            site: events::topic::site_key(site),
            beds: BTreeMap::new(),
            code: sensor::by_stream("clean").map_or(0, |sensor| sensor.code),
        }
    }

    fn frame(&mut self, entry: &Entry) -> Option<Vec<u8>> {
        let Said::Cleaning(place, phase) = &entry.said else {
            return None;
        };
        let (site, number) = (&self.site, self.beds.len());
        let (path, seq) = self.beds.entry(place.clone()).or_insert_with(|| {
            let bed = place.bed.as_ref().map_or("-", |bed| bed.as_str());
            let path = format!("{site}/{}/-/{bed}/{SOURCE}-{number}", place.ward);
            (path, 0)
        });
        *seq += 1;
        let reading = Reading {
            boot: 1,
            seq: *seq,
            at: entry.at,
            told: CellTime(entry.at.0),
            flags: ClockFlags::default(),
            code: self.code,
            value: Value {
                value: match phase {
                    CleaningPhase::Started => 0,
                    CleaningPhase::Done => 1,
                    CleaningPhase::Inspected => 2,
                },
                extra: None,
            },
        };
        let mut frame = FrameBuilder::default();
        frame.push(path, &reading);
        Some(frame.finish())
    }
}
