//! What the past leaves behind: intervals in which something was the case, and
//! marks at which a clock stopped. Visits, beds, appointments and devices are
//! folded into traces; KPIs and alert rules read nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::id::WardId;
use events::time::HOUR_MS;
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
    /// A bed was blocked.
    Blocked,
    /// A bed was blocked for an infection.
    BlockedInfection,
    /// A bed was blocked for isolation.
    BlockedIsolation,
    /// A bed was blocked for maintenance.
    BlockedMaintenance,
    /// A bed was blocked for something else.
    BlockedOther,
    /// A visit was on the ward, 7 days or longer after it came.
    Stayed7,
    /// A visit was on the ward, 14 days or longer after it came.
    Stayed14,
    /// A visit was on the ward, 21 days or longer after it came.
    Stayed21,
    /// A nurse was on shift.
    Nursing,
    /// A visit had its bed and could move, and was not there yet.
    AwaitingMove,
    /// What is believed of a bed, and what one of its clocks says, were not the same.
    Disputed,
    /// Visits had a bed as occupied for too long after its sensor had felt nobody in it.
    Ghost,
    /// A bed was empty, by its sensor, and visits had it as occupied, and no staff had
    /// said otherwise.
    Hidden,
    /// A slot could be booked; its subject says more: [`crate::life::slot::Bookable`].
    SlotOpen,
    /// The time of a slot that was offered.
    SlotOffered,
    /// The time of a slot that was offered, and taken.
    SlotBooked,
    /// The time of a slot that was offered, and whose patient came.
    SlotArrived,
}

impl Kind {
    /// Whether a KPI reads it: then windows are measured again when it changes.
    pub const fn is_measured(self) -> bool {
        !matches!(
            self,
            Self::NotStarted | Self::Silent | Self::Gone | Self::Disputed
        )
    }

    /// Whether it shows on a ward's board.
    pub const fn is_shown(self) -> bool {
        !matches!(
            self,
            Self::InUse
                | Self::Idle
                | Self::Fault
                | Self::Silent
                | Self::Gone
                | Self::Blocked
                | Self::BlockedInfection
                | Self::BlockedIsolation
                | Self::BlockedMaintenance
                | Self::BlockedOther
                | Self::Stayed7
                | Self::Stayed14
                | Self::Stayed21
                | Self::Nursing
                | Self::AwaitingMove
                | Self::Disputed
                | Self::Ghost
                | Self::Hidden
                | Self::SlotOpen
                | Self::SlotOffered
                | Self::SlotBooked
                | Self::SlotArrived
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
    /// Came from outside → discharged.
    LengthOfStay,
    /// Arrived for an appointment, not before its time → it ended.
    CycleTime,
    /// Booked → the scheduled time, then.
    LeadTime,
    /// Placed on the ward → left it.
    WardStay,
    /// Bed assigned → placed in it.
    AssignToOccupy,
    /// Ready to move, bed assigned and clean → occupied.
    OccupiedTimer,
    /// Admission decided → in a bed on another ward.
    PullTime,
    /// Came as an emergency → left the ward that it came to.
    EmergencyStay,
    /// Came as an emergency → in a bed or a room.
    TreatmentSpace,
    /// Admission decided → left the emergency department for another ward.
    Boarding,
    /// An emergency left the ward that it came to; a duration of 1 is one that nobody had
    /// seen, 0 is another.
    LeftUnseen,
    /// An emergency left the ward that it came to; the duration is what was wrong with
    /// that, as bits of [`crate::life::visit::emergency`].
    EmergencyEnd,
    /// Physically vacated → discharged.
    DischargeEntry,
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

impl Traces {
    /// Without the intervals that ended when they began.
    #[must_use]
    pub fn that_last(mut self) -> Self {
        self.intervals
            .retain(|interval| interval.to != Some(interval.from));
        self
    }

    /// Whether nothing is left behind.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty() && self.marks.is_empty()
    }
}

/// The traces of one ward, by kind and clock.
#[derive(Clone, Debug, Default)]
pub struct WardTraces {
    intervals: BTreeMap<Kind, Intervals>,
    marks: BTreeMap<Clock, Marks>,
}

/// The intervals of one kind, sorted by their end: those that reach into a window
/// are found without a look at all that was over before it. Those that were short
/// stand apart: of them nothing that ended long after the window can reach into it,
/// and a window of three days ago is found as fast as the last one.
#[derive(Clone, Debug, Default)]
struct Intervals {
    short: BTreeSet<ByEnd>,
    long: BTreeSet<ByEnd>,
}

/// End, start and subject.
type ByEnd = (i64, i64, Arc<str>);

/// The longest that is short, in milliseconds.
const SHORT_MS: i64 = 2 * HOUR_MS;

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
            .add(by_end(interval));
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
        let of_kind = self.intervals.get(&kind).into_iter();
        of_kind
            .flat_map(move |of_kind| of_kind.reaching_into(from, to))
            .map(move |(end, start, subject)| (&**subject, (*start).max(from), (*end).min(to)))
    }

