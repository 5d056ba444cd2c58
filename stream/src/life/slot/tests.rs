//! When a slot could be booked, and what is left of it.

use events::time::EventTime;

use super::*;
use crate::life::{Order, Timeline};

const START: i64 = 1_000;
const END: i64 = 1_030;

fn said(at: i64, event: SlotEvent) -> ((i64, Order), SlotSaid) {
    let said = SlotSaid {
        ward: WardId::new("clinic").unwrap(),
        kind: "first/visit".to_owned(),
        event,
    };
    ((at, Order::FIRST), said)
}

fn offered(at: i64, start: i64) -> ((i64, Order), SlotSaid) {
    let end = EventTime(start + END - START);
    let start = EventTime(start);
    said(at, SlotEvent::Offered { start, end })
}

fn used(from: i64, to: Option<i64>, came: bool) -> SlotUse {
    let slot = SlotId::new("s1").unwrap();
    SlotUse {
        slot,
        from,
        to,
        came,
    }
}

/// Kind and time of what is left behind; of an open slot also the start that it has.
fn left(said: Vec<((i64, Order), SlotSaid)>, uses: &[SlotUse]) -> Vec<(Kind, i64, i64, i64)> {
    let mut timeline = Timeline::default();
    for (key, said) in said {
        timeline.insert(key, said);
    }
    let uses: Vec<&SlotUse> = uses.iter().collect();
    let life = fold(&"s1".into(), &timeline, &uses);
    let intervals = life.folded.traces.intervals.iter();
    intervals
        .map(|interval| {
            let open = Bookable::read(&interval.subject);
            assert!(open.is_none_or(|open| open.kind == "first/visit"));
            let start = open.map_or(0, |open| open.start);
            (interval.kind, interval.from, interval.to.unwrap(), start)
        })
        .collect()
}

#[test]
fn a_slot_is_open_until_it_is_taken_or_begins() {
    let open = |from, to| (Kind::SlotOpen, from, to, START);
    let offer = (Kind::SlotOffered, START, END, 0);
    let booked = (Kind::SlotBooked, START, END, 0);
    let arrived = (Kind::SlotArrived, START, END, 0);
    assert_eq!(
        left(vec![offered(10, START)], &[]),
        [open(10, START), offer]
    );
    let kept = used(20, None, true);
    assert_eq!(
        left(vec![offered(10, START)], &[kept]),
        [open(10, 20), offer, booked, arrived]
    );
    let missed = used(20, None, false);
    let given_back = used(15, Some(30), false);
    assert_eq!(
        left(vec![offered(10, START)], &[missed, given_back.clone()]),
        [open(10, 15), offer, booked]
    );
    assert_eq!(
        left(vec![offered(10, START)], &[given_back]),
        [open(10, 15), open(30, START), offer]
    );
    let taken = said(40, SlotEvent::Booked);
    let again = offered(50, START);
    assert_eq!(
        left(vec![offered(10, START), taken.clone()], &[]),
        [open(10, 40), offer, booked]
    );
    assert_eq!(
        left(vec![offered(10, START), taken, again], &[]),
        [open(10, 40), open(50, START), offer]
    );
}

#[test]
fn a_slot_that_is_moved_or_withdrawn_is_not_where_it_was() {
    let moved = vec![offered(10, START), offered(20, START + 500)];
    assert_eq!(
        left(moved, &[]),
        [
            (Kind::SlotOpen, 10, 20, START),
            (Kind::SlotOpen, 20, START + 500, START + 500),
            (Kind::SlotOffered, START + 500, END + 500, 0),
        ]
    );
    let withdrawn = vec![offered(10, START), said(20, SlotEvent::Withdrawn)];
    let uses = [used(15, None, true)];
    assert_eq!(left(withdrawn, &uses), [(Kind::SlotOpen, 10, 15, START)]);
    assert_eq!(left(vec![], &uses), []);
}

#[test]
fn what_its_state_does_not_allow_is_refused() {
    for event in [SlotEvent::Booked, SlotEvent::Withdrawn] {
        let mut timeline = Timeline::default();
        let (key, said) = said(10, event);
        timeline.insert(key, said);
        let refused = fold(&"s1".into(), &timeline, &[]).folded.refused;
        assert_eq!(refused, [(key, Reason::RefusedVisitState)]);
    }
    let mut timeline = Timeline::default();
    let backwards = SlotEvent::Offered {
        start: EventTime(5),
        end: EventTime(5),
    };
    let (key, said) = said(10, backwards);
    timeline.insert(key, said);
    assert_eq!(fold(&"s1".into(), &timeline, &[]).folded.refused.len(), 1);
}
