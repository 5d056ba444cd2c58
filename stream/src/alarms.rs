//! What has been said about alerts, and what is to be said now. One alert per
//! rule, ward and subject at a time; its intervals are in event time, so a
//! correction can move, end or undo what was said: then it is withdrawn, not
//! forgotten. What was over before anybody could know is recorded as
//! `retrospective` and never shown as new.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::id::WardId;
use events::output::AlertState;
use serde::{Deserialize, Serialize};

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Place of its rule in [`crate::alert::all`].
    pub rule: usize,
    /// Its ward.
    pub ward: WardId,
    /// Its bed, visit, appointment, device or ward.
    pub name: Arc<str>,
}

/// From when to when, in event time; open while it lasts.
pub type Stretch = (i64, Option<i64>);

/// Something to be said about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// About what.
    pub subject: Subject,
    /// When the alert was first raised for, which names it for good.
    pub first_since: i64,
    /// Since when, as known now.
    pub since: i64,
    /// Until when, as known now.
    pub until: Option<i64>,
    /// What it is now.
    pub state: AlertState,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    first_since: i64,
    since: i64,
    until: Option<i64>,
}

/// All alerts of a site within the horizon.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Alarms {
    known: BTreeMap<Subject, Vec<Known>>,
}

impl Alarms {
    /// Compares what a rule now says of a subject, oldest first, with what was
    /// said. Stretches that begin after `now` are not yet said.
    pub fn update(&mut self, subject: &Subject, stretches: &[Stretch], now: i64) -> Vec<Notice> {
        let mut unmatched = self.known.remove(subject).unwrap_or_default();
        let mut kept = Vec::new();
        let mut notices = Vec::new();
        let current: Vec<Stretch> = stretches
            .iter()
            .filter(|(since, _)| *since <= now)
            .map(|(since, until)| (*since, until.filter(|until| *until <= now)))
            .collect();
        for stretch in current {
            let (known, notice) = match take_match(&mut unmatched, stretch) {
                Some(known) => changed(known, stretch),
                None => new(stretch, free_name(stretch.0, unmatched.iter().chain(&kept))),
            };
            notices.extend(notice.map(|state| notice_of(subject, &known, state)));
            kept.push(known);
        }
        let withdrawn = unmatched.iter();
        notices.extend(withdrawn.map(|known| notice_of(subject, known, AlertState::Withdrawn)));
        if !kept.is_empty() {
            self.known.insert(subject.clone(), kept);
        }
        notices
    }

    /// Lets go of alerts that ended before `edge`: they are final.
    pub fn forget(&mut self, edge: i64) {
        self.known.retain(|_, known| {
            known.retain(|alert| alert.until.is_none_or(|until| until >= edge));
            !known.is_empty()
        });
    }
}

/// The alert that was said for this stretch: the same start, else one that
/// shares time with it.
fn take_match(known: &mut Vec<Known>, (since, until): Stretch) -> Option<Known> {
    let same = known.iter().position(|alert| alert.since == since);
    let overlaps = |alert: &Known| {
        alert.since < until.unwrap_or(i64::MAX) && since < alert.until.unwrap_or(i64::MAX)
    };
    let place = same.or_else(|| known.iter().position(overlaps))?;
    Some(known.remove(place))
}

fn changed(mut known: Known, (since, until): Stretch) -> (Known, Option<AlertState>) {
    if (known.since, known.until) == (since, until) {
        return (known, None);
    }
    (known.since, known.until) = (since, until);
    let state = match until {
        Some(_) => AlertState::Cleared,
        None => AlertState::Raised,
    };
    (known, Some(state))
}

/// The start, unless it names an alert that was moved away from there.
fn free_name<'a>(since: i64, known: impl Iterator<Item = &'a Known> + Clone) -> i64 {
    let is_free = |name: &i64| known.clone().all(|alert| alert.first_since != *name);
    (since..).find(is_free).unwrap_or(since)
}

fn new((since, until): Stretch, name: i64) -> (Known, Option<AlertState>) {
    let state = match until {
        Some(_) => AlertState::Retrospective,
        None => AlertState::Raised,
    };
    let known = Known {
        first_since: name,
        since,
        until,
    };
    (known, Some(state))
}

fn notice_of(subject: &Subject, known: &Known, state: AlertState) -> Notice {
    Notice {
        subject: subject.clone(),
        first_since: known.first_since,
        since: known.since,
        until: known.until,
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(steps: &[(&[Stretch], i64)]) -> Vec<Vec<(AlertState, i64, Option<i64>)>> {
        let subject = Subject {
            rule: 0,
            ward: WardId::new("a").unwrap(),
            name: "b1".into(),
        };
        let mut alarms = Alarms::default();
        let mut say = |stretches: &[Stretch], now| {
            let notices = alarms.update(&subject, stretches, now);
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
            let notices = alarms.update(&subject, stretches, 99);
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
}
