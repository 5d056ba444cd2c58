//! A stretch of a lane as the rows of a file: each record with its bytes, ticks
//! that follow each other as one row. What comes out is what went in, byte for
//! byte: a tick that is written in any other way than our ticker's is a record.

use bytes::{Bytes, BytesMut};
use events::log::LogRecord;
use events::time::CellTime;
use events::wire::{self, Tick, tick};

/// What a row takes in memory beside its bytes.
const ROW_BYTES: usize = 64;
/// How many bytes of records lie side by side in memory.
const BLOCK_BYTES: usize = 64 * 1024;

/// Consecutive records of one lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) rows: Vec<Row>,
    /// What it takes in memory.
    pub(crate) bytes: usize,
    /// The newest tick up to its end.
    pub(crate) newest: Option<Tick>,
    /// The rest of the block that the next record goes to.
    block: BytesMut,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Of its first record.
    pub(crate) offset: u64,
    /// The newest tick before it.
    pub(crate) before: Option<Tick>,
    pub(crate) held: Held,
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// One record, its bytes.
    Record(Bytes),
    /// Ticks at consecutive offsets, the cell time of each.
    Ticks(Vec<i64>),
}

impl Row {
    /// The offset after it.
    pub(crate) fn end(&self) -> u64 {
        match &self.held {
            Held::Record(_) => self.offset + 1,
            Held::Ticks(times) => self.offset + times.len() as u64,
        }
    }

    /// Its records, in their order, one by one.
    pub(crate) fn into_records(self) -> impl Iterator<Item = LogRecord> + use<> {
        let (record, times) = match self.held {
            Held::Record(value) => (Some(value.to_vec()), Vec::new()),
            Held::Ticks(times) => (None, times),
        };
        let ticks = times
            .into_iter()
            .map(|at| wire::encode_tick(Tick::at(CellTime(at))));
        let values = record.into_iter().chain(ticks);
        (self.offset..)
            .zip(values)
            .map(|(offset, value)| LogRecord { offset, value })
    }
}

impl Stretch {
    /// An empty one of a lane whose newest tick is this.
    pub(crate) fn after(newest: Option<Tick>) -> Self {
        Self {
            newest,
            ..Self::default()
        }
    }

    /// What a file holds.
    pub(crate) fn of(rows: Vec<Row>, newest: Option<Tick>) -> Self {
        Self {
            rows,
            ..Self::after(newest)
        }
    }

    /// Takes the lane's next record.
    pub(crate) fn push(&mut self, record: LogRecord) {
        let LogRecord { offset, value } = record;
        let tick = tick(&value);
        match tick.filter(|tick| wire::encode_tick(Tick::at(tick.at)) == value) {
            Some(plain) => self.push_tick(offset, plain.at.0),
            None => {
                self.bytes += ROW_BYTES + value.len();
                let held = Held::Record(self.beside(&value));
                self.push_row(offset, held);
            }
        }
        self.newest = newer(self.newest, tick);
    }

    /// The bytes of a record, copied while they are at hand: a file is written from
    /// memory in one go, and not from a place of its own for each record.
    fn beside(&mut self, value: &[u8]) -> Bytes {
        if self.block.capacity() < value.len() {
            self.block = BytesMut::with_capacity(BLOCK_BYTES.max(value.len()));
        }
        self.block.extend_from_slice(value);
        self.block.split().freeze()
    }

    fn push_tick(&mut self, offset: u64, at: i64) {
        self.bytes += size_of::<i64>();
        if let Some(row) = self.rows.last_mut()
            && row.end() == offset
            && let Held::Ticks(times) = &mut row.held
        {
            times.push(at);
            return;
        }
        self.bytes += ROW_BYTES;
        self.push_row(offset, Held::Ticks(vec![at]));
    }

    fn push_row(&mut self, offset: u64, held: Held) {
        let before = self.newest;
        self.rows.push(Row {
            offset,
            before,
            held,
        });
    }

    /// Its records from `offset` on, as a stretch of their own.
    pub(crate) fn rest_from(&self, offset: u64) -> Self {
        let before = self.rows.first().map_or(self.newest, |row| row.before);
        let mut rest = Self::after(before);
        for record in self.records() {
            if record.offset < offset {
                rest.newest = newer(rest.newest, tick(&record.value));
            } else {
                rest.push(record);
            }
        }
        rest
    }

    /// The cell time at which it begins: of its first record if that is a tick, else
    /// of the newest before it; of its first tick when there was none.
    pub(crate) fn began(&self) -> Option<i64> {
        let before = self.rows.first().and_then(|row| row.before);
        let ticks = self.records().map(|record| tick(&record.value));
        let newest = ticks.scan(before, |newest, tick| {
            *newest = newer(*newest, tick);
            Some(*newest)
        });
        newest.flatten().next().map(|tick| tick.at.0)
    }

    /// Its records, in their order.
    pub(crate) fn records(&self) -> impl Iterator<Item = LogRecord> + '_ {
        self.rows.iter().cloned().flat_map(Row::into_records)
    }

    /// How many records it has.
    pub(crate) fn len(&self) -> u64 {
        let len = |row: &Row| row.end() - row.offset;
        self.rows.iter().map(len).sum()
    }

    /// The offset after its last record.
    pub(crate) fn end(&self) -> Option<u64> {
        self.rows.last().map(Row::end)
    }
}

/// As the processor has it: repeated and backward ticks change nothing.
pub(crate) fn newer(newest: Option<Tick>, tick: Option<Tick>) -> Option<Tick> {
    match (newest, tick) {
        (Some(newest), Some(tick)) if tick.epoch > newest.epoch => Some(tick),
        (None, tick) => tick,
        (newest, _) => newest,
    }
}
