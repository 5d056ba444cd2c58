//! Visits, one after the other: the table "A visit".

use events::fact::{Fact, VisitEvent, What};
use events::id::{VisitId, WardId};
use events::place::{BedKey, Place};
use events::time::Span;

use super::{
    Began, Clock, EmergencyStay, Ended, OPEN, Stay, Timeline, Took, VisitNow, Wait, Whither, by,
};

const REQUEST: &str = "request_to_assign";

/// A visit entered or left a bed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) at: i64,
    pub(super) bed: BedKey,
    pub(super) visit: VisitId,
    pub(super) way: Way,
    /// Who comes could have come since: the bed was promised, and the patient ready.
    pub(super) due: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    In,
    Out,
    /// Left by `discharged`.
    Discharged,
    /// Left by `cancelled` or `placed_by_cancel`.
    Cancelled,
}

/// A visit while it is replayed.
struct Visit<'a> {
    id: &'a VisitId,
    closed: bool,
    place: Option<(&'a Place, i64, Began)>,
    request: Option<(&'a WardId, i64)>,
    leaving: Option<(&'a WardId, i64)>,
    /// When it last came from no place.
    came: Option<i64>,
    reserved: Option<(&'a Place, i64)>,
    /// When it said that it could move.
    can_move: Option<i64>,
    is_emergency: bool,
    /// It is where it came to; the first time in a bed or a room there.
    entrance: Option<Option<i64>>,
    /// When the admission was decided, and on which ward.
    decided: Option<(i64, Option<&'a WardId>)>,
    expected: Option<i64>,
    moves: &'a mut Vec<Move>,
    timeline: &'a mut Timeline,
}

pub(super) fn replay(facts: &[&Fact], timeline: &mut Timeline) -> Vec<Move> {
    let mut moves = Vec::new();
    let visits = by(facts, |what| match what {
        What::Visit { visit, event, .. } => Some((visit, event)),
        _ => None,
    });
    for (id, events) in visits {
        let mut visit = Visit {
            id,
            closed: false,
            place: None,
            request: None,
            leaving: None,
            came: None,
            reserved: None,
            can_move: None,
            is_emergency: false,
            entrance: None,
            decided: None,
            expected: None,
            moves: &mut moves,
            timeline,
        };
        for (at, event) in events {
            visit.take(at, event);
        }
        visit.say_now();
        visit.emergency_ends(None);
        visit.move_ends(OPEN);
        visit.stay_ends(OPEN, Ended::Neither);
        visit.request_ends(OPEN);
        visit.leaving_ends(OPEN);
    }
    moves
}

impl<'a> Visit<'a> {
    fn take(&mut self, at: i64, event: &'a VisitEvent) {
        let reopens = matches!(
            event,
            VisitEvent::Admitted(_) | VisitEvent::PlacedByCancel(_)
        );
        if self.closed && !reopens {
            return;
        }
        match event {
            VisitEvent::BedRequested(ward) => {
                self.request_ends(at);
                self.request = Some((ward, at));
            }
            VisitEvent::BedAssigned(place) => self.assigned(at, place),
            VisitEvent::Admitted(place) | VisitEvent::Transferred(place) => {
                self.placed(at, place, false);
            }
            VisitEvent::PlacedByCancel(place) => self.placed(at, place, true),
            VisitEvent::ReadyToLeave => {
                if let (Some((place, ..)), None) = (self.place, self.leaving) {
                    self.leaving = Some((&place.ward, at));
                }
            }
            VisitEvent::Discharged | VisitEvent::LeftUnseen if self.place.is_some() => {
                if let Some((place, ..)) = self.place {
                    let stayed = self.came.map_or(Took::Missing, |came| Took::Ms(at - came));
                    self.count("length_of_stay", at, &place.ward, stayed);
                }
                let whither = match event {
                    VisitEvent::LeftUnseen => Whither::Unseen,
                    _ => Whither::Out,
                };
                self.emergency_ends(Some((at, whither)));
                self.close(at, Ended::Departure, Way::Discharged);
            }
            VisitEvent::Cancelled => self.close(at, Ended::Neither, Way::Cancelled),
            VisitEvent::Merged(_) => self.close(at, Ended::Neither, Way::Out),
            VisitEvent::ExpectedDischarge(expected) => self.expected = Some(expected.0),
            VisitEvent::ReadyToMove => {
                self.move_ends(at);
                self.can_move = Some(at);
            }
            VisitEvent::Emergency => self.is_emergency = true,
            VisitEvent::AdmissionDecided => {
                self.decided = Some((at, self.place.map(|(place, ..)| &place.ward)));
            }
            VisitEvent::StayBegan(began) => {
                if self.place.is_some() && began.0 <= at {
                    self.came = Some(began.0);
                }
            }
            VisitEvent::Discharged | VisitEvent::LeftUnseen => {}
        }
    }

    fn assigned(&mut self, at: i64, place: &'a Place) {
        match self.request {
            Some((ward, since)) => self.count(REQUEST, at, ward, Took::Ms(at - since)),
            None => self.count(REQUEST, at, &place.ward, Took::Missing),
        }
        self.request_ends(at);
        self.move_ends(at);
        self.reserved = Some((place, at));
    }

    fn placed(&mut self, at: i64, to: &'a Place, by_cancel: bool) {
        self.closed = false;
        self.move_ends(at);
        let promise = self.reserved.take().filter(|(bed, _)| {
            !by_cancel && bed.bed_key().is_some() && bed.bed_key() == to.bed_key()
        });
        let ready = self.can_move.take();
        if let Some((ward, _)) = self.request
            && *ward == to.ward
        {
            self.count(REQUEST, at, ward, Took::Missing);
            self.request_ends(at);
        }
        let from = self.place.map(|(place, ..)| place);
        if from.and_then(Place::bed_key) != to.bed_key() {
            let way = if by_cancel { Way::Cancelled } else { Way::Out };
            self.bed_changes(at, from, way);
            let due = promise.map(|(_, since)| ready.unwrap_or(since).max(since));
            self.moves_in(at, to, due);
            if let Some((_, since)) = promise {
                self.count("assign_to_occupy", at, &to.ward, Took::Ms(at - since));
            }
        }
        let is_new_bed = to.bed.is_some() && from.and_then(Place::bed_key) != to.bed_key();
        let goes_on = from.is_some_and(|from| from.ward != to.ward);
        let boards = self.is_emergency && self.entrance.is_some() && goes_on;
        if goes_on && by_cancel {
            self.entrance = None;
        } else if goes_on {
            self.emergency_ends(Some((at, Whither::Ward)));
        }
        if is_new_bed && !by_cancel {
            self.pulled(at, to, boards);
        }
        self.changes_place(at, to, by_cancel);
        if let Some(space) = &mut self.entrance
            && (to.bed.is_some() || to.room.is_some())
        {
            *space = space.or(Some(at));
        }
    }

    /// A bed is reached, maybe one for which the patient was to be admitted.
    fn pulled(&mut self, at: i64, to: &Place, boards: bool) {
        match self.decided {
            Some((since, on)) if on != Some(&to.ward) => {
                self.count("pull_time", at, &to.ward, Took::Ms(at - since));
                self.decided = None;
            }
            None if boards => self.count("pull_time", at, &to.ward, Took::Missing),
            _ => {}
        }
    }

    fn changes_place(&mut self, at: i64, to: &'a Place, by_cancel: bool) {
        self.place = match self.place {
            Some((place, since, began)) if place.ward == to.ward => Some((to, since, began)),
            Some(_) => {
                self.leaving_ends(at);
                let (ended, began) = match by_cancel {
                    true => (Ended::Neither, Began::Neither),
                    false => (Ended::TransferOut, Began::TransferIn),
                };
                self.stay_ends(at, ended);
                Some((to, at, began))
            }
            None if by_cancel => Some((to, at, Began::Neither)),
            None => {
                self.came = Some(at);
                self.entrance = Some(None);
                Some((to, at, Began::Arrival))
            }
        };
    }

    fn close(&mut self, at: i64, ended: Ended, way: Way) {
        self.closed = true;
        (self.entrance, self.decided) = (None, None);
        self.move_ends(at);
        self.can_move = None;
        (self.reserved, self.expected) = (None, None);
        self.bed_changes(at, self.place.map(|(place, ..)| place), way);
        self.stay_ends(at, ended);
        self.request_ends(at);
        self.leaving_ends(at);
    }

    /// Notes how it stands at the end.
    fn say_now(&mut self) {
        self.timeline.visits.push(VisitNow {
            visit: self.id.clone(),
            reserved: self.reserved.and_then(|(place, _)| place.bed_key()),
            ready_to_leave: self.leaving.map(|(_, since)| since),
            expected_discharge: self.expected,
        });
    }

    fn bed_changes(&mut self, at: i64, place: Option<&Place>, way: Way) {
        if let Some(bed) = place.and_then(Place::bed_key) {
            let visit = self.id.clone();
            self.moves.push(Move {
                at,
                bed,
                visit,
                way,
                due: None,
            });
        }
    }

    fn moves_in(&mut self, at: i64, place: &Place, due: Option<i64>) {
        let before = self.moves.len();
        self.bed_changes(at, Some(place), Way::In);
        if self.moves.len() > before
            && let Some(entered) = self.moves.last_mut()
        {
            entered.due = due;
        }
    }

    /// It leaves where it came to, or (absent) is there in the end.
    fn emergency_ends(&mut self, left: Option<(i64, Whither)>) {
        let Some(space) = self.entrance.take().filter(|_| self.is_emergency) else {
            return;
        };
        let (Some((place, ..)), Some(came)) = (self.place, self.came) else {
            return;
        };
        self.timeline.emergencies.push(EmergencyStay {
            ward: place.ward.clone(),
            subject: self.id.to_string(),
            came,
            space,
            decided: self.decided.map(|(at, _)| at),
            left,
        });
    }

    /// What waited for the patient to be brought there.
    fn move_ends(&mut self, to: i64) {
        if let (Some((place, promised)), Some(ready)) = (self.reserved, self.can_move) {
            let wait = self.waited(&place.ward, promised.max(ready), to);
            self.timeline.moving.push(wait);
        }
    }

    fn stay_ends(&mut self, at: i64, ended: Ended) {
        if let Some((place, since, began)) = self.place.take() {
            self.timeline.stays.push(Stay {
                ward: place.ward.clone(),
                subject: self.id.to_string(),
                span: Span {
                    from: since,
                    to: at,
                },
                began,
                ended,
                came: self.came,
            });
        }
    }

    fn request_ends(&mut self, at: i64) {
        if let Some((ward, since)) = self.request.take() {
            let wait = self.waited(ward, since, at);
            self.timeline.requests.push(wait);
        }
    }

    fn leaving_ends(&mut self, at: i64) {
        if let Some((ward, since)) = self.leaving.take() {
            let wait = self.waited(ward, since, at);
            self.timeline.departures.push(wait);
        }
    }

    fn waited(&self, ward: &WardId, from: i64, to: i64) -> Wait {
        Wait {
            ward: ward.clone(),
            subject: self.id.to_string(),
            span: Span { from, to },
        }
    }

    fn count(&mut self, kpi: &'static str, end: i64, ward: &WardId, took: Took) {
        self.timeline.clocks.push(Clock {
            kpi,
            ward: ward.clone(),
            subject: self.id.to_string(),
            end,
            took,
        });
    }
}
