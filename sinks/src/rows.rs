//! The rows of every table, mapped by hand from what the log carries. A row borrows from the
//! record that it comes from. Column names are the field names; the meaning of each column is its
//! COMMENT in `migrations/`. Times are milliseconds since 1970.

use std::borrow::Cow;

use clickhouse::Row;
use events::output::{DeadLetter, EpochEnd};
use events::proto::SensorFrame;
use events::sensor;
use events::topic::KafkaTopic;
use events::wire;
use serde::{Deserialize, Serialize};

use crate::batch::Position;
use crate::epochs::Epochs;
use crate::record::Seq;

mod commands;
mod facts;
mod outputs;

pub(crate) use commands::CommandRow;
pub(crate) use facts::{FactRow, facts};
pub(crate) use outputs::{AlertRow, BedRow, KpiRow, LateRow};

/// A row of `readings`.
#[derive(Row, Serialize)]
pub(crate) struct ReadingRow<'a> {
    tenant: &'a str,
    site: &'a str,
    ward: &'a str,
    room: &'a str,
    bed: &'a str,
    device: &'a str,
    stream: Cow<'static, str>,
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

/// The rows of a frame. A source that is no device path gives none: the gateway writes none.
pub(crate) fn readings(
    frame: &SensorFrame,
    lane: u32,
    log_offset: u64,
) -> impl Iterator<Item = ReadingRow<'_>> {
    let paths: Vec<Vec<&str>> = frame
        .sources
        .iter()
        .map(|path| path.split('/').collect())
        .collect();
    wire::readings(frame).filter_map(move |(source, reading)| {
        let &[tenant, site, ward, room, bed, device] = paths[source].as_slice() else {
            return None;
        };
        Some(ReadingRow {
            tenant,
            site,
            ward,
            room,
            bed,
            device,
            stream: stream_of(reading.code),
            at: reading.at.0,
            told: reading.told.0,
            boot: reading.boot,
            seq: reading.seq,
            value: reading.value.value,
            extra: reading.value.extra,
            flags: reading.flags.0,
            lane,
            log_offset,
        })
    })
}

fn stream_of(code: u32) -> Cow<'static, str> {
    sensor::by_code(code).map_or_else(
        || format!("code {code}").into(),
        |sensor| sensor.stream.into(),
    )
}

/// A row of `dead_letters`.
#[derive(Row, Serialize)]
pub(crate) struct DeadLetterRow<'a> {
    tenant: &'a str,
    source: &'a str,
    position: &'a str,
    reason: &'a str,
    detail: &'a str,
    length: u64,
    sha256: String,
    received: i64,
    lane: u32,
    log_offset: u64,
}

impl<'a> DeadLetterRow<'a> {
    pub(crate) fn new(letter: &'a DeadLetter, lane: u32, log_offset: u64) -> Self {
        Self {
            tenant: &letter.tenant,
            source: &letter.source,
            position: &letter.position,
            reason: &letter.reason,
            detail: &letter.detail,
            length: letter.length,
            sha256: letter
                .sha256
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            received: letter.received_ms,
            lane,
            log_offset,
        }
    }
}

/// A row of `progress`: what a sink that starts again knows of a lane.
#[derive(Row, Serialize, Deserialize)]
pub struct ProgressRow {
    log: String,
    topic: String,
    lane: u32,
    next_offset: u64,
    epoch: u64,
    epoch_index: u32,
    open: EndColumns,
    ended: Vec<EndColumns>,
}

/// An end of an epoch: its epoch, its count, its hash.
type EndColumns = (u64, u32, u64);

impl ProgressRow {
    /// How far a lane of this log has come.
    pub fn new(log: &str, topic: KafkaTopic, lane: u32, position: &Position) -> Self {
        let columns = |end: &EpochEnd| (end.epoch, end.count, end.hash);
        let epochs = &position.epochs;
        Self {
            log: log.to_owned(),
            topic: topic.name().to_owned(),
            lane,
            next_offset: position.next_offset,
            epoch: epochs.newest.epoch,
            epoch_index: epochs.newest.index,
            open: epochs.open.as_ref().map(columns).unwrap_or_default(),
            ended: epochs.ended.iter().map(columns).collect(),
        }
    }

    /// The lane and its position; nothing for a topic that is no longer known.
    pub fn position(&self) -> Option<((KafkaTopic, u32), Position)> {
        let topic = KafkaTopic::ALL
            .into_iter()
            .find(|topic| topic.name() == self.topic)?;
        let end = |(epoch, count, hash)| EpochEnd { epoch, count, hash };
        let newest = Seq {
            epoch: self.epoch,
            index: self.epoch_index,
        };
        let open = Some(self.open).filter(|(_, count, _)| *count > 0);
        let ended = self.ended.iter().copied().map(end).collect();
        let position = Position {
            next_offset: self.next_offset,
            epochs: Epochs::restored(newest, open.map(end), ended),
        };
        Some(((topic, self.lane), position))
    }

    /// The lane, and up to which epoch all that it says is stored.
    pub(crate) fn stored(&self) -> Option<((KafkaTopic, u32), u64)> {
        let (lane, Position { epochs, .. }) = self.position()?;
        let newest = epochs.newest.epoch;
        // Without its end, more of the newest epoch may be to come.
        let is_whole = epochs.completed() >= newest;
        Some((lane, if is_whole { newest } else { newest - 1 }))
    }
}
