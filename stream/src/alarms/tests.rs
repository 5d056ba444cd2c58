//! What is said of an alert as its rule changes its mind.

use super::*;

const DEMAND: Demand = Demand {
    roles: 1,
    step_ms: 1_000,
    repeat_ms: 1_000,
    acknowledged_ms: 1_000,
    rises_ms: 0,
    is_high: false,
    is_asked: true,
};

fn said(steps: &[(&[Stretch], i64)]) -> Vec<Vec<(AlertState, i64, Option<i64>)>> {
    let subject = Subject {
        rule: 0,
        ward: WardId::new("a").unwrap(),
        name: "b1".into(),
    };
    let mut alarms = Alarms::default();
    let mut say = |stretches: &[Stretch], now| {
        let notices = alarms.update(&subject, stretches, (&DEMAND, ""), now);
        notices
            .iter()
            .map(|notice| (notice.state, notice.since, notice.until))
            .collect()
    };
    steps
        .iter()
        .map(|(stretches, now)| say(stretches, *now))
        .collect()
}

use AlertState::{Cleared, Raised, Retrospective, Withdrawn};

#[test]
fn an_alert_is_raised_once_and_cleared_once() {
    let open: &[Stretch] = &[(10, None)];
    let over: &[Stretch] = &[(10, Some(20))];
    assert_eq!(
        said(&[(open, 9), (open, 10), (open, 15), (over, 20), (over, 30)]),
        [
            vec![],
            vec![(Raised, 10, None)],
            vec![],
            vec![(Cleared, 10, Some(20))],
            vec![]
        ]
    );
}

#[test]
fn a_correction_withdraws_moves_or_reopens() {
    assert_eq!(
        said(&[(&[(10, None)], 15), (&[], 16)])[1],
        [(Withdrawn, 10, None)]
    );
    assert_eq!(
        said(&[(&[(10, None)], 15), (&[(12, None)], 16)])[1],
        [(Raised, 12, None)]
    );
    assert_eq!(
        said(&[(&[(10, Some(12))], 15), (&[(10, None)], 16)])[1],
        [(Raised, 10, None)]
    );
}

#[test]
fn no_two_alerts_have_one_name() {
    let subject = Subject {
        rule: 0,
        ward: WardId::new("a").unwrap(),
        name: "b1".into(),
    };
    let mut alarms = Alarms::default();
    let mut names = |stretches: &[Stretch]| -> Vec<i64> {
        let notices = alarms.update(&subject, stretches, (&DEMAND, ""), 99);
        notices.iter().map(|notice| notice.first_since).collect()
    };
    assert_eq!(names(&[(10, None)]), [10]);
    assert_eq!(names(&[(12, None)]), [10], "moved, with its name");
    assert_eq!(names(&[(10, Some(11)), (12, None)]), [11]);
    assert!(names(&[(10, Some(11)), (12, None)]).is_empty());
}

#[test]
fn what_was_over_before_it_was_known_is_never_new() {
    assert_eq!(
        said(&[(&[(10, Some(12))], 15)])[0],
        [(Retrospective, 10, Some(12))]
    );
}
