//! What a visit's way from ward to ward leaves behind: how it ends, which bed it
//! reaches, and for how long it has been here.

use events::id::WardId;
use events::reason::Reason;
use events::time::DAY_MS;

use super::emergency::End;
use super::{Folding, Left};
use crate::life::Key;
use crate::trace::{Clock, Kind, Reading};

impl Folding {
    /// Leaves the hospital.
    pub(super) fn leave(&mut self, key: Key, end: End) -> Result<(), Reason> {
        let (ward, at) = (self.ward()?, key.0);
        self.mark(&ward, Clock::Departure, at, Reading::Took(0));
        let stayed = self.came.map(|came| Reading::Took(at - came));
        let stayed = stayed.unwrap_or(Reading::Missing);
        self.mark(&ward, Clock::LengthOfStay, at, stayed);
        self.end_emergency(at, end);
        self.close(key, Left::Discharged);
        Ok(())
    }

    pub(super) fn end_emergency(&mut self, at: i64, end: End) {
        let Some((ward, came)) = self.emergency.here.clone().zip(self.came) else {
            return;
        };
        for (clock, at, reading) in self.emergency.ends(at, came, end) {
            self.mark(&ward, clock, at, reading);
        }
    }

    /// A bed is reached. Without a decision that is missing of an emergency that went on.
    pub(super) fn pull(&mut self, at: i64, ward: &WardId, went_on: bool) {
        let decided = self
            .emergency
            .decided
            .take_if(|(_, on)| on.as_ref() != Some(ward));
        match decided {
            Some((decided, _)) => self.mark(ward, Clock::PullTime, at, Reading::Took(at - decided)),
            None if went_on && self.emergency.decided.is_none() => {
                self.mark(ward, Clock::PullTime, at, Reading::Missing)
            }
            None => {}
        }
    }

    /// From when on it was long ago that the visit came.
    pub(super) fn stayed(&mut self, ward: &WardId, since: i64, to: Option<i64>) {
        let Some(came) = self.came else {
            return;
        };
        let days = [
            (7, Kind::Stayed7),
            (14, Kind::Stayed14),
            (21, Kind::Stayed21),
        ];
        for (days, kind) in days {
            let from = since.max(came + days * DAY_MS);
            if to.is_none_or(|to| to > from) {
                self.interval(ward.clone(), kind, from, to);
            }
        }
    }

    pub(super) fn end_move(&mut self, at: i64) {
        if let Some((ward, since)) = self.moving() {
            self.interval(ward, Kind::AwaitingMove, since, Some(at));
        }
    }

    /// Where a bed waits for the visit that could move, and since when both were so.
    pub(super) fn moving(&self) -> Option<(WardId, i64)> {
        let (reserved, ready) = (
            self.life.now.reserved.as_ref()?,
            self.life.now.ready_to_move?,
        );
        Some((reserved.place.ward.clone(), ready.max(reserved.assigned)))
    }
}
