//! A visit's life, by example.

use events::id::{BedId, WardId};
use events::place::Place;
use events::time::EventTime;

use super::*;
use crate::life::Order;

fn place(ward: &str, bed: &str) -> Place {
    Place {
        ward: WardId::new(ward).unwrap(),
        room: None,
        bed: (!bed.is_empty()).then(|| BedId::new(bed).unwrap()),
    }
}

fn life(events: &[(i64, VisitEvent)]) -> VisitLife {
    let mut timeline = Timeline::default();
    for (index, (at, event)) in events.iter().enumerate() {
        let order = Order {
            topic: 1,
            lane: 0,
            major: index as u64,
            minor: 0,
        };
        timeline.insert((*at, order), event.clone());
    }
    fold(&"v1".into(), &timeline)
}

fn marks(life: &VisitLife) -> Vec<(&str, Clock, i64, Reading)> {
    let marks = life.folded.traces.marks.iter();
    marks
        .map(|mark| (mark.ward.as_str(), mark.clock, mark.at, mark.reading))
        .collect()
}

use VisitEvent::{
    Admitted, BedAssigned, BedRequested, Cancelled, Discharged, PlacedByCancel, ReadyToLeave,
    Transferred,
};

#[test]
fn from_request_to_discharge() {
    let ward = WardId::new("a").unwrap();
    let life = life(&[
        (0, Admitted(place("ed", ""))),
        (10, BedRequested(ward.clone())),
        (40, BedAssigned(place("a", "b1"))),
        (50, Transferred(place("a", "b1"))),
        (90, ReadyToLeave),
        (99, Discharged),
    ]);
    assert_eq!(
        marks(&life),
        [
            ("ed", Clock::Arrival, 0, Reading::Took(0)),
            ("a", Clock::RequestToAssign, 40, Reading::Took(30)),
            ("ed", Clock::TransferOut, 50, Reading::Took(0)),
            ("a", Clock::TransferIn, 50, Reading::Took(0)),
            ("ed", Clock::WardStay, 50, Reading::Took(50)),
            ("a", Clock::AssignToOccupy, 50, Reading::Took(10)),
            ("a", Clock::Departure, 99, Reading::Took(0)),
            ("a", Clock::LengthOfStay, 99, Reading::Took(99)),
            ("a", Clock::WardStay, 99, Reading::Took(49)),
        ]
    );
    let intervals = life.folded.traces.intervals.iter();
    let intervals: Vec<_> = intervals
        .map(|i| (i.ward.as_str(), i.kind, i.from, i.to))
        .collect();
    assert_eq!(
        intervals,
        [
            ("a", Kind::AwaitingBed, 10, Some(40)),
            ("ed", Kind::OnWard, 0, Some(50)),
            ("a", Kind::AwaitingDeparture, 90, Some(99)),
            ("a", Kind::OnWard, 50, Some(99)),
        ]
    );
    assert_eq!(life.beds.len(), 1);
    assert_eq!(
        life.beds[0].to.map(|(key, left)| (key.0, left)),
        Some((99, Left::Discharged))
    );
}

#[test]
fn what_a_closed_visit_does_not_allow_is_refused() {
    let life = life(&[
        (0, Admitted(place("a", "b1"))),
        (5, Discharged),
        (6, Transferred(place("a", "b2"))),
        (7, Discharged),
        (8, Cancelled),
    ]);
    let refused: Vec<_> = life
        .folded
        .refused
        .iter()
        .map(|(key, reason)| (key.0, *reason))
        .collect();
    let reason = Reason::RefusedVisitState;
    assert_eq!(refused, [(6, reason), (7, reason)]);
    assert_eq!(life.now.closed, Some(5));
}

#[test]
fn a_cancel_puts_back_also_after_the_stay_was_closed() {
    let life = life(&[
        (0, Admitted(place("a", "b1"))),
        (5, Discharged),
        (9, PlacedByCancel(place("a", "b1"))),
    ]);
    assert_eq!(
        life.now.place.as_ref().map(|(place, _)| place.bed_key()),
        Some(place("a", "b1").bed_key())
    );
    assert!(
        !marks(&life)
            .iter()
            .any(|mark| mark.1 == Clock::Arrival && mark.2 == 9)
    );
}

#[test]
fn being_told_again_of_the_same_bed_is_no_move() {
    let life = life(&[
        (0, Admitted(place("a", "b1"))),
        (5, Admitted(place("a", "b1"))),
    ]);
    assert_eq!(life.beds.len(), 1);
    assert_eq!(life.beds[0].to, None);
}

