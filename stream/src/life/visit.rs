//! The life of a visit, from request to discharge: `docs/clocks.md`, "A visit".

pub mod emergency;
mod way;

use std::sync::Arc;

use events::fact::VisitEvent;
use events::id::WardId;
use events::place::{BedKey, Place};
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::{Folded, Key, Timeline};
use crate::trace::{Clock, Interval, Kind, Mark, Reading};
use emergency::{Emergency, End};

/// How a stay in a place ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// The patient went away: the bed is dirty.
    Vacated,
    /// It was a mistake: the bed is as it was.
    TakenBack,
    /// As `Vacated`, by a discharge.
    Discharged,
}

/// Time in one bed, without a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedStay {
    /// The bed.
    pub bed: BedKey,
    /// The place as it was told, with its room.
    pub place: Place,
    /// Since when.
    pub from: Key,
    /// Since when the bed was assigned and the visit could move, where it was.
    pub due: Option<i64>,
    /// Until when, and how it ended.
    pub to: Option<(Key, Left)>,
}

/// Where a visit is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitNow {
    /// Its place, and since when.
    pub place: Option<(Place, Key)>,
    /// The ward it waits to be given a bed on, and since when.
    pub request: Option<(WardId, i64)>,
    /// The bed that is kept for it, since when, and when it was asked for.
    pub reserved: Option<Reserved>,
    /// Since when it could move.
    pub ready_to_move: Option<i64>,
    /// Since when nothing but leaving remains, and the ward where that was.
    pub ready_to_leave: Option<(WardId, i64)>,
    /// When it is expected to leave.
    pub expected_discharge: Option<i64>,
    /// When it was closed.
    pub closed: Option<i64>,
}

/// A bed that is kept for a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// Which.
    pub place: Place,
    /// Since when.
    pub assigned: i64,
    /// When it was asked for, if it was.
    pub requested: Option<i64>,
}

/// A visit, folded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VisitLife {
    /// Its times in beds.
    pub beds: Vec<BedStay>,
    /// Where it is now.
    pub now: VisitNow,
    /// Traces and refusals, until they are taken.
    #[serde(skip)]
    pub folded: Folded,
}

/// Folds what was said of a visit.
pub fn fold(subject: &Arc<str>, timeline: &Timeline<VisitEvent>) -> VisitLife {
    let mut folding = Folding {
        subject: subject.clone(),
        life: VisitLife::default(),
        ward_since: None,
        came: None,
        emergency: Emergency::default(),
    };
    for (key, event) in timeline.iter() {
        if let Err(reason) = folding.apply(key, event) {
            folding.life.folded.refused.push((key, reason));
        }
    }
    folding.finish()
}

struct Folding {
    subject: Arc<str>,
    life: VisitLife,
    /// The ward it is on, and since when.
    ward_since: Option<(WardId, i64)>,
    /// When it last came from outside.
    came: Option<i64>,
    emergency: Emergency,
}

