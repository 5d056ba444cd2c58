//! The first bottleneck: in the window, how many minutes were spent waiting at
//! each stage? The stage with the most is where the flow is held up.

use events::time::MINUTE_MS;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Kind;
use crate::version::CLOSED_BEDS;

pub(super) const BED: KpiSpec = KpiSpec {
    name: "waiting_bed",
    unit: "min",
    question: "How many minutes did patients wait for a bed to be assigned?",
    source: "blocked-time attribution: overlap of the window with the time waited for a stage",
    focus: Focus::Patient,
    activity: "waiting for a bed to be assigned",
    statistic: "sum",
    scale: Scale::Amount,
    starts: "a bed is asked for (`bed_requested`)",
    stops: "`bed_assigned`; without it, being placed on that ward, or closed",
    exclusions: "none",
    denominator: Denominator::None,
    version: 1,
    measure: |view| minutes(view, Kind::AwaitingBed),
};

pub(super) const CLEANING: KpiSpec = KpiSpec {
    name: "waiting_cleaning",
    question: "How many minutes did beds wait to be clean?",
    focus: Focus::Bed,
    activity: "being dirty, with the cleaning",
    starts: "the bed becomes dirty: its last occupant leaves, or tap `dirty`",
    stops: "it is clean, or occupied again",
    exclusions: "unlisted beds; a cleaning that knows no dirt; from version 5 on beds that are not staffed, and the time at which a bed is closed by its hours",
    measure: cleaning,
    ..BED
};

pub(super) const DEPARTURE: KpiSpec = KpiSpec {
    name: "waiting_departure",
    question: "How many minutes did patients who were ready to leave still stay?",
    activity: "waiting to leave",
    starts: "nothing but leaving remains (`ready_to_leave`)",
    stops: "`discharged`, a move to another ward, `cancelled`, or a merge",
    measure: |view| minutes(view, Kind::AwaitingDeparture),
    ..BED
};

pub(super) const MOVE: KpiSpec = KpiSpec {
    name: "waiting_move",
    question: "How many minutes did patients who could move wait to be brought to their bed?",
    activity: "waiting to be moved",
    starts: "the bed is assigned and the patient is ready to move (`ready_to_move`)",
    stops: "the visit is placed, given another bed, or closed",
    version: 3,
    measure: |view| minutes(view, Kind::AwaitingMove),
    ..BED
};

pub(super) const ROOM: KpiSpec = KpiSpec {
    name: "waiting_room",
    question: "How many minutes did patients wait for a room?",
    focus: Focus::Appointment,
    activity: "waiting for a room",
    starts: "the patient has arrived (`arrived`)",
    stops: "`roomed`, `started`, `ended`, `cancelled` or `no_show`",
    measure: |view| minutes(view, Kind::AwaitingRoom),
    ..BED
};

fn minutes(view: &View<'_>, kind: Kind) -> Vec<Row> {
    value(view.time(kind), MINUTE_MS)
}

/// A bed that nobody may use waits for nothing.
fn cleaning(view: &View<'_>) -> Vec<Row> {
    if !view.knows(CLOSED_BEDS) {
        return minutes(view, Kind::Dirty);
    }
    let dirty = view.of_staffed(Kind::Dirty);
    value(dirty.map(|(from, to)| to - from).sum(), MINUTE_MS)
}
