//! The stretch of a lane that is not in a file yet, and when it becomes one.

use events::log::LogRecord;
use events::time::HOUR_MS;
use events::wire::{self, Tick};

use super::layout::Day;
use super::rows::Stretch;

/// When a file ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At how many bytes in memory; one record more may be in it.
    pub file_bytes: usize,
    /// How much cell time a file covers at most, in milliseconds; files end at
    /// multiples of it, and so at midnight: a day is a multiple of it.
    pub file_ms: i64,
    /// What all lanes together may hold in memory: above it, the largest becomes a file.
    pub buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 8 * 1024 * 1024,
            file_ms: HOUR_MS,
            buffer_bytes: 128 * 1024 * 1024,
        }
    }
}

/// A file to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    /// Where the file before it ended.
    pub(crate) first: u64,
    pub(crate) day: Day,
    pub(crate) stretch: Stretch,
}

impl Ended {
    /// What of it comes from `next` on; nothing when all of it was before.
    pub(crate) fn rest_from(&self, next: u64) -> Option<Self> {
        let stretch = self.stretch.rest_from(next);
        stretch.end()?;
        Some(Self {
            first: next,
            day: Day::of(stretch.began().unwrap_or(0)),
            stretch,
        })
    }
}

/// A lane that is being archived.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Where the newest file ends, once there is one or a record has come.
    first: Option<u64>,
    /// When the open stretch began, by its first tick or the one before it.
    began: Option<i64>,
    open: Stretch,
}

impl Lane {
    /// A lane whose newest file ends before `next`, and whose newest tick is this.
    pub(crate) fn new(next: u64, newest: Option<Tick>) -> Self {
        Self {
            first: Some(next),
            began: newest.map(|tick| tick.at.0),
            open: Stretch::after(newest),
        }
    }

    /// Takes the next record; one that is in a file already is dropped. Gives what
    /// had to end before it.
    pub(crate) fn push(&mut self, record: LogRecord, limits: &Limits) -> Option<Ended> {
        let next = self.open.end().or(self.first);
        if next.is_some_and(|next| record.offset < next) {
            return None;
        }
        let ended = if self.must_end_before(&record, limits) {
            self.end()
        } else {
            None
        };
        self.first.get_or_insert(record.offset);
        let is_new = self.open.rows.is_empty();
        self.open.push(record);
        if is_new || self.began.is_none() {
            self.began = self.open.newest.map(|tick| tick.at.0);
        }
        ended
    }

    fn must_end_before(&self, record: &LogRecord, limits: &Limits) -> bool {
        if self.open.bytes >= limits.file_bytes {
            return true;
        }
        let tick = wire::tick(&record.value);
        let newest = super::rows::newer(self.open.newest, tick);
        match (self.began, newest) {
            (Some(began), Some(newest)) => {
                began.div_euclid(limits.file_ms) != newest.at.0.div_euclid(limits.file_ms)
            }
            _ => false,
        }
    }

    /// Ends the open stretch; the next begins after it.
    pub(crate) fn end(&mut self) -> Option<Ended> {
        let (first, next) = (self.first?, self.open.end()?);
        let day = Day::of(self.began.unwrap_or(0));
        let rest = Stretch::after(self.open.newest);
        self.first = Some(next);
        Some(Ended {
            first,
            day,
            stretch: std::mem::replace(&mut self.open, rest),
        })
    }

    /// Goes on after `held`, a file that is there.
    pub(crate) fn skip(&mut self, held: &Stretch) {
        // What is open may come after it.
        let Some(next) = held.end().filter(|next| self.first < Some(*next)) else {
            return;
        };
        self.first = Some(next);
        self.open = self.open.rest_from(next);
        if self.open.rows.is_empty() {
            // What is still to come of it is dropped, its ticks with it.
            self.open.newest = held.newest;
        }
        let newest = self.open.newest.map(|tick| tick.at.0);
        self.began = self.open.began().or(newest);
    }

    /// What it holds in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.open.bytes
    }

    /// The day that its next record belongs to: those before are over.
    pub(crate) fn day(&self) -> Option<Day> {
        self.began.map(Day::of)
    }

    /// Where its files end.
    pub(crate) fn position(&self) -> Option<u64> {
        self.first
    }
}
