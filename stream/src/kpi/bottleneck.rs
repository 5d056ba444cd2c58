//! Which stage holds the flow up? At each moment the stage that has been busy for
//! longest without a break: `docs/bottleneck.md`.

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Kind;
use crate::version::CLOSED_BEDS;

/// The stages in the order in which the first of equals is taken.
const STAGES: [Kind; 5] = [
    Kind::AwaitingBed,
    Kind::Dirty,
    Kind::AwaitingDeparture,
    Kind::AwaitingMove,
    Kind::AwaitingRoom,
];

pub(super) const BED: KpiSpec = KpiSpec {
    name: "bottleneck_bed",
    unit: "share",
    question: "For which share of the time was assigning beds the bottleneck?",
    source: "active period method, momentary and shifting bottleneck (Roser, Nakano, Tanaka)",
    focus: Focus::Patient,
    activity: "waiting for a bed to be assigned",
    statistic: "time for which the stage had been active for longest without a break, over the window",
    scale: Scale::Ratio,
    starts: "somebody waits for the stage, and for no other has somebody waited without a break for longer",
    stops: "nobody waits for it, or longer for another",
    exclusions: "windows shorter than an hour; of the time before the window, waits that were over before it; from version 5 on dirty beds that are not staffed, and the time at which they are closed by their hours",
    denominator: Denominator::None,
    version: 3,
    measure: |view| held(view, Kind::AwaitingBed),
};

pub(super) const CLEANING: KpiSpec = KpiSpec {
    name: "bottleneck_cleaning",
    question: "For which share of the time was cleaning the bottleneck?",
    focus: Focus::Bed,
    activity: "being dirty, with the cleaning",
    measure: |view| held(view, Kind::Dirty),
    ..BED
};

pub(super) const DEPARTURE: KpiSpec = KpiSpec {
    name: "bottleneck_departure",
    question: "For which share of the time was departing the bottleneck?",
    activity: "waiting to leave",
    measure: |view| held(view, Kind::AwaitingDeparture),
    ..BED
};

pub(super) const MOVE: KpiSpec = KpiSpec {
    name: "bottleneck_move",
    question: "For which share of the time was moving patients the bottleneck?",
    activity: "waiting to be moved",
    measure: |view| held(view, Kind::AwaitingMove),
    ..BED
};

pub(super) const ROOM: KpiSpec = KpiSpec {
    name: "bottleneck_room",
    question: "For which share of the time were the rooms of the clinic the bottleneck?",
    focus: Focus::Appointment,
    activity: "waiting for a room",
    measure: |view| held(view, Kind::AwaitingRoom),
    ..BED
};

/// A stage was active for so long without a break: from, to, place of the stage.
type Active = (i64, i64, usize);

fn held(view: &View<'_>, stage: Kind) -> Vec<Row> {
    if !view.is_long() {
        return Vec::new();
    }
    let window = view.window;
    let mut all: Vec<Active> = Vec::new();
    for (place, kind) in STAGES.into_iter().enumerate() {
        all.extend(periods(view, kind).map(|(from, to)| (from, to, place)));
    }
    // The oldest that lasts is the bottleneck until it ends; the next oldest then.
    all.sort_unstable_by_key(|(from, _, place)| (*from, *place));
    let (mut now, mut ms) = (window.from, 0);
    for (from, to, place) in all {
        let (from, to) = (from.max(now), to.min(window.to));
        if from < to {
            ms += if STAGES[place] == stage { to - from } else { 0 };
            now = to;
        }
    }
    value(ms, window.length_ms())
}

/// When a stage was active without a break.
fn periods(view: &View<'_>, kind: Kind) -> impl Iterator<Item = (i64, i64)> {
    let mut waits = match kind {
        Kind::Dirty if view.knows(CLOSED_BEDS) => view.reaching_open(kind),
        _ => view.reaching(kind),
    };
    waits.sort_unstable();
    let mut periods: Vec<(i64, i64)> = Vec::new();
    for (from, to) in waits {
        match periods.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => periods.push((from, to)),
        }
    }
    periods.into_iter()
}
