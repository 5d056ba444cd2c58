//! A bed's life, by example: `docs/clocks.md`, row by row.

use super::*;
use crate::life::Order;
use crate::version;

mod clocks;

use BedEvent::{Cleaning, Enter, Leave, Pad, Tap};
use CleaningPhase::{Done, Inspected, Started};

fn visit() -> VisitId {
    VisitId::new("v1").unwrap()
}

fn life(source: OccupancySource, events: &[(i64, BedEvent)]) -> (BedState, Folded) {
    let setting = BedSetting {
        ward: WardId::new("a").unwrap(),
        subject: "b1".into(),
        source,
        version: version::NEWEST,
    };
    let order = |major| Order {
        topic: 1,
        lane: 0,
        major,
        minor: 0,
    };
    let events = events
        .iter()
        .enumerate()
        .map(|(i, (at, event))| ((*at, order(i as u64)), event));
    fold(&setting, BedState::default(), events)
}

fn marks(folded: &Folded) -> Vec<(Clock, i64, Reading)> {
    folded
        .traces
        .marks
        .iter()
        .map(|mark| (mark.clock, mark.at, mark.reading))
        .collect()
}

#[test]
fn the_whole_turnaround_with_both_sources() {
    let (state, folded) = life(
        OccupancySource::Both,
        &[
            (0, Tap(BedTap::Clean)),
            (10, Enter(visit())),
            (11, Pad(true)),
            (50, Pad(false)),
            (60, Leave(visit(), Left::Vacated)),
            (75, Cleaning(Started)),
            (90, Cleaning(Done)),
            (91, Cleaning(Inspected)),
            (120, Enter(visit())),
        ],
    );
    assert_eq!(
        marks(&folded),
        [
            (Clock::CleanToOccupied, 10, Reading::Took(10)),
            (Clock::VacatedToKnown, 60, Reading::Took(10)),
            (Clock::CleaningResponse, 75, Reading::Took(15)),
            (Clock::CleaningTime, 90, Reading::Took(15)),
            (Clock::BedTurn, 90, Reading::Took(30)),
            (Clock::CleanToOccupied, 120, Reading::Took(30)),
        ]
    );
    assert_eq!(folded.refused, []);
    assert_eq!(state.occupied_since, Some(120));
}

#[test]
fn a_pad_decides_alone_where_it_is_the_only_source() {
    let events = [(0, Pad(true)), (5, Enter(visit())), (9, Pad(false))];
    let (state, folded) = life(OccupancySource::Pad, &events);
    assert_eq!(state.occupied_since, None);
    assert_eq!(state.cleanliness, Cleanliness::Dirty(9));
    assert_eq!(marks(&folded), []);
    let (state, _) = life(OccupancySource::Visits, &events);
    assert_eq!(state.occupied_since, Some(5));
}

#[test]
fn the_pad_says_that_somebody_is_still_there() {
    let both = OccupancySource::Both;
    let (_, folded) = life(
        both,
        &[
            (0, Enter(visit())),
            (1, Pad(true)),
            (9, Leave(visit(), Left::Vacated)),
        ],
    );
    assert_eq!(
        marks(&folded),
        [(Clock::VacatedToKnown, 9, Reading::Invalid)]
    );
    let (_, folded) = life(
        both,
        &[(0, Enter(visit())), (9, Leave(visit(), Left::Vacated))],
    );
    assert_eq!(
        marks(&folded),
        [(Clock::VacatedToKnown, 9, Reading::Missing)]
    );
}

#[test]
fn a_mistake_leaves_the_bed_as_it_was() {
    let visits = OccupancySource::Visits;
    let taken_back = |first| {
        life(
            visits,
            &[
                (0, Tap(first)),
                (5, Enter(visit())),
                (9, Leave(visit(), Left::TakenBack)),
            ],
        )
        .0
        .cleanliness
    };
    assert_eq!(taken_back(BedTap::Clean), Cleanliness::Clean(9));
    assert_eq!(taken_back(BedTap::Dirty), Cleanliness::Dirty(9));
}

#[test]
fn illegal_transitions_are_refused_and_change_nothing() {
    let visits = OccupancySource::Visits;
    let refused = |events: &[(i64, BedEvent)]| life(visits, events).1.refused.len();
    let occupied = (0, Enter(visit()));
    assert_eq!(refused(&[occupied.clone(), (1, Tap(BedTap::Clean))]), 1);
    assert_eq!(refused(&[occupied.clone(), (1, Tap(BedTap::Dirty))]), 1);
    assert_eq!(refused(&[occupied.clone(), (1, Cleaning(Started))]), 1);
    assert_eq!(refused(&[occupied, (1, Cleaning(Done))]), 1);
    assert_eq!(refused(&[(0, Tap(BedTap::Clean)), (1, Cleaning(Done))]), 1);
    assert_eq!(
        refused(&[(0, Tap(BedTap::Dirty)), (1, Cleaning(Inspected))]),
        1
    );
    assert_eq!(
        refused(&[(0, Cleaning(Started)), (1, Cleaning(Started))]),
        1
    );
    assert_eq!(
        refused(&[(0, Tap(BedTap::Clean)), (1, Tap(BedTap::Clean))]),
        0
    );
}

#[test]
fn what_was_not_said_is_missing_and_not_guessed() {
    let visits = OccupancySource::Visits;
    let (_, folded) = life(visits, &[(0, Tap(BedTap::Dirty)), (9, Tap(BedTap::Clean))]);
    assert_eq!(
        marks(&folded),
        [
            (Clock::BedTurn, 9, Reading::Took(9)),
            (Clock::CleaningResponse, 9, Reading::Missing),
            (Clock::CleaningTime, 9, Reading::Missing),
        ]
    );
    let (_, folded) = life(visits, &[(0, Cleaning(Started)), (9, Cleaning(Done))]);
    assert_eq!(
        marks(&folded),
        [
            (Clock::CleaningResponse, 0, Reading::Missing),
            (Clock::CleaningTime, 9, Reading::Took(9)),
            (Clock::BedTurn, 9, Reading::Missing),
        ]
    );
}

/// A state may stand for all that came before it, wherever one cuts.
#[test]
fn a_state_stands_for_its_past() {
    let events = [
        (0, Tap(BedTap::Clean)),
        (10, Enter(visit())),
        (11, Pad(true)),
        (50, Pad(false)),
        (60, Leave(visit(), Left::Vacated)),
        (75, Cleaning(Started)),
        (90, Cleaning(Done)),
        (120, Enter(visit())),
    ];
    let setting = BedSetting {
        ward: WardId::new("a").unwrap(),
        subject: "b1".into(),
        source: OccupancySource::Both,
        version: version::NEWEST,
    };
    let order = Order {
        topic: 1,
        lane: 0,
        major: 0,
        minor: 0,
    };
    let keyed = || events.iter().map(|(at, event)| ((*at, order), event));
    let (whole, _) = fold(&setting, BedState::default(), keyed());
    for cut in 0..=events.len() {
        let (half, _) = fold(&setting, BedState::default(), keyed().take(cut));
        let (both, _) = fold(&setting, half, keyed().skip(cut));
        assert_eq!(both, whole, "cut before event {cut}");
    }
}
