//! What has been said about alerts, and what is to be said now. One alert per
//! rule, ward and subject at a time; its intervals are in event time, so a
//! correction can move, end or undo what was said: then it is withdrawn, not
//! forgotten. What was over before anybody could know is recorded as
//! `retrospective` and never shown as new. What people make of it is its [`answer`].

pub mod answer;
pub mod rehearsal;

use std::collections::BTreeMap;
use std::sync::Arc;

use answer::{Answer, Condition, Demand};
use events::id::WardId;
use events::output::AlertState;
use events::reason::Reason;
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
    /// How often it was said before.
    pub revision: u32,
    /// What people and time have made of it.
    pub answer: Answer,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    first_since: i64,
    since: i64,
    until: Option<i64>,
    said: u32,
    /// It was over before anybody could know.
    is_hindsight: bool,
    answer: Answer,
}

/// All alerts of a site within the horizon.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Alarms {
    known: BTreeMap<Subject, Vec<Known>>,
}

impl Alarms {
    /// Compares what a rule now says of a subject, oldest first, with what was
    /// said. Stretches that begin after `now` are not yet said.
    pub fn update(
        &mut self,
        subject: &Subject,
        stretches: &[Stretch],
        (demand, explained_by): (&Demand, &str),
        now: i64,
    ) -> Vec<Notice> {
        let mut unmatched = self.known.remove(subject).unwrap_or_default();
        let mut kept = Vec::new();
        let mut notices = Vec::new();
        let current: Vec<Stretch> = stretches
            .iter()
            .filter(|(since, _)| *since <= now)
            .map(|(since, until)| (*since, until.filter(|until| *until <= now)))
            .collect();
        for stretch in current {
            let (mut known, state) = match take_match(&mut unmatched, stretch) {
                Some(known) => changed(known, stretch, (demand, explained_by), now),
                None => {
                    let name = free_name(stretch.0, unmatched.iter().chain(&kept));
                    new(stretch, name, (demand, explained_by), now)
                }
            };
            if state == Some(AlertState::Raised) {
                notices.extend(seen_in_the_next(subject, &mut kept));
            }
            notices.extend(state.map(|state| known.say(subject, state)));
            kept.push(known);
        }
        for mut known in unmatched {
            known.answer.let_go();
            notices.push(known.say(subject, AlertState::Withdrawn));
        }
        if !kept.is_empty() {
            self.known.insert(subject.clone(), kept);
        }
        notices
    }

    /// What time alone makes of the alerts of a subject.
    pub fn pass(&mut self, subject: &Subject, demand: &Demand, now: i64) -> Vec<Notice> {
        let alerts = self.known.get_mut(subject);
        let passed = alerts.into_iter().flatten().filter_map(|known| {
            let before = known.answer.clone();
            known.answer.pass(demand, now);
            (known.answer != before).then(|| known.say(subject, known.state()))
        });
        passed.collect()
    }

    /// Does to an alert what somebody asks for, and gives its answer before.
    ///
    /// # Errors
    /// There is no such alert, it was said again since `expects`, or `act` says why not.
    pub fn act(
        &mut self,
        subject: &Subject,
        first_since: i64,
        expects: Option<i64>,
        act: impl FnOnce(&mut Answer) -> Result<(), Reason>,
    ) -> Result<(Answer, Notice), Reason> {
        let mut alerts = self.known.get_mut(subject).into_iter().flatten();
        let known = alerts.find(|known| known.first_since == first_since);
        // What was known in hindsight only is on no board.
        let known = known.filter(|known| !known.is_hindsight);
        let known = known.ok_or(Reason::AlertUnknown)?;
        if expects.is_some_and(|expects| expects != i64::from(known.said.saturating_sub(1))) {
            return Err(Reason::ChangedSince);
        }
        let before = known.answer.clone();
        act(&mut known.answer)?;
        known.answer.turns = known.answer.turns.saturating_add(1);
        Ok((before, known.say(subject, known.state())))
    }

    /// From now on people answer: whoever is to know of what is open is told.
    pub fn begin(&mut self, subject: &Subject, demand: &Demand, now: i64) -> Vec<Notice> {
        let alerts = self.known.get_mut(subject).into_iter().flatten();
        let open = alerts.filter(|known| known.until.is_none());
        let begun = open.map(|known| {
            known.answer.begin(demand, now);
            known.say(subject, AlertState::Raised)
        });
        begun.collect()
    }

    /// Something else explains the alerts of a subject that are open, or covers them; nothing with
    /// an empty name.
    pub fn suppress(
        &mut self,
        subject: &Subject,
        demand: &Demand,
        by: &str,
        now: i64,
    ) -> Vec<Notice> {
        let alerts = self.known.get_mut(subject).into_iter().flatten();
        let others =
            alerts.filter(|known| known.until.is_none() && known.answer.suppressed_by != by);
        let told = others.filter_map(|known| {
            let before = known.answer.clone();
            known.answer.suppress(demand, by, now);
            (known.answer != before).then(|| known.say(subject, known.state()))
        });
        told.collect()
    }

