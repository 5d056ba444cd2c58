//! The life of a slot, a stretch of a clinic's time that can be booked:
//! `docs/clocks.md`, "A slot". Who takes it is said by appointments, each of which
//! leaves behind its uses of slots, as visits do with beds.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::fact::SlotEvent;
use events::id::{SlotId, WardId};
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::{Folded, Timeline};
use crate::trace::{Interval, Kind};

/// What was said of a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSaid {
    /// Whose it is.
    pub ward: WardId,
    /// What kind of appointment it is for.
    pub kind: String,
    /// What happened.
    pub event: SlotEvent,
}

/// An appointment took a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotUse {
    /// Which.
    pub slot: SlotId,
    /// Since when it was booked.
    pub from: i64,
    /// When it was given back: cancelled, or moved elsewhere.
    pub to: Option<i64>,
    /// Whether the patient came.
    pub came: bool,
}

/// A slot, folded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SlotLife {
    /// When its time is over; absent when it is not offered.
    pub until: Option<i64>,
    /// Traces and refusals, until they are taken.
    #[serde(skip)]
    pub folded: Folded,
}

/// What the subject of [`Kind::SlotOpen`] says: slots are told apart by their start, so
/// that one that is moved is open from then on as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bookable<'a> {
    /// When it begins.
    pub start: i64,
    /// What kind of appointment it is for.
    pub kind: &'a str,
}

impl<'a> Bookable<'a> {
    /// Reads a subject.
    pub fn read(subject: &'a str) -> Option<Self> {
        let mut parts = subject.splitn(3, '/');
        let start = parts.next()?.parse().ok()?;
        let kind = parts.nth(1)?;
        Some(Self { start, kind })
    }
}

/// How it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offer<'a> {
    ward: &'a WardId,
    kind: &'a str,
    start: i64,
    end: i64,
}

/// What is said of it by itself.
#[derive(Clone, Copy, Debug, Default)]
struct State<'a> {
    offer: Option<Offer<'a>>,
    is_taken: bool,
}

/// Folds what was said of a slot, and by whom it was used.
pub fn fold(subject: &Arc<str>, timeline: &Timeline<SlotSaid>, uses: &[&SlotUse]) -> SlotLife {
    let mut life = SlotLife::default();
    let mut states = Vec::new();
    let mut state = State::default();
    for ((at, order), said) in timeline.iter() {
        match after(state, said) {
            Ok(next) => state = next,
            Err(reason) => life.folded.refused.push(((at, order), reason)),
        }
        states.push((at, state));
    }
    let intervals = &mut life.folded.traces.intervals;
    for (offer, from, to) in open(&states, uses) {
        let name = format!("{}/{subject}/{}", offer.start, offer.kind);
        intervals.push(interval(
            offer.ward,
            Kind::SlotOpen,
            name.into(),
            (from, to),
        ));
    }
    if let Some(offer) = state.offer {
        life.until = Some(offer.end);
        let mut of_its_time = |kind| {
            let time = (offer.start, offer.end);
            intervals.push(interval(offer.ward, kind, subject.clone(), time));
        };
        of_its_time(Kind::SlotOffered);
        let mut kept = uses.iter().filter(|used| used.to.is_none());
        if state.is_taken || kept.clone().next().is_some() {
            of_its_time(Kind::SlotBooked);
        }
        if kept.any(|used| used.came) {
            of_its_time(Kind::SlotArrived);
        }
    }
    life
}

fn after<'a>(state: State<'a>, said: &'a SlotSaid) -> Result<State<'a>, Reason> {
    match said.event {
        SlotEvent::Offered { start, end } if start < end => Ok(State {
            offer: Some(Offer {
                ward: &said.ward,
                kind: &said.kind,
                start: start.0,
                end: end.0,
            }),
            is_taken: false,
        }),
        SlotEvent::Booked if state.offer.is_some() => Ok(State {
            is_taken: true,
            ..state
        }),
        SlotEvent::Withdrawn if state.offer.is_some() => Ok(State::default()),
        _ => Err(Reason::RefusedVisitState),
    }
}

/// When it could be booked: offered, not taken, and not begun.
fn open<'a>(states: &[(i64, State<'a>)], uses: &[&SlotUse]) -> Vec<(Offer<'a>, i64, i64)> {
    // Each with how many more hold it from then on.
    let mut edges: BTreeMap<i64, i64> = states.iter().map(|(at, _)| (*at, 0)).collect();
    for used in uses {
        *edges.entry(used.from).or_default() += 1;
        if let Some(to) = used.to {
            *edges.entry(to).or_default() -= 1;
        }
    }
    let mut open: Vec<(Offer<'_>, i64, i64)> = Vec::new();
    let mut holders = 0;
    for (edge, more) in &edges {
        holders += more;
        let after = states.partition_point(|(at, _)| at <= edge);
        let Some((_, state)) = after.checked_sub(1).map(|last| states[last]) else {
            continue;
        };
        let is_free = !state.is_taken && holders == 0;
        let Some(offer) = state.offer.filter(|offer| is_free && *edge < offer.start) else {
            continue;
        };
        let next = edges.range(edge + 1..).next();
        let to = next.map_or(offer.start, |(next, _)| offer.start.min(*next));
        match open.last_mut() {
            Some((same, _, end)) if *same == offer && end == edge => *end = to,
            _ => open.push((offer, *edge, to)),
        }
    }
    open
}

fn interval(ward: &WardId, kind: Kind, subject: Arc<str>, (from, to): (i64, i64)) -> Interval {
    Interval {
        ward: ward.clone(),
        kind,
        subject,
        from,
        to: Some(to),
    }
}

#[cfg(test)]
mod tests;
