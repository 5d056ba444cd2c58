//! What the past leaves behind: intervals in which something was the case, and
//! marks at which a clock stopped. Visits, beds, appointments and devices are
//! folded into traces; KPIs and alert rules read nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::id::WardId;
use serde::{Deserialize, Serialize};

/// What was the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A visit was on the ward.
    OnWard,
    /// A bed was occupied, as believed.
    Occupied,
    /// A bed was known to be dirty, being cleaned included.
    Dirty,
    /// A bed was dirty and nobody had begun to clean it.
    NotStarted,
    /// A visit waited for a bed to be assigned.
    AwaitingBed,
    /// A visit was ready to leave and had not left.
    AwaitingDeparture,
    /// A patient had arrived for an appointment and had no room yet.
    AwaitingRoom,
    /// Equipment was in use.
    InUse,
    /// Equipment was idle.
    Idle,
    /// Equipment was faulty.
    Fault,
    /// A device was not heard, from its last reading to its next.
    Silent,
    /// A device was gone, from its last will to its birth or its next reading.
    Gone,
}

impl Kind {
    /// Whether a KPI reads it: then windows are measured again when it changes.
    pub const fn is_measured(self) -> bool {
        !matches!(
            self,
            Self::NotStarted | Self::Fault | Self::Silent | Self::Gone
        )
    }

    /// Whether it shows on a ward's board.
    pub const fn is_shown(self) -> bool {
        !matches!(
            self,
            Self::InUse | Self::Idle | Self::Fault | Self::Silent | Self::Gone
        )
    }
}

/// How long something was the case. `to` is absent while it lasts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// On which ward.
    pub ward: WardId,
    /// What was the case.
    pub kind: Kind,
    /// Of which bed, visit, appointment or device.
    pub subject: Arc<str>,
    /// Since when.
    pub from: i64,
    /// Until when.
    pub to: Option<i64>,
}

/// A clock that stops, or an event that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Clock {
    /// A ward stay began from outside.
    Arrival,
    /// A ward stay ended to the outside.
    Departure,
    /// A ward stay began by a move from another ward.
    TransferIn,
    /// A ward stay ended by a move to another ward.
    TransferOut,
    /// Physically vacated → known to be.
    VacatedToKnown,
    /// Dirty → cleaning started.
    CleaningResponse,
    /// Cleaning started → clean.
    CleaningTime,
    /// Dirty → clean.
    BedTurn,
    /// Clean → occupied.
    CleanToOccupied,
    /// Bed requested → assigned.
    RequestToAssign,
    /// Arrived → roomed.
    AppointmentWait,
    /// An appointment is scheduled; a duration of 1 is a no-show, 0 is none.
    Scheduled,
}

/// What a clock said when it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reading {
    /// Milliseconds; for counted events any number.
    Took(i64),
    /// Its start or its end is not known.
    Missing,
    /// It would be negative.
    Invalid,
}

/// One stop of one clock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// On which ward.
    pub ward: WardId,
    /// Which clock.
    pub clock: Clock,
    /// When it stopped.
    pub at: i64,
    /// Of which bed, visit or appointment.
    pub subject: Arc<str>,
    /// What it said.
    pub reading: Reading,
}

/// All that one visit, bed, appointment or device leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// In the order in which they ended, open ones last.
    pub intervals: Vec<Interval>,
    /// In order of time.
    pub marks: Vec<Mark>,
}

/// The traces of one ward, by kind and clock.
#[derive(Clone, Debug, Default)]
pub struct WardTraces {
    intervals: BTreeMap<Kind, Intervals>,
    marks: BTreeMap<Clock, Marks>,
}

/// End, start and subject. Sorted by their end, so that those that reach into a
/// window are found without a look at all that was over before it.
type Intervals = BTreeSet<ByEnd>;
type ByEnd = (i64, i64, Arc<str>);

/// The end of what lasts.
const OPEN: i64 = i64::MAX;

/// How often a clock said the same of a subject at the same time.
type Marks = BTreeMap<(i64, Arc<str>, Reading), u32>;

impl WardTraces {
    /// Adds an interval.
    pub fn add(&mut self, interval: &Interval) {
        self.intervals
            .entry(interval.kind)
            .or_default()
            .insert(by_end(interval));
    }

    /// Takes an interval away.
    pub fn remove(&mut self, interval: &Interval) {
        if let Some(of_kind) = self.intervals.get_mut(&interval.kind) {
            of_kind.remove(&by_end(interval));
        }
    }

    /// Adds a mark.
    pub fn add_mark(&mut self, mark: &Mark) {
        let key = (mark.at, mark.subject.clone(), mark.reading);
        *self
            .marks
            .entry(mark.clock)
            .or_default()
            .entry(key)
            .or_default() += 1;
    }

    /// Takes a mark away.
    pub fn remove_mark(&mut self, mark: &Mark) {
        let Some(of_clock) = self.marks.get_mut(&mark.clock) else {
            return;
        };
        let key = (mark.at, mark.subject.clone(), mark.reading);
        if let Some(count) = of_clock.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                of_clock.remove(&key);
            }
        }
    }

    /// The intervals of a kind that share time with `[from, to)`, each cut to it.
    pub fn within(&self, kind: Kind, from: i64, to: i64) -> impl Iterator<Item = (&str, i64, i64)> {
        self.ending_after(kind, from)
            .filter(move |(_, start, _)| *start < to)
            .map(move |(end, start, subject)| (&**subject, (*start).max(from), (*end).min(to)))
    }

    /// All intervals of a kind, by their end.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, i64, Option<i64>)> {
        self.ending_after(kind, i64::MIN)
            .map(|(end, from, subject)| (&**subject, *from, Some(*end).filter(|end| *end != OPEN)))
    }

    /// Since when something is the case that has not ended, the oldest first.
    pub fn lasting(&self, kind: Kind) -> impl Iterator<Item = i64> {
        self.ending_after(kind, OPEN - 1).map(|(_, from, _)| *from)
    }

    fn ending_after(&self, kind: Kind, at: i64) -> impl Iterator<Item = &ByEnd> {
        let first = (at + 1, i64::MIN, Arc::from(""));
        self.intervals
            .get(&kind)
            .into_iter()
            .flat_map(move |of_kind| of_kind.range(first.clone()..))
    }

    /// What a clock said in `[from, to)`.
    pub fn readings(&self, clock: Clock, from: i64, to: i64) -> impl Iterator<Item = Reading> {
        let bound = move |at: i64| (at, Arc::<str>::from(""), Reading::Took(i64::MIN));
        self.marks
            .get(&clock)
            .into_iter()
            .flat_map(move |of_clock| of_clock.range(bound(from)..bound(to)))
            .flat_map(|((_, _, reading), count)| (0..*count).map(move |_| *reading))
    }
}

fn by_end(interval: &Interval) -> ByEnd {
    let end = interval.to.unwrap_or(OPEN);
    (end, interval.from, interval.subject.clone())
}
