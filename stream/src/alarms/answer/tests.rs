//! Every state of a small model is visited: two people, two roles, few steps of time.

use std::collections::{BTreeSet, VecDeque};

use super::*;

const DEMAND: Demand = Demand {
    roles: 2,
    step_ms: 2,
    repeat_ms: 3,
    acknowledged_ms: 3,
    rises_ms: 4,
    is_high: false,
    is_asked: true,
};

/// What can happen to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    Time,
    End,
    Reopen,
    LetGo,
    Acknowledge(&'static str),
    Assign(&'static str),
    Shelve,
    Unshelve,
    Escalate,
    Suppress(&'static str),
}

const ALL: [Happens; 13] = [
    Happens::Time,
    Happens::End,
    Happens::Reopen,
    Happens::LetGo,
    Happens::Acknowledge("ann"),
    Happens::Acknowledge("bob"),
    Happens::Assign("bob"),
    Happens::Shelve,
    Happens::Unshelve,
    Happens::Escalate,
    Happens::Suppress("gateway"),
    Happens::Suppress("silence:1"),
    Happens::Suppress(""),
];

impl Happens {
    /// What becomes of `answer`, which was as it is at time 0; the time after it.
    fn to(self, answer: &mut Answer) -> (Result<(), Reason>, i64) {
        let shelved = Shelved {
            by: "ann".to_owned(),
            until: 2,
            reason: "known".to_owned(),
        };
        let mut done = Ok(());
        match self {
            Self::Time => answer.pass(&DEMAND, 1),
            Self::End => answer.end(&DEMAND, 0),
            Self::Reopen => answer.reopen(&DEMAND, "", 0),
            Self::LetGo => answer.let_go(),
            Self::Acknowledge(by) => done = answer.acknowledge(&DEMAND, by, 0, 0),
            Self::Assign(to) => done = answer.assign(to),
            Self::Shelve => done = answer.shelve(&DEMAND, Some(shelved), 0),
            Self::Unshelve => done = answer.shelve(&DEMAND, None, 0),
            Self::Escalate => done = answer.escalate(0),
            Self::Suppress(by) => answer.suppress(&DEMAND, by, 0),
        }
        (done, i64::from(self == Self::Time))
    }
}

/// The same answer, `now` later, with what no longer matters made equal.
fn later(mut answer: Answer, now: i64) -> Answer {
    answer.turns = 0;
    if let Condition::Active(since) = &mut answer.condition {
        *since = (*since - now).max(-DEMAND.rises_ms);
        if answer.has_risen {
            *since = 0;
        }
    }
    if let Some(known) = &mut answer.acknowledged {
        known.at = 0;
        known.until = (known.until - now).max(0);
    }
    if let Some(shelved) = &mut answer.shelved {
        shelved.until -= now;
    }
    if let Some((step, since)) = &mut answer.told {
        *step = (*step).min(DEMAND.roles + 2);
        *since -= now;
    }
    answer
}

fn is_active(answer: &Answer) -> bool {
    matches!(answer.condition, Condition::Active(_))
}

/// What holds of every state.
fn check(answer: &Answer) {
    let is_free = answer.acknowledged.is_none()
        && answer.shelved.is_none()
        && answer.suppressed_by.is_empty();
    assert_eq!(
        answer.told.is_some(),
        is_active(answer) && is_free,
        "somebody is told while nobody has it, and it is in sight: {answer:?}"
    );
    if answer.sounds(&DEMAND) {
        assert!(answer.told.is_some(), "no sound without a call: {answer:?}");
        assert!(answer.has_risen || answer.told.unwrap().0 > 1);
    }
    if let Some(role) = answer.role(&DEMAND) {
        assert!(role < DEMAND.roles);
    }
    if !is_active(answer) {
        assert_eq!(answer.shelved, None, "what is over is not out of sight");
        assert_eq!(answer.due(&DEMAND), None, "time does nothing to it");
    }
    if let Some(due) = answer.due(&DEMAND) {
        assert!(due > 0, "what is due was done: {answer:?}");
        let mut before = answer.clone();
        before.pass(&DEMAND, due - 1);
        assert_eq!(before, *answer, "time does nothing before it is due");
        before.pass(&DEMAND, due);
        assert_ne!(before, *answer, "and something then");
    }
}

/// What holds of every step.
fn check_step(before: &Answer, what: Happens, done: Result<(), Reason>, after: &Answer) {
    if done.is_err() && before.condition != Condition::Latched {
        assert_eq!(before, after, "what is refused does nothing: {what:?}");
    }
    if before.has_risen {
        assert!(after.has_risen, "urgent is urgent for good");
    }
    if after.has_risen && !before.has_risen {
        assert_eq!(after.acknowledged, None, "less than this was seen");
        assert!(after.told.is_some() || !after.suppressed_by.is_empty());
    }
    if !is_active(before) && what != Happens::Reopen {
        assert!(!is_active(after), "nobody raises what is over: {what:?}");
    }
    if let (Some(first), Happens::Acknowledge(by)) = (&before.acknowledged, what)
        && first.by != by
    {
        assert!(done.is_err(), "of two people the first has it");
        assert_eq!(after.acknowledged.as_ref(), Some(first));
    }
    if what == Happens::End && is_active(before) {
        let is_unseen = before.calls() && before.has_risen;
        assert_eq!(after.condition == Condition::Latched, is_unseen);
    }
}

fn visited() -> BTreeSet<Answer> {
    let begin = later(Answer::raised(&DEMAND, "", 0), 0);
    let mut seen = BTreeSet::from([begin.clone()]);
    let mut next = VecDeque::from([begin]);
    while let Some(answer) = next.pop_front() {
        check(&answer);
        for what in ALL {
            let mut after = answer.clone();
            let (done, now) = what.to(&mut after);
            check_step(&answer, what, done, &after);
            let after = later(after, now);
            if seen.insert(after.clone()) {
                next.push_back(after);
            }
        }
    }
    seen
}

/// What of a state is of another kind: condition, seen, out of sight, explained (1) or silenced (2),
/// risen, step.
type Kind = (u8, bool, bool, u8, bool, u32);

fn kind(answer: &Answer) -> Kind {
    let condition = match answer.condition {
        Condition::Active(_) => 0,
        Condition::Latched => 1,
        Condition::Over => 2,
    };
    (
        condition,
        answer.acknowledged.is_some(),
        answer.shelved.is_some(),
        match answer.suppressed_by.as_str() {
            "" => 0,
            by if by.starts_with(SILENCE) => 2,
            _ => 1,
        },
        answer.has_risen,
        answer.told.map_or(0, |(step, _)| step.min(3)),
    )
}

/// Whether there is such a thing, said without the machine.
fn is_legal((condition, seen, shelved, explained, risen, step): Kind) -> bool {
    let calls = condition == 0 && !seen && !shelved && explained == 0;
    let urgent_is_not_silenced = !(risen && explained == 2);
    let latched_is_urgent_and_unseen = condition != 1 || (risen && !seen);
    calls == (step > 0)
        && (condition == 0 || !shelved)
        && latched_is_urgent_and_unseen
        && urgent_is_not_silenced
}

#[test]
fn every_combination_is_reached_and_none_breaks_a_rule() {
    let reached: BTreeSet<Kind> = visited().iter().map(kind).collect();
    let flags = [false, true];
    let mut legal = BTreeSet::new();
    for condition in 0..3 {
        for bits in 0..8_usize {
            let [a, b, d] = [0, 1, 2].map(|bit| flags[bits >> bit & 1]);
            for explained in 0..3 {
                legal.extend((0..4).map(|step| (condition, a, b, explained, d, step)));
            }
        }
    }
    legal.retain(|kind| is_legal(*kind));
    let missing: Vec<_> = legal.difference(&reached).collect();
    let too_many: Vec<_> = reached.difference(&legal).collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "{missing:?} {too_many:?}"
    );
}

#[test]
fn who_does_nothing_is_told_again_and_then_the_next() {
    let mut answer = Answer::raised(&DEMAND, "", 0);
    let mut told = Vec::new();
    for now in 0..12 {
        answer.pass(&DEMAND, now);
        told.push((answer.role(&DEMAND), answer.is_high(&DEMAND)));
    }
    let (first, second) = (Some(0), Some(1));
    assert_eq!(
        told[..4],
        [
            (first, false),
            (first, false),
            (second, false),
            (second, false)
        ]
    );
    assert_eq!(
        told[4..8],
        [(first, true), (first, true), (second, true), (second, true)]
    );
    assert_eq!(told[11], (second, true), "the last again and again");
}

#[test]
fn an_acknowledgement_expires_and_calls_again() {
    let mut answer = Answer::raised(&DEMAND, "", 0);
    answer.acknowledge(&DEMAND, "ann", -5, 0).unwrap();
    assert_eq!((answer.told, answer.owner.as_str()), (None, "ann"));
    answer.pass(&DEMAND, 2);
    assert!(!answer.calls());
    answer.pass(&DEMAND, 3);
    assert_eq!(
        (answer.acknowledged.clone(), answer.told),
        (None, Some((1, 3)))
    );
    assert_eq!(answer.owner, "ann", "it is still theirs to look after");
}
