//! From the records of a worker's lanes to inputs of sites, each with its epoch.
//! A record's epoch is decided by its place in its lane alone: the last tick
//! before it, plus one. Ticks that repeat or go back are ignored.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::log::{Chunk, LogRecord};
use events::proto::SensorFrame;
use events::topic::KafkaTopic;
use events::wire::{self, Record, Tick, WireError};

use crate::lane::{Lane, LaneCounts, Report};
use crate::site::{Item, SiteInput, epoch_at, epoch_time};
use crate::snapshot::{Held, Part, Piece, Plan, State};

/// A lane of an input topic.
pub type LaneKey = (KafkaTopic, u32);

/// A record that none of our writers wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// Its lane.
    pub lane: LaneKey,
    /// Its place in the lane.
    pub offset: u64,
    /// What is wrong with it.
    pub error: String,
}

/// Topic, lane, offset.
type Place = (KafkaTopic, u32, u64);

/// What a record holds, beside ticks.
enum Payload {
    Frame(SensorFrame),
    Item(Item),
}

/// The lanes that one worker reads.
pub struct Source {
    lanes: BTreeMap<LaneKey, LaneState>,
    undecodable: Vec<Undecodable>,
    reports: Vec<Report>,
    plan: Arc<Plan>,
    pieces: Vec<Piece>,
}

struct LaneState {
    /// Epoch of the last tick; 0 before the first.
    tick: u64,
    /// What came before the first tick: it belongs to that tick's epoch, not to 1970.
    early: Vec<(Place, Payload)>,
    devices: Lane,
}

impl Source {
    /// The given lanes, as they are in `state`, else none of which has been read.
    pub fn new(
        lanes: impl IntoIterator<Item = LaneKey>,
        horizon_ms: i64,
        state: Option<&mut State>,
        plan: Arc<Plan>,
    ) -> Self {
        let mut state = state;
        let mut begun = |lane: LaneKey| {
            let restored = state.as_mut().and_then(|state| state.take_lane(lane));
            let (tick, devices) = restored.unwrap_or_else(|| (0, Lane::new(horizon_ms)));
            LaneState {
                tick,
                early: Vec::new(),
                devices,
            }
        };
        Self {
            lanes: lanes.into_iter().map(|lane| (lane, begun(lane))).collect(),
            undecodable: Vec::new(),
            reports: Vec::new(),
            plan,
            pieces: Vec::new(),
        }
    }

    /// The first epoch that a record still to come may belong to.
    pub fn open_epoch(&self) -> Option<u64> {
        self.lanes.values().map(|lane| lane.tick + 1).min()
    }

    /// The lane that holds the others back.
    pub fn slowest(&self) -> Option<LaneKey> {
        let slowest = self.lanes.iter().min_by_key(|(_, lane)| lane.tick);
        slowest.map(|(key, _)| *key)
    }

    /// Reads a chunk. Returns what it says, with its epoch, in order. Chunks of
    /// lanes of other workers are ignored.
    pub fn read(&mut self, chunk: &Chunk) -> Vec<(u64, SiteInput)> {
        let key = (chunk.topic, chunk.lane);
        let Some(mut lane) = self.lanes.remove(&key) else {
            return Vec::new();
        };
        let mut inputs = Vec::new();
        for record in &chunk.records {
            if let Err(error) = self.record(key, &mut lane, record, &mut inputs) {
                self.undecodable.push(Undecodable {
                    lane: key,
                    offset: record.offset,
                    error: error.to_string(),
                });
            }
        }
        self.lanes.insert(key, lane);
        inputs
    }

    /// What could not be decoded since the last call.
    pub fn take_undecodable(&mut self) -> Vec<Undecodable> {
        std::mem::take(&mut self.undecodable)
    }

    /// Parts of snapshots since the last call.
    pub fn take_pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// Counts of all lanes since the last call.
    pub fn take_counts(&mut self) -> LaneCounts {
        let mut sum = LaneCounts::default();
        for lane in self.lanes.values_mut() {
            let counts = lane.devices.take_counts();
            sum.readings += counts.readings;
            sum.duplicates += counts.duplicates;
        }
        sum
    }