    /// The alerts of a rule on a ward: of each subject from when to when.
    pub fn on_ward(
        &self,
        rule: usize,
        ward: &WardId,
    ) -> impl Iterator<Item = (&Subject, Vec<Stretch>)> {
        let first = Subject {
            rule,
            ward: ward.clone(),
            name: "".into(),
        };
        let from = self.known.range(first..);
        let on_ward =
            from.take_while(move |(subject, _)| (subject.rule, &subject.ward) == (rule, ward));
        on_ward.map(|(subject, known)| (subject, stretches(known)))
    }

    /// From when to when there were alerts of a subject.
    pub fn of(&self, subject: &Subject) -> Vec<Stretch> {
        self.known
            .get(subject)
            .map(|known| stretches(known))
            .unwrap_or_default()
    }

    /// What the open alert of a subject is named by, if there is one.
    pub fn open(&self, subject: &Subject) -> Option<i64> {
        let mut alerts = self.known.get(subject)?.iter();
        let open = alerts.find(|known| known.until.is_none())?;
        Some(open.first_since)
    }

    /// Of what there are alerts.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.known.keys()
    }

    /// When time alone makes something of an alert of a subject.
    pub fn due(&self, subject: &Subject, demand: &Demand) -> Option<i64> {
        let alerts = self.known.get(subject)?;
        let due = alerts.iter().filter_map(|known| known.answer.due(demand));
        due.min()
    }

    /// Lets go of alerts that ended before `edge`: they are final. Boards need not show longer
    /// that nobody has seen one.
    pub fn forget(&mut self, edge: i64) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (subject, alerts) in &mut self.known {
            let gone = |known: &Known| known.until.is_some_and(|until| until < edge);
            for known in alerts.iter_mut().filter(|known| gone(known)) {
                if known.answer.condition == Condition::Latched {
                    known.answer.let_go();
                    notices.push(known.say(subject, AlertState::Cleared));
                }
            }
            alerts.retain(|known| !gone(known));
        }
        self.known.retain(|_, alerts| !alerts.is_empty());
        notices
    }
}

fn stretches(known: &[Known]) -> Vec<Stretch> {
    known
        .iter()
        .map(|known| (known.since, known.until))
        .collect()
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

/// Nobody has to see an alert of a subject any more when the next of it is raised.
fn seen_in_the_next(subject: &Subject, kept: &mut [Known]) -> Vec<Notice> {
    let latched = kept
        .iter_mut()
        .filter(|known| known.answer.condition == Condition::Latched);
    let seen = latched.map(|known| {
        known.answer.let_go();
        known.say(subject, AlertState::Cleared)
    });
    seen.collect()
}

impl Known {
    /// What it is, by its answer.
    fn state(&self) -> AlertState {
        match self.answer.condition {
            Condition::Active(_) => AlertState::Raised,
            Condition::Latched => AlertState::Latched,
            Condition::Over => AlertState::Cleared,
        }
    }

    fn say(&mut self, subject: &Subject, state: AlertState) -> Notice {
        let revision = self.said;
        self.said = revision.saturating_add(1);
        Notice {
            subject: subject.clone(),
            first_since: self.first_since,
            since: self.since,
            until: self.until,
            state,
            revision,
            answer: self.answer.clone(),
        }
    }
}

fn changed(
    mut known: Known,
    (since, until): Stretch,
    (demand, explained_by): (&Demand, &str),
    now: i64,
) -> (Known, Option<AlertState>) {
    if (known.since, known.until) == (since, until) {
        return (known, None);
    }
    (known.since, known.until) = (since, until);
    match until {
        Some(_) => known.answer.end(demand, now),
        None => {
            known.is_hindsight = false;
            known.answer.reopen(demand, explained_by, now);
        }
    }
    let state = known.state();
    (known, Some(state))
}

/// The start, unless it names an alert that was moved away from there.
fn free_name<'a>(since: i64, known: impl Iterator<Item = &'a Known> + Clone) -> i64 {
    let is_free = |name: &i64| known.clone().all(|alert| alert.first_since != *name);
    (since..).find(is_free).unwrap_or(since)
}

fn new(
    (since, until): Stretch,
    name: i64,
    (demand, explained_by): (&Demand, &str),
    now: i64,
) -> (Known, Option<AlertState>) {
    let (state, answer) = match until {
        Some(_) => (AlertState::Retrospective, Answer::over()),
        None => (
            AlertState::Raised,
            Answer::raised(demand, explained_by, now),
        ),
    };
    let known = Known {
        first_since: name,
        since,
        until,
        said: 0,
        is_hindsight: until.is_some(),
        answer,
    };
    (known, Some(state))
}

#[cfg(test)]
mod tests;