    /// The intervals of a kind that share time with `[from, to)`, as they are.
    pub fn reaching(
        &self,
        kind: Kind,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (&str, i64, i64)> {
        let of_kind = self.intervals.get(&kind).into_iter();
        of_kind
            .flat_map(move |of_kind| of_kind.reaching_into(from, to))
            .map(|(end, start, subject)| (&**subject, *start, *end))
    }

    /// All intervals of a kind, in no order that means anything.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, i64, Option<i64>)> {
        let of_kind = self.intervals.get(&kind).into_iter();
        of_kind
            .flat_map(|of_kind| of_kind.short.iter().chain(&of_kind.long))
            .map(|(end, from, subject)| (&**subject, *from, Some(*end).filter(|end| *end != OPEN)))
    }

    /// Since when something is the case that has not ended, the oldest first.
    pub fn lasting(&self, kind: Kind) -> impl Iterator<Item = i64> {
        let of_kind = self.intervals.get(&kind).into_iter();
        of_kind
            .flat_map(|of_kind| of_kind.long.range(end_of(OPEN)..))
            .map(|(_, from, _)| *from)
    }

    /// When a clock stopped in `[from, to)`, and what it said.
    pub fn stops(&self, clock: Clock, from: i64, to: i64) -> impl Iterator<Item = (i64, Reading)> {
        let bound = move |at: i64| (at, Arc::<str>::from(""), Reading::Took(i64::MIN));
        self.marks
            .get(&clock)
            .into_iter()
            .flat_map(move |of_clock| of_clock.range(bound(from)..bound(to)))
            .flat_map(|((at, _, reading), count)| (0..*count).map(move |_| (*at, *reading)))
    }
}

impl Intervals {
    fn add(&mut self, interval: ByEnd) {
        self.alike(&interval).insert(interval);
    }

    fn remove(&mut self, interval: &ByEnd) {
        self.alike(interval).remove(interval);
    }

    fn alike(&mut self, (end, from, _): &ByEnd) -> &mut BTreeSet<ByEnd> {
        if end.saturating_sub(*from) <= SHORT_MS {
            &mut self.short
        } else {
            &mut self.long
        }
    }

    /// Those that share time with `[from, to)`.
    fn reaching_into(&self, from: i64, to: i64) -> impl Iterator<Item = &ByEnd> {
        let first = end_of(from + 1);
        let short = self.short.range(first.clone()..end_of(to + SHORT_MS));
        let long = self.long.range(first..);
        short.chain(long).filter(move |(_, start, _)| *start < to)
    }
}

/// Before all intervals with this end.
fn end_of(at: i64) -> ByEnd {
    (at, i64::MIN, Arc::from(""))
}

fn by_end(interval: &Interval) -> ByEnd {
    let end = interval.to.unwrap_or(OPEN);
    (end, interval.from, interval.subject.clone())
}

#[cfg(test)]
mod tests;
