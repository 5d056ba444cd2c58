//! What a KPI has looked at: what its number follows from, and what sort of number it is.

use crate::feed::Feeds;
use crate::trace::{Clock, Kind};

/// What a bed is in the bed master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BedIs {
    /// It is listed.
    pub listed: bool,
    /// It is listed and staffed.
    pub staffed: bool,
}

/// What was looked at, a bit a kind or clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    pub(super) intervals: u64,
    pub(super) of_listed: u64,
    pub(super) of_staffed: u64,
    pub(super) whole_of_staffed: u64,
    pub(super) at_start: u64,
    pub(super) all_at_start: u64,
    pub(super) clocks: u64,
    pub(super) feeds: Feeds,
}

/// What sort of number follows from what was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Time of beds and of nothing else, so many milliseconds of them where nobody covered.
    BedTime(i64),
    /// Time of one kind of thing, of which there may be any number.
    Time,
    /// What was so when the window started, of beds.
    BedsAtStart(i64),
    /// What was so when the window started, of anything.
    AtStart,
    /// What happened in the window.
    Marks,
    /// Several of these.
    Mixed,
}

impl Looked {
    /// The facts that it follows from.
    pub fn feeds(self) -> Feeds {
        self.feeds
    }

    /// Whether intervals of a kind count, of a subject that is such a bed or none.
    pub fn has_interval(self, kind: Kind, bed: BedIs) -> bool {
        let of_staffed = self.of_staffed | self.whole_of_staffed;
        bed.staffed && has(of_staffed, kind) || self.has_at_all_hours(kind, bed)
    }

    /// Whether they count as [`Self::has_interval`] says, whether the bed is open or not.
    pub fn has_at_all_hours(self, kind: Kind, bed: BedIs) -> bool {
        bed.listed && has(self.of_listed, kind) || has(self.intervals, kind)
    }

    /// Whether they count from their beginning on, also when that is before the window.
    pub fn has_whole(self, kind: Kind) -> bool {
        has(self.whole_of_staffed, kind)
    }

    /// Whether it counts what was so when the window started, as [`Self::has_interval`].
    pub fn has_start(self, kind: Kind, bed: BedIs) -> bool {
        bed.staffed && has(self.at_start, kind) || has(self.all_at_start, kind)
    }

    /// Whether the marks of a clock count.
    pub fn has_clock(self, clock: Clock) -> bool {
        self.clocks & 1 << clock as u32 != 0
    }
}

const fn has(kinds: u64, kind: Kind) -> bool {
    kinds & 1 << kind as u32 != 0
}