#[test]
fn a_stay_whose_end_was_taken_back_goes_on_from_where_it_began() {
    let stays = |life: &VisitLife| -> Vec<(i64, Reading)> {
        let marks = life.folded.traces.marks.iter();
        let stays = marks.filter(|mark| mark.clock == Clock::LengthOfStay);
        stays.map(|mark| (mark.at, mark.reading)).collect()
    };
    let taken_back = life(&[
        (0, Admitted(place("a", "b1"))),
        (50, Discharged),
        (60, PlacedByCancel(place("a", "b1"))),
        (99, Discharged),
    ]);
    let expected = [(50, Reading::Took(50)), (99, Reading::Took(99))];
    assert_eq!(stays(&taken_back), expected);
    let never_came = life(&[(60, PlacedByCancel(place("a", "b1"))), (99, Discharged)]);
    assert_eq!(stays(&never_came), [(99, Reading::Missing)]);
    let again = life(&[
        (0, Admitted(place("a", "b1"))),
        (50, Discharged),
        (70, Admitted(place("a", "b1"))),
        (99, Discharged),
    ]);
    assert_eq!(stays(&again)[1], (99, Reading::Took(29)));
}

/// The clocks of emergencies, and what was wrong with one.
fn of_emergency(life: &VisitLife) -> Vec<(&str, Clock, i64, Reading)> {
    let is_it = |clock| {
        use Clock::{Boarding, EmergencyEnd, EmergencyStay, PullTime, TreatmentSpace};
        matches!(
            clock,
            Boarding | EmergencyEnd | EmergencyStay | PullTime | TreatmentSpace
        )
    };
    let marks = marks(life).into_iter();
    marks.filter(|(_, clock, ..)| is_it(*clock)).collect()
}

#[test]
fn an_emergency_waits_boards_and_goes_on() {
    let hours = |hours: i64| hours * events::time::HOUR_MS;
    let events = [
        (0, Admitted(place("ed", ""))),
        (5, VisitEvent::Emergency),
        (hours(2), Transferred(place("ed", "e1"))),
        (hours(3), VisitEvent::AdmissionDecided),
        (hours(8), BedAssigned(place("a", "b1"))),
        (hours(9), Transferred(place("a", "b1"))),
    ];
    let wrong = emergency::LONG | emergency::BOARDED | emergency::UNPLACED;
    let expected = [
        (
            "ed",
            Clock::EmergencyStay,
            hours(9),
            Reading::Took(hours(9)),
        ),
        ("ed", Clock::Boarding, hours(9), Reading::Took(hours(6))),
        (
            "ed",
            Clock::TreatmentSpace,
            hours(2),
            Reading::Took(hours(2)),
        ),
        ("ed", Clock::EmergencyEnd, hours(9), Reading::Took(wrong)),
        ("a", Clock::PullTime, hours(9), Reading::Took(hours(6))),
    ];
    assert_eq!(of_emergency(&life(&events)), expected);
    // While it lasts, only the treatment space is known; of who is none, nothing.
    let so_far = life(&events[..5]);
    assert_eq!(of_emergency(&so_far), expected[2..3]);
    let planned = [events[0].clone(), events[2].clone(), (hours(4), Discharged)];
    assert_eq!(of_emergency(&life(&planned)), []);
}

#[test]
fn who_leaves_unseen_has_no_missing_treatment_space() {
    let unseen = life(&[
        (0, Admitted(place("ed", ""))),
        (0, VisitEvent::Emergency),
        (30, VisitEvent::LeftUnseen),
    ]);
    let end = |wrong| ("ed", Clock::EmergencyEnd, 30, Reading::Took(wrong));
    let stay = ("ed", Clock::EmergencyStay, 30, Reading::Took(30));
    assert_eq!(of_emergency(&unseen), [stay, end(emergency::UNSEEN)]);
    assert_eq!(unseen.now.closed, Some(30));
    let seen = life(&[
        (0, Admitted(place("ed", ""))),
        (0, VisitEvent::Emergency),
        (30, Discharged),
    ]);
    let missing = ("ed", Clock::TreatmentSpace, 30, Reading::Missing);
    assert_eq!(of_emergency(&seen), [stay, missing, end(0)]);
}

#[test]
fn a_stay_that_began_before_is_long_from_its_day_on() {
    let day = events::time::DAY_MS;
    let life = life(&[
        (10 * day, Admitted(place("a", "b1"))),
        (10 * day, VisitEvent::StayBegan(EventTime(2 * day))),
        (20 * day, Discharged),
    ]);
    let intervals = life.folded.traces.intervals.iter();
    let long: Vec<_> = intervals
        .filter(|i| matches!(i.kind, Kind::Stayed7 | Kind::Stayed14 | Kind::Stayed21))
        .map(|i| (i.kind, i.from, i.to))
        .collect();
    assert_eq!(
        long,
        [
            (Kind::Stayed7, 10 * day, Some(20 * day)),
            (Kind::Stayed14, 16 * day, Some(20 * day)),
        ]
    );
    let stay = ("a", Clock::LengthOfStay, 20 * day, Reading::Took(18 * day));
    assert!(marks(&life).contains(&stay));
}