impl Folding {
    fn apply(&mut self, key: Key, event: &VisitEvent) -> Result<(), Reason> {
        let at = key.0;
        match event {
            VisitEvent::BedRequested(ward) => {
                self.open()?;
                self.end_request(at);
                self.life.now.request = Some((ward.clone(), at));
            }
            VisitEvent::BedAssigned(place) => self.open().map(|()| self.assign(at, place))?,
            VisitEvent::ReadyToMove => {
                self.open()?;
                self.end_move(at);
                self.life.now.ready_to_move = Some(at);
            }
            VisitEvent::Admitted(place) => self.place(key, place, Left::Vacated),
            VisitEvent::Transferred(place) => {
                self.open()?;
                self.place(key, place, Left::Vacated);
            }
            VisitEvent::PlacedByCancel(place) => self.place(key, place, Left::TakenBack),
            VisitEvent::ReadyToLeave => {
                let ward = self.ward()?;
                self.end_departure(at);
                self.life.now.ready_to_leave = Some((ward, at));
            }
            VisitEvent::ExpectedDischarge(expected) => {
                self.open()?;
                self.life.now.expected_discharge = Some(expected.0);
            }
            VisitEvent::Discharged => self.leave(key, End::Left)?,
            VisitEvent::LeftUnseen => self.leave(key, End::LeftUnseen)?,
            VisitEvent::Emergency => self.open().map(|()| self.emergency.is_one = true)?,
            VisitEvent::AdmissionDecided => {
                self.open()?;
                let ward = self.ward_since.as_ref().map(|(ward, _)| ward.clone());
                self.emergency.decided = Some((at, ward));
            }
            VisitEvent::StayBegan(began) => {
                self.ward()?;
                if began.0 > at {
                    return Err(Reason::RefusedVisitState);
                }
                self.came = Some(began.0);
            }
            // A source says so as a matter of course also when the stay is over.
            VisitEvent::Cancelled => self.close_if_open(key, Left::TakenBack),
            VisitEvent::Merged(_) => self.close_if_open(key, Left::Vacated),
        }
        Ok(())
    }

    fn open(&self) -> Result<(), Reason> {
        match self.life.now.closed {
            Some(_) => Err(Reason::RefusedVisitState),
            None => Ok(()),
        }
    }

    fn ward(&self) -> Result<WardId, Reason> {
        let ward = self.ward_since.as_ref().map(|(ward, _)| ward.clone());
        ward.ok_or(Reason::RefusedVisitState)
    }

    fn assign(&mut self, at: i64, place: &Place) {
        let requested = self.life.now.request.clone();
        match &requested {
            Some((ward, since)) => {
                self.mark(ward, Clock::RequestToAssign, at, Reading::Took(at - since))
            }
            None => self.mark(&place.ward, Clock::RequestToAssign, at, Reading::Missing),
        }
        self.end_request(at);
        self.end_move(at);
        self.life.now.reserved = Some(Reserved {
            place: place.clone(),
            assigned: at,
            requested: requested.map(|(_, since)| since),
        });
    }

    fn place(&mut self, key: Key, place: &Place, how: Left) {
        let at = key.0;
        if self.life.now.closed.take().is_some() {
            self.life.now = VisitNow::default();
        }
        self.satisfy_request(at, &place.ward);
        self.end_move(at);
        let reserved = self.life.now.reserved.take();
        let ready = self.life.now.ready_to_move.take();
        if self.stays_in_bed(place) {
            return;
        }
        self.leave_place(key, how);
        let boards = self.emergency.is_there();
        self.change_ward(at, &place.ward, how);
        self.emergency.placed(at, place);
        if let Some(bed) = place.bed_key() {
            let told = how == Left::Vacated;
            let is_it =
                |reserved: &Reserved| told && reserved.place.bed_key().as_ref() == Some(&bed);
            let assigned = reserved.filter(is_it).map(|reserved| reserved.assigned);
            if let Some(assigned) = assigned {
                let waited = Reading::Took(at - assigned);
                self.mark(&place.ward, Clock::AssignToOccupy, at, waited);
            }
            if told {
                self.pull(at, &place.ward, boards && !self.emergency.is_there());
            }
            self.life.beds.push(BedStay {
                bed,
                place: place.clone(),
                from: key,
                due: assigned.map(|assigned| ready.map_or(assigned, |ready| ready.max(assigned))),
                to: None,
            });
        }
        self.life.now.place = Some((place.clone(), key));
    }

    /// To be told again of the bed one lies in is not a move.
    fn stays_in_bed(&self, place: &Place) -> bool {
        let now = self
            .life
            .now
            .place
            .as_ref()
            .and_then(|(now, _)| now.bed_key());
        now.is_some() && now == place.bed_key()
    }

