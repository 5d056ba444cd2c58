//! What the KPIs of emergency departments have in common.

use events::time::{MINUTE_MS, Span};

use super::{Amount, Term};
use crate::truth::timeline::{EmergencyStay, Timeline, Took, Whither};

/// Those that left where they came to within the window.
pub(super) fn ended(timeline: &Timeline, window: Span) -> Vec<&EmergencyStay> {
    let all = timeline.emergencies.iter();
    all.filter(|stay| stay.left.is_some_and(|(at, _)| window.contains(at)))
        .collect()
}

/// From coming to leaving.
pub(super) fn stay(stay: &EmergencyStay) -> Option<(i64, Took)> {
    let (left, _) = stay.left?;
    Some((left, between(Some(stay.came), left)))
}

/// From the decision to admit to leaving for another ward.
pub(super) fn boarding(stay: &EmergencyStay) -> Option<(i64, Took)> {
    match stay.left? {
        (left, Whither::Ward) => Some((left, between(stay.decided, left))),
        _ => None,
    }
}

/// From coming to a bed or a room.
pub(super) fn space(stay: &EmergencyStay) -> Option<(i64, Took)> {
    match (stay.space, stay.left) {
        (Some(space), _) => Some((space, between(Some(stay.came), space))),
        (None, Some((_, Whither::Unseen)) | None) => None,
        (None, Some((left, _))) => Some((left, Took::Missing)),
    }
}

/// What went wrong.
pub(super) fn failures(of: &EmergencyStay) -> Vec<&'static str> {
    let over = |took: Option<(i64, Took)>, minutes: i64| matches!(took, Some((_, Took::Ms(ms))) if ms > minutes * MINUTE_MS);
    let unseen = matches!(of.left, Some((_, Whither::Unseen)));
    let all = [
        (unseen, "left unseen"),
        (over(stay(of), 480), "stayed too long"),
        (over(boarding(of), 240), "boarded too long"),
        (over(space(of), 60), "waited too long for a bed or a room"),
    ];
    let failed = all.into_iter().filter(|(failed, _)| *failed);
    failed.map(|(_, what)| what).collect()
}

/// What a clock of emergencies said within the window, one by one.
pub(super) fn terms(
    timeline: &Timeline,
    what: &'static str,
    clock: fn(&EmergencyStay) -> Option<(i64, Took)>,
    window: Span,
) -> Vec<Term> {
    let term = |stay: &EmergencyStay| {
        let (at, took) = clock(stay).filter(|(at, _)| window.contains(*at))?;
        Some(Term {
            ward: stay.ward.clone(),
            subject: stay.subject.clone(),
            what,
            amount: Amount::Took(at, took),
        })
    };
    timeline.emergencies.iter().filter_map(term).collect()
}

/// What a clock of emergencies said within the window.
pub(super) fn said(
    timeline: &Timeline,
    clock: fn(&EmergencyStay) -> Option<(i64, Took)>,
    window: Span,
) -> Vec<Took> {
    let stops = timeline.emergencies.iter().filter_map(clock);
    let within = stops.filter(|(at, _)| window.contains(*at));
    within.map(|(_, took)| took).collect()
}

fn between(from: Option<i64>, to: i64) -> Took {
    match from {
        Some(from) if from <= to => Took::Ms(to - from),
        Some(_) => Took::Invalid,
        None => Took::Missing,
    }
}
