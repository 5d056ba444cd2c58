//! The first bottleneck: in the window, how many minutes were spent waiting at
//! each stage? The stage with the most is where the flow is held up.

use events::time::MINUTE_MS;

use super::{KpiSpec, Row, View, value};
use crate::trace::Kind;

const BLOCKED_TIME: &str =
    "blocked-time attribution: overlap of the window with the time waited for a stage";

pub(super) const BED: KpiSpec = KpiSpec {
    name: "waiting_bed",
    unit: "min",
    question: "How many minutes did patients wait for a bed to be assigned?",
    source: BLOCKED_TIME,
    measure: |view| minutes(view, Kind::AwaitingBed),
};

pub(super) const CLEANING: KpiSpec = KpiSpec {
    name: "waiting_cleaning",
    unit: "min",
    question: "How many minutes did beds wait to be clean?",
    source: BLOCKED_TIME,
    measure: |view| minutes(view, Kind::Dirty),
};

pub(super) const DEPARTURE: KpiSpec = KpiSpec {
    name: "waiting_departure",
    unit: "min",
    question: "How many minutes did patients who were ready to leave still stay?",
    source: BLOCKED_TIME,
    measure: |view| minutes(view, Kind::AwaitingDeparture),
};

pub(super) const ROOM: KpiSpec = KpiSpec {
    name: "waiting_room",
    unit: "min",
    question: "How many minutes did patients wait for a room?",
    source: BLOCKED_TIME,
    measure: |view| minutes(view, Kind::AwaitingRoom),
};

fn minutes(view: &View<'_>, kind: Kind) -> Vec<Row> {
    value(view.time(kind), MINUTE_MS)
}
