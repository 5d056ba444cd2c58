//! The life of an appointment: `docs/clocks.md`, "An appointment".

use std::sync::Arc;

use events::fact::AppointmentEvent;
use events::id::{SlotId, WardId};
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::slot::SlotUse;
use super::{Folded, Key, Timeline};
use crate::trace::{Clock, Interval, Kind, Mark, Reading};

/// What was said of an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentSaid {
    /// The clinic.
    pub ward: WardId,
    /// Which slot it takes; counts when it is booked.
    pub slot: Option<SlotId>,
    /// What happened.
    pub event: AppointmentEvent,
}

/// An appointment, folded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AppointmentLife {
    /// Since when the patient waits for a room, and at which clinic.
    pub waiting: Option<(WardId, i64)>,
    /// Whether it is over, or called off.
    pub closed: bool,
    /// The slots that it took.
    pub slots: Vec<SlotUse>,
    /// Traces and refusals, until they are taken.
    #[serde(skip)]
    pub folded: Folded,
}

/// Folds what was said of an appointment.
pub fn fold(subject: &Arc<str>, timeline: &Timeline<AppointmentSaid>) -> AppointmentLife {
    let mut folding = Folding::of(subject);
    for (key, said) in timeline.iter() {
        if let Err(reason) = folding.apply(key, said) {
            folding.life.folded.refused.push((key, reason));
        }
    }
    folding.finish()
}

struct Folding {
    subject: Arc<str>,
    life: AppointmentLife,
    scheduled: Option<(WardId, i64)>,
    /// When it was first booked, since it was last closed.
    booked: Option<i64>,
    /// When the patient first arrived.
    arrived: Option<i64>,
    roomed: bool,
    no_show: bool,
    cancelled: bool,
    /// Whether the patient came, since it was last closed.
    came: bool,
    /// The slot that it has.
    has: Option<SlotUse>,
}

impl Folding {
    fn of(subject: &Arc<str>) -> Self {
        Self {
            subject: subject.clone(),
            life: AppointmentLife::default(),
            scheduled: None,
            booked: None,
            arrived: None,
            roomed: false,
            no_show: false,
            cancelled: false,
            came: false,
            has: None,
        }
    }

    fn apply(&mut self, key: Key, said: &AppointmentSaid) -> Result<(), Reason> {
        let (at, ward, event) = (key.0, &said.ward, said.event);
        if let AppointmentEvent::Booked(scheduled) = event {
            self.take_slot(at, said.slot.as_ref());
            self.book(at, ward, scheduled.0);
            return Ok(());
        }
        if self.life.closed {
            return Err(Reason::RefusedVisitState);
        }
        if shows_presence(event) {
            self.came = true;
            self.has.iter_mut().for_each(|slot| slot.came = true);
        }
        match event {
            AppointmentEvent::Arrived => {
                self.arrived.get_or_insert(at);
                self.life.waiting.get_or_insert_with(|| (ward.clone(), at));
            }
            AppointmentEvent::Roomed => {
                let since = self.life.waiting.as_ref().map(|(_, since)| *since);
                let reading = since.map_or(Reading::Missing, |since| Reading::Took(at - since));
                self.mark(ward, Clock::AppointmentWait, at, reading);
                self.roomed = true;
                self.end_waiting(at);
            }
            AppointmentEvent::Started => {
                if !self.roomed {
                    self.mark(ward, Clock::AppointmentWait, at, Reading::Missing);
                }
                self.end_waiting(at);
            }
            AppointmentEvent::Ended => {
                self.mark(ward, Clock::CycleTime, at, self.cycle(at));
                self.close(at);
            }
            AppointmentEvent::Cancelled => {
                self.cancelled = true;
                self.give_back(at);
                self.close(at);
            }
            AppointmentEvent::NoShow => {
                self.no_show = true;
                self.close(at);
            }
            AppointmentEvent::Booked(_) => {}
        }
        Ok(())
    }

    /// Of one that is over the slot stays what it was: had, or missed.
    fn take_slot(&mut self, at: i64, slot: Option<&SlotId>) {
        if self.life.closed {
            self.life.slots.extend(self.has.take());
            self.came = false;
        }
        if self.has.as_ref().map(|has| &has.slot) == slot {
            return;
        }
        self.give_back(at);
        self.has = slot.map(|slot| SlotUse {
            slot: slot.clone(),
            from: at,
            to: None,
            came: self.came,
        });
    }

    fn give_back(&mut self, at: i64) {
        let given = self.has.take();
        let given = given.map(|slot| SlotUse {
            to: Some(at),
            ..slot
        });
        self.life.slots.extend(given);
    }

    /// Books it, or books it again: what was is no longer.
    fn book(&mut self, at: i64, ward: &WardId, scheduled: i64) {
        self.scheduled = Some((ward.clone(), scheduled));
        if self.life.closed {
            (self.arrived, self.roomed, self.booked) = (None, false, None);
        }
        self.booked.get_or_insert(at);
        (self.life.closed, self.no_show, self.cancelled) = (false, false, false);
    }

    /// How long the patient has been here, not counted before the scheduled time.
    fn cycle(&self, at: i64) -> Reading {
        let scheduled = self.scheduled.as_ref().map(|(_, scheduled)| *scheduled);
        match self.arrived.map(|arrived| Some(arrived).max(scheduled)) {
            Some(Some(since)) if since <= at => Reading::Took(at - since),
            Some(_) => Reading::Invalid,
            None => Reading::Missing,
        }
    }

    fn close(&mut self, at: i64) {
        self.end_waiting(at);
        self.life.closed = true;
    }

    fn end_waiting(&mut self, at: i64) {
        if let Some((ward, since)) = self.life.waiting.take() {
            self.interval(ward, since, Some(at));
        }
    }

    fn finish(mut self) -> AppointmentLife {
        self.life.slots.extend(self.has.take());
        if let Some((ward, since)) = self.life.waiting.clone() {
            self.interval(ward, since, None);
        }
        if let Some((ward, scheduled)) = self.scheduled.clone()
            && !self.cancelled
        {
            let no_show = Reading::Took(i64::from(self.no_show));
            self.mark(&ward, Clock::Scheduled, scheduled, no_show);
            let lead = self
                .booked
                .map_or(Reading::Missing, |at| Reading::Took(scheduled - at));
            self.mark(&ward, Clock::LeadTime, scheduled, lead);
        }
        self.life
    }

    fn interval(&mut self, ward: WardId, from: i64, to: Option<i64>) {
        self.life.folded.traces.intervals.push(Interval {
            ward,
            kind: Kind::AwaitingRoom,
            subject: self.subject.clone(),
            from,
            to,
        });
    }

    fn mark(&mut self, ward: &WardId, clock: Clock, at: i64, reading: Reading) {
        self.life.folded.traces.marks.push(Mark {
            ward: ward.clone(),
            clock,
            at,
            subject: self.subject.clone(),
            reading,
        });
    }
}

/// Whether the patient must be there for it.
const fn shows_presence(event: AppointmentEvent) -> bool {
    matches!(
        event,
        AppointmentEvent::Arrived
            | AppointmentEvent::Roomed
            | AppointmentEvent::Started
            | AppointmentEvent::Ended
    )
}