    fn satisfy_request(&mut self, at: i64, placed_on: &WardId) {
        let asked_here = self
            .life
            .now
            .request
            .as_ref()
            .is_some_and(|(ward, _)| ward == placed_on);
        if asked_here {
            self.mark(placed_on, Clock::RequestToAssign, at, Reading::Missing);
            self.end_request(at);
        }
    }

    fn change_ward(&mut self, at: i64, to: &WardId, how: Left) {
        let from = self.ward_since.as_ref().map(|(ward, _)| ward.clone());
        if from.as_ref() == Some(to) {
            return;
        }
        if how == Left::Vacated {
            match &from {
                Some(from) => {
                    self.mark(from, Clock::TransferOut, at, Reading::Took(0));
                    self.mark(to, Clock::TransferIn, at, Reading::Took(0));
                    self.end_emergency(at, End::MovedOn);
                }
                None => {
                    self.came = Some(at);
                    self.mark(to, Clock::Arrival, at, Reading::Took(0));
                    self.emergency.comes(to);
                }
            }
        }
        if from.is_some() {
            self.end_emergency(at, End::Neither);
        }
        self.leave_ward(at);
        self.ward_since = Some((to.clone(), at));
    }

    fn close_if_open(&mut self, key: Key, how: Left) {
        if self.life.now.closed.is_none() {
            self.close(key, how);
        }
    }

    fn close(&mut self, key: Key, how: Left) {
        self.leave_place(key, how);
        self.leave_ward(key.0);
        self.end_emergency(key.0, End::Neither);
        self.emergency.decided = None;
        self.end_request(key.0);
        self.end_move(key.0);
        self.life.now = VisitNow {
            closed: Some(key.0),
            ..VisitNow::default()
        };
    }

    fn leave_place(&mut self, key: Key, how: Left) {
        let was_in_bed = self
            .life
            .now
            .place
            .take()
            .is_some_and(|(place, _)| place.bed.is_some());
        if was_in_bed && let Some(stay) = self.life.beds.last_mut() {
            stay.to = Some((key, how));
        }
    }

    fn leave_ward(&mut self, at: i64) {
        self.end_departure(at);
        if let Some((ward, since)) = self.ward_since.take() {
            self.stayed(&ward, since, Some(at));
            self.mark(&ward, Clock::WardStay, at, Reading::Took(at - since));
            self.interval(ward, Kind::OnWard, since, Some(at));
        }
    }

    fn end_request(&mut self, at: i64) {
        if let Some((ward, since)) = self.life.now.request.take() {
            self.interval(ward, Kind::AwaitingBed, since, Some(at));
        }
    }

    fn end_departure(&mut self, at: i64) {
        if let Some((ward, since)) = self.life.now.ready_to_leave.take() {
            self.interval(ward, Kind::AwaitingDeparture, since, Some(at));
        }
    }

    fn finish(mut self) -> VisitLife {
        if let Some((ward, since)) = self.ward_since.take() {
            self.stayed(&ward, since, None);
            self.interval(ward, Kind::OnWard, since, None);
        }
        if let Some((ward, since)) = self.moving() {
            self.interval(ward, Kind::AwaitingMove, since, None);
        }
        let so_far = self.came.and_then(|came| self.emergency.so_far(came));
        if let (Some((clock, at, reading)), Some(ward)) = (so_far, self.emergency.here.clone()) {
            self.mark(&ward, clock, at, reading);
        }
        if let Some((ward, since)) = self.life.now.request.clone() {
            self.interval(ward, Kind::AwaitingBed, since, None);
        }
        if let Some((ward, since)) = self.life.now.ready_to_leave.clone() {
            self.interval(ward, Kind::AwaitingDeparture, since, None);
        }
        self.life
    }

    fn interval(&mut self, ward: WardId, kind: Kind, from: i64, to: Option<i64>) {
        self.life.folded.traces.intervals.push(Interval {
            ward,
            kind,
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

#[cfg(test)]
mod tests;