    fn record(
        &mut self,
        (topic, number): LaneKey,
        lane: &mut LaneState,
        record: &LogRecord,
        inputs: &mut Vec<(u64, SiteInput)>,
    ) -> Result<(), WireError> {
        let place = (topic, number, record.offset);
        match decode(topic, &record.value)? {
            Record::Tick(tick) => self.tick(lane, tick, place, inputs),
            Record::Data(payload) if lane.tick == 0 => lane.early.push((place, payload)),
            Record::Data(payload) => self.payload(lane, place, payload, inputs),
        }
        Ok(())
    }

    fn payload(
        &mut self,
        lane: &mut LaneState,
        place: Place,
        payload: Payload,
        inputs: &mut Vec<(u64, SiteInput)>,
    ) {
        let epoch = lane.tick + 1;
        match payload {
            Payload::Item(item) => inputs.push(input(epoch, place, 0, item)),
            Payload::Frame(frame) => {
                let now = epoch_time(epoch);
                lane.devices.fold(&frame, now, &mut self.reports);
                self.pass_on(epoch, place, inputs);
            }
        }
    }

    /// Closes the epochs up to the tick's. Devices that go quiet within them are
    /// reported in the epoch in which they do.
    fn tick(
        &mut self,
        lane: &mut LaneState,
        tick: Tick,
        place: Place,
        inputs: &mut Vec<(u64, SiteInput)>,
    ) {
        if tick.epoch <= lane.tick {
            return;
        }
        if lane.tick == 0 {
            let first = lane.early.first().map_or(place, |(place, _)| *place);
            for epoch in self.plan.lane_passes(0, tick.epoch - 1) {
                self.copy(lane, epoch, first);
            }
            lane.tick = tick.epoch - 1;
            for (place, payload) in std::mem::take(&mut lane.early) {
                self.payload(lane, place, payload, inputs);
            }
        }
        for epoch in self.plan.lane_passes(lane.tick, tick.epoch) {
            self.close(lane, epoch, place, inputs);
            self.copy(lane, epoch, place);
        }
        self.close(lane, tick.epoch, place, inputs);
    }

    /// Closes the epochs up to `last`.
    fn close(
        &mut self,
        lane: &mut LaneState,
        last: u64,
        place: Place,
        inputs: &mut Vec<(u64, SiteInput)>,
    ) {
        while let Some(due) = lane.devices.due() {
            let epoch = epoch_at(due).max(lane.tick + 1);
            if epoch > last {
                break;
            }
            lane.devices.tick(epoch_time(epoch), &mut self.reports);
            self.pass_on(epoch, place, inputs);
        }
        lane.tick = last;
    }

    /// Copies a lane as it is at the end of an epoch, to be written down elsewhere, and to
    /// be read on at `next`: the tick that closes it, which may close more than that epoch.
    fn copy(&mut self, lane: &LaneState, epoch: u64, next: Place) {
        let (topic, number, next_offset) = next;
        self.pieces.push(Piece {
            epoch,
            part: Part::Lane(topic, number),
            next_offset,
            held: Held::Lane(lane.tick, lane.devices.kept()),
        });
    }

    fn pass_on(&mut self, epoch: u64, place: Place, inputs: &mut Vec<(u64, SiteInput)>) {
        for (index, report) in self.reports.drain(..).enumerate() {
            let index = u32::try_from(index).expect("a record holds few reports");
            inputs.push(input(epoch, place, index, Item::Report(report)));
        }
    }
}

fn input(epoch: u64, (topic, lane, offset): Place, index: u32, item: Item) -> (u64, SiteInput) {
    let order = KafkaTopic::INPUTS.iter().position(|input| *input == topic);
    let order = u8::try_from(order.unwrap_or(KafkaTopic::INPUTS.len()))
        .expect("there are three input topics");
    let place = (order, lane, offset, index);
    (epoch, SiteInput { place, item })
}

fn decode(topic: KafkaTopic, value: &[u8]) -> Result<Record<Payload>, WireError> {
    Ok(match topic {
        KafkaTopic::Control => match wire::decode_control(value)? {
            Record::Tick(tick) => Record::Tick(tick),
            Record::Data(control) => Record::Data(Payload::Item(Item::Control(control))),
        },
        KafkaTopic::Facts => match wire::decode_facts(value)? {
            Record::Tick(tick) => Record::Tick(tick),
            Record::Data(told) => Record::Data(Payload::Item(Item::Told(told))),
        },
        _ => match wire::decode_signals(value)? {
            Record::Tick(tick) => Record::Tick(tick),
            Record::Data(frame) => Record::Data(Payload::Frame(frame)),
        },
    })
}
