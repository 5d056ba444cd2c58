//! The lives of things: what was said of a visit, a bed, an appointment, a shift or
//! a piece of equipment, in the order of event time, folded into its traces and
//! its present state. A record that comes late takes its place, and the life is
//! folded again from there: a correction is not another code path.

pub mod appointment;
pub mod bed;
pub mod device;
pub mod shift;
pub mod slot;
pub mod source;
pub mod visit;

use events::reason::Reason;
use serde::{Deserialize, Serialize};

use crate::trace::Traces;

/// A record's place among those with the same event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Place of its topic in the folding order.
    pub topic: u8,
    /// Lane; 0 for readings, which their device orders.
    pub lane: u32,
    /// Offset, or the boot of a reading.
    pub major: u64,
    /// Index within the record, or the number of a reading.
    pub minor: u64,
}

impl Order {
    /// Before every record of its event time.
    pub const FIRST: Self = Self {
        topic: 0,
        lane: 0,
        major: 0,
        minor: 0,
    };
}

/// Event time first, then the order of the log.
pub type Key = (i64, Order);

/// What has been said of one thing, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timeline<E> {
    entries: Vec<(Key, E)>,
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<E> Timeline<E> {
    /// Puts an entry in its place. One with the same key is the same record, and
    /// is not taken twice.
    pub fn insert(&mut self, key: Key, entry: E) {
        if let Err(place) = self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            self.entries.insert(place, (key, entry));
        }
    }

    /// Takes an entry out again.
    pub fn remove(&mut self, key: Key) {
        if let Ok(place) = self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            self.entries.remove(place);
        }
    }

    /// Everything, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &E)> {
        self.entries.iter().map(|(key, entry)| (*key, entry))
    }

    /// Those of its entries that `takes` wants.
    pub fn only(&self, takes: impl Fn(&Key) -> bool) -> Self
    where
        E: Clone,
    {
        let entries = self.entries.iter().filter(|(key, _)| takes(key));
        Self {
            entries: entries.cloned().collect(),
        }
    }

    /// Takes out what is older than `edge`, oldest first.
    pub fn split_before(&mut self, edge: i64) -> impl Iterator<Item = (Key, E)> {
        let old = self.entries.partition_point(|(key, _)| key.0 < edge);
        self.entries.drain(..old)
    }

    /// The newest entry.
    pub fn last(&self) -> Option<&E> {
        self.entries.last().map(|(_, entry)| entry)
    }

    /// Event time of the newest entry.
    pub fn newest(&self) -> Option<i64> {
        self.entries.last().map(|(key, _)| key.0)
    }
}

/// What folding a life says, beside its present state.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// What it leaves behind.
    pub traces: Traces,
    /// Entries that its state did not allow, with the reason.
    pub refused: Vec<(Key, Reason)>,
}
