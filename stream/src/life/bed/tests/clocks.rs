//! The three clocks of a bed, by example: `docs/clocks.md`, "Its three clocks".

use super::*;
use crate::life::bed::clocks::Word;

const BOTH: OccupancySource = OccupancySource::Both;

fn word(occupied: bool, since: i64) -> Option<Word> {
    Some(Word { occupied, since })
}

/// When something was the case.
fn spans(folded: &Folded, kind: Kind) -> Vec<(i64, Option<i64>)> {
    let intervals = folded.traces.intervals.iter();
    let of_kind = intervals.filter(|interval| interval.kind == kind);
    of_kind
        .map(|interval| (interval.from, interval.to))
        .collect()
}

fn left(at: i64) -> (i64, BedEvent) {
    (at, Leave(visit(), Left::Discharged))
}

/// A patient comes, leaves, and is discharged long after the bed has been cleaned.
fn cleaned_ahead() -> Vec<(i64, BedEvent)> {
    vec![
        (0, Tap(BedTap::Clean)),
        (10, Enter(visit())),
        (12, Pad(true)),
        (50, Pad(false)),
        (60, Cleaning(Started)),
        (80, Cleaning(Done)),
        left(100),
    ]
}

#[test]
fn each_clock_says_what_was_said_to_it_and_since_when() {
    let events = cleaned_ahead();
    let says = |events: &[(i64, BedEvent)]| {
        let clocks = life(BOTH, events).0.clocks;
        (clocks.adt, clocks.staff, clocks.sensor)
    };
    assert_eq!(says(&events[..0]), (None, None, None));
    assert_eq!(says(&events[..1]), (None, word(false, 0), None));
    assert_eq!(says(&events[..2]), (word(true, 10), None, None));
    assert_eq!(says(&events[..4]), (word(true, 10), None, word(false, 50)));
    let found = (word(true, 10), word(false, 60), word(false, 50));
    assert_eq!(says(&events[..5]), found);
    assert_eq!(says(&events[..6]), found, "since it was first said");
    let all = (word(false, 100), word(false, 60), word(false, 50));
    assert_eq!(says(&events), all);
}

#[test]
fn they_agree_disagree_and_hide_a_bed() {
    let (_, folded) = life(BOTH, &cleaned_ahead());
    assert_eq!(spans(&folded, Kind::Disputed), [(50, Some(100))]);
    assert_eq!(spans(&folded, Kind::Ghost), [(50, Some(100))]);
    assert_eq!(spans(&folded, Kind::Hidden), [(50, Some(60))]);
    let (_, folded) = life(OccupancySource::Pad, &cleaned_ahead());
    let disputed = [(10, Some(12)), (50, Some(100))];
    assert_eq!(spans(&folded, Kind::Disputed), disputed);
    assert_eq!(spans(&folded, Kind::Hidden), [(50, Some(60))]);
}

#[test]
fn a_pad_that_is_stuck_is_disputed_until_it_speaks() {
    let stuck = [(10, Enter(visit())), (12, Pad(true)), left(40)];
    let (state, folded) = life(BOTH, &stuck);
    assert_eq!(
        state.occupied_since, None,
        "what is believed stays as it was"
    );
    assert_eq!(spans(&folded, Kind::Disputed), [(40, None)]);
    assert_eq!(spans(&folded, Kind::Ghost), []);
}

#[test]
fn the_lag_of_a_discharge_is_measured_on_every_ward_with_a_pad() {
    let lags = |source, events: &[(i64, BedEvent)]| {
        let marks = marks(&life(source, events).1).into_iter();
        let lags = marks.filter(|(clock, ..)| *clock == Clock::DischargeEntry);
        lags.map(|(_, at, reading)| (at, reading))
            .collect::<Vec<_>>()
    };
    for source in [OccupancySource::Pad, OccupancySource::Visits, BOTH] {
        let lag = [(100, Reading::Took(50))];
        assert_eq!(lags(source, &cleaned_ahead()), lag, "{source:?}");
        let there = [(10, Enter(visit())), (12, Pad(true)), left(40)];
        assert_eq!(lags(source, &there), [(40, Reading::Invalid)]);
        let never_felt = [(0, Pad(false)), (10, Enter(visit())), left(40)];
        assert_eq!(lags(source, &never_felt), [(40, Reading::Missing)]);
        let no_pad = [(10, Enter(visit())), left(40)];
        assert_eq!(lags(source, &no_pad), []);
        let moved = (40, Leave(visit(), Left::Vacated));
        let moved = [
            (10, Enter(visit())),
            (12, Pad(true)),
            (20, Pad(false)),
            moved,
        ];
        assert_eq!(lags(source, &moved), [], "a move is no discharge");
    }
}

#[test]
fn no_double_discharge() {
    for source in [OccupancySource::Visits, BOTH] {
        let (state, folded) = life(source, &cleaned_ahead());
        assert_eq!(state.cleanliness, Cleanliness::Clean(80));
        assert_eq!(spans(&folded, Kind::Dirty), []);
        let turns = marks(&folded).into_iter();
        let mut turns = turns.filter(|(clock, ..)| *clock == Clock::BedTurn);
        assert_eq!(turns.next(), Some((Clock::BedTurn, 80, Reading::Missing)));
        assert_eq!(folded.refused.len(), 1, "that it began");
    }
    let mut second = cleaned_ahead();
    second.insert(0, (-1, BedEvent::Version(2)));
    let (state, folded) = life(BOTH, &second);
    assert_eq!(state.cleanliness, Cleanliness::Dirty(100));
    assert_eq!(folded.refused.len(), 2);
}

/// Each of these makes the discharge dirty the bed after all.
#[test]
fn a_bed_that_was_not_cleaned_after_its_patient_left_is_dirty() {
    let with = |place: usize, at: i64, event: BedEvent| {
        let mut events = cleaned_ahead();
        events.insert(place, (at, event));
        life(BOTH, &events).0.cleanliness
    };
    let dirty = Cleanliness::Dirty(100);
    assert_eq!(with(6, 90, Pad(true)), dirty, "somebody came back");
    assert_eq!(with(6, 90, Tap(BedTap::Dirty)), dirty, "staff say so");
    let second = VisitId::new("v2").unwrap();
    let mut shared = cleaned_ahead();
    shared.insert(6, (90, Enter(second.clone())));
    shared.push((110, Leave(second, Left::Discharged)));
    assert_eq!(life(BOTH, &shared).0.cleanliness, Cleanliness::Dirty(110));
    let without = |event: &BedEvent| {
        let mut events = cleaned_ahead();
        events.retain(|(_, of)| of != event);
        life(BOTH, &events).0.cleanliness
    };
    assert_eq!(without(&Pad(false)), dirty, "the pad feels somebody");
    assert_eq!(without(&Pad(true)), dirty, "the pad never felt anybody");
    assert_eq!(without(&Cleaning(Done)), dirty);
}
