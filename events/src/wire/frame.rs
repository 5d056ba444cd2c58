//! Sensor frames: some milliseconds of readings of one lane, as packed columns.

use std::collections::HashMap;

use super::{Record, WireError, decode, encode};
use crate::proto::{SensorFrame, SignalRecord, signal_record};
use crate::sensor::{ClockFlags, Reading, Value};
use crate::time::{CellTime, EventTime};

const ABSENT: i32 = -1;

/// Collects the readings of a lane into one frame.
#[derive(Default)]
pub struct FrameBuilder {
    frame: SensorFrame,
    index: HashMap<String, u32>,
    bytes: usize,
}

impl FrameBuilder {
    /// Adds a reading of the device with this path (`tenant/site/ward/room/bed/device`).
    pub fn push(&mut self, path: &str, reading: &Reading) {
        let source = self.source(path);
        let frame = &mut self.frame;
        if frame.source.is_empty() {
            frame.base_ms = reading.told.0;
        }
        frame.source.push(source);
        frame.boot.push(reading.boot);
        frame.seq.push(reading.seq);
        frame.at_ms.push(reading.at.0 - frame.base_ms);
        frame.told_ms.push(reading.told.0 - frame.base_ms);
        frame.signal.push(reading.code);
        frame.value.push(reading.value.value);
        frame.extra.push(reading.value.extra.unwrap_or(ABSENT));
        frame.flags.push(reading.flags.0);
        self.bytes += 16;
    }

    /// Readings in it.
    pub fn len(&self) -> usize {
        self.frame.source.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how large the frame will be, in bytes.
    pub fn size(&self) -> usize {
        self.bytes
    }

    /// The frame as Kafka carries it; the builder starts again.
    pub fn finish(&mut self) -> Vec<u8> {
        self.index.clear();
        self.bytes = 0;
        encode(&SignalRecord {
            record: Some(signal_record::Record::Frame(std::mem::take(
                &mut self.frame,
            ))),
        })
    }

    fn source(&mut self, path: &str) -> u32 {
        if let Some(&index) = self.index.get(path) {
            return index;
        }
        let index =
            u32::try_from(self.frame.sources.len()).expect("a frame is bounded by its size");
        self.frame.sources.push(path.to_owned());
        self.index.insert(path.to_owned(), index);
        self.bytes += path.len();
        index
    }
}

/// Reads a value of the topic `signals`. The columns have been checked to be of
/// equal length and to point at sources that exist.
///
/// # Errors
/// The bytes are no such record.
pub fn decode_signals(bytes: &[u8]) -> Result<Record<SensorFrame>, WireError> {
    match decode::<SignalRecord>(bytes)?.record {
        Some(signal_record::Record::Tick(tick)) => Ok(Record::Tick(tick.into())),
        Some(signal_record::Record::Frame(frame)) => check(frame).map(Record::Data),
        None => Err(WireError::Empty),
    }
}

/// The readings of a checked frame, each with the index of its source.
pub fn readings(frame: &SensorFrame) -> impl Iterator<Item = (usize, Reading)> + '_ {
    (0..frame.source.len()).map(|i| {
        let reading = Reading {
            boot: frame.boot[i],
            seq: frame.seq[i],
            at: EventTime(frame.base_ms + frame.at_ms[i]),
            told: CellTime(frame.base_ms + frame.told_ms[i]),
            flags: ClockFlags(frame.flags[i]),
            code: frame.signal[i],
            value: Value {
                value: frame.value[i],
                extra: Some(frame.extra[i]).filter(|extra| *extra != ABSENT),
            },
        };
        (frame.source[i] as usize, reading)
    })
}

fn check(frame: SensorFrame) -> Result<SensorFrame, WireError> {
    let length = frame.source.len();
    let even = [
        frame.boot.len(),
        frame.seq.len(),
        frame.at_ms.len(),
        frame.told_ms.len(),
        frame.signal.len(),
        frame.value.len(),
        frame.extra.len(),
        frame.flags.len(),
    ]
    .iter()
    .all(|column| *column == length);
    let known = frame
        .source
        .iter()
        .all(|source| (*source as usize) < frame.sources.len());
    if even && known {
        Ok(frame)
    } else {
        Err(WireError::Meaning("frame columns"))
    }
}
