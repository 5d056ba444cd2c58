//! Collects the records of one lane into blocks, each of which becomes one insert.
//!
//! ```text
//! epochs   | 0 .. 49 | 50 .. 99 | 100 .. 149 | 150 ..        ranges of a lane of outputs
//! blocks   [---------------------][-----------------------   closed between ranges, when large
//! ```
//!
//! A block ends between two ranges (of epochs for outputs, of offsets for the other topics), at the
//! first that finds it large enough: so a run that reads the same lane from the same place makes
//! the same blocks. It ends elsewhere only when it is full, or older than its bound because the
//! lane has gone quiet. Its name is what it covers, offsets of the log: the same name always means
//! the same rows. An output that was said before is left out, see `epochs`.

use std::time::Duration;

use events::log::LogRecord;
use events::topic::KafkaTopic;

use crate::epochs::{Epochs, Violation};
use crate::record::{self, Item};

/// When a block ends. Ages are real time.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// Epochs of a range, for outputs.
    pub epochs: u64,
    /// Offsets of a range, for the other topics.
    pub offsets: u64,
    /// From how many rows on it ends between two ranges.
    pub rows_min: usize,
    /// At how many rows it ends anywhere; one record more may be in it.
    pub rows_max: usize,
    /// How old it may become.
    pub age: Duration,
    /// How old it may become while it has no rows: then only the progress is written.
    pub idle: Duration,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            epochs: 50,
            offsets: 256,
            rows_min: 1_000,
            rows_max: 20_000,
            age: Duration::from_secs(1),
            idle: Duration::from_secs(60),
        }
    }
}

/// How far a lane has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// First record that has not been taken.
    pub next_offset: u64,
    /// What has been taken of a lane of outputs.
    pub epochs: Epochs,
}

/// Consecutive records of one lane, to be stored in one insert.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) topic: KafkaTopic,
    pub(crate) lane: u32,
    /// First record in it.
    pub(crate) first_offset: u64,
    /// Where the lane goes on after it.
    pub(crate) position: Position,
    /// What gives rows, each with its offset.
    pub(crate) items: Vec<(u64, Item)>,
    pub(crate) rows: usize,
}

impl Block {
    /// Names the block: the same name always means the same rows.
    pub(crate) fn token(&self, log: &str) -> String {
        let Self {
            topic,
            lane,
            first_offset,
            position,
            ..
        } = self;
        let next_offset = position.next_offset;
        format!("{log}/{}/{lane}/{first_offset}-{next_offset}", topic.name())
    }
}

/// The open block of a lane.
pub(crate) struct Batch {
    topic: KafkaTopic,
    lane: u32,
    limits: BatchLimits,
    position: Position,
    open: Option<Open>,
    violation: Option<Violation>,
}

struct Open {
    since: Duration,
    first_offset: u64,
    range: u64,
    rows: usize,
    items: Vec<(u64, Item)>,
}

impl Batch {
    /// A lane that goes on at `position`.
    pub(crate) fn new(
        topic: KafkaTopic,
        lane: u32,
        position: Position,
        limits: BatchLimits,
    ) -> Self {
        Self {
            topic,
            lane,
            limits,
            position,
            open: None,
            violation: None,
        }
    }

    /// Takes the lane's next record, of which `item` may be nothing. Gives the block that had to
    /// end before it. `now` is real time since any fixed instant.
    pub(crate) fn push(
        &mut self,
        record: &LogRecord,
        item: Option<Item>,
        now: Duration,
    ) -> Option<Block> {
        let offset = record.offset;
        if offset < self.position.next_offset {
            return None;
        }
        let range = self.range(offset, item.as_ref());
        let full = self.open.as_ref().is_some_and(|open| {
            open.rows >= self.limits.rows_max
                || (open.range != range && open.rows >= self.limits.rows_min)
        });
        let ended = if full { self.end() } else { None };

        self.position.next_offset = offset + 1;
        let item = item.filter(|item| self.is_new(record, item));
        let open = self.open.get_or_insert_with(|| Open {
            since: now,
            first_offset: offset,
            range,
            rows: 0,
            items: Vec::new(),
        });
        open.range = range;
        // What gives no row is not kept: a block is bounded by its rows.
        if let Some(item) = item.filter(|item| item.rows() > 0) {
            // The age counts from the first row: before it, nobody waits.
            if open.items.is_empty() {
                open.since = now;
            }
            open.rows += item.rows();
            open.items.push((offset, item));
        }
        ended
    }

    fn is_new(&mut self, record: &LogRecord, item: &Item) -> bool {
        let epochs = &mut self.position.epochs;
        match item {
            Item::Output(output) => epochs.take(record.offset, record::seq(output), &record.value),
            Item::EpochEnd(end) => {
                self.violation = epochs.end(record.offset, *end).err();
                true
            }
            _ => true,
        }
    }

    /// What was wrong with the record before, if it ended an epoch.
    pub(crate) fn take_violation(&mut self) -> Option<Violation> {
        self.violation.take()
    }

    /// Gives the open block if it has become too old.
    pub(crate) fn due(&mut self, now: Duration) -> Option<Block> {
        let open = self.open.as_ref()?;
        let bound = if open.rows > 0 {
            self.limits.age
        } else {
            self.limits.idle
        };
        if now.saturating_sub(open.since) >= bound {
            self.end()
        } else {
            None
        }
    }

    /// Gives the open block, however young.
    pub(crate) fn end(&mut self) -> Option<Block> {
        let open = self.open.take()?;
        Some(Block {
            topic: self.topic,
            lane: self.lane,
            first_offset: open.first_offset,
            position: self.position.clone(),
            items: open.items,
            rows: open.rows,
        })
    }

    fn range(&self, offset: u64, item: Option<&Item>) -> u64 {
        match item.and_then(Item::epoch) {
            Some(epoch) => epoch / self.limits.epochs,
            None => offset / self.limits.offsets,
        }
    }
}

#[cfg(test)]
mod tests;
