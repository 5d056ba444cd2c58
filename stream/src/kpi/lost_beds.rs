//! How much bed time was lost, and to what? A bed that is dirty and blocked is in both.

use events::time::HOUR_MS;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Kind;

pub(super) const BLOCKED: KpiSpec = KpiSpec {
    name: "lost_blocked",
    question: "How many hours were staffed beds blocked?",
    activity: "being blocked",
    starts: "tap `blocked`",
    stops: "tap `open`",
    measure: |view| hours(view, Kind::Blocked),
    ..DIRTY
};

pub(super) const INFECTION: KpiSpec = KpiSpec {
    name: "lost_infection",
    question: "How many hours were staffed beds blocked for an infection?",
    starts: "tap `blocked` with the reason `infection`; a reason that is told later holds for the whole block",
    version: 3,
    measure: |view| hours(view, Kind::BlockedInfection),
    ..BLOCKED
};

pub(super) const ISOLATION: KpiSpec = KpiSpec {
    name: "lost_isolation",
    question: "How many hours were staffed beds blocked for isolation?",
    starts: "tap `blocked` with the reason `isolation`; a reason that is told later holds for the whole block",
    measure: |view| hours(view, Kind::BlockedIsolation),
    ..INFECTION
};

pub(super) const MAINTENANCE: KpiSpec = KpiSpec {
    name: "lost_maintenance",
    question: "How many hours were staffed beds blocked for maintenance?",
    starts: "tap `blocked` with the reason `maintenance`; a reason that is told later holds for the whole block",
    measure: |view| hours(view, Kind::BlockedMaintenance),
    ..INFECTION
};

pub(super) const OTHER: KpiSpec = KpiSpec {
    name: "lost_other",
    question: "How many hours were staffed beds blocked for something else?",
    starts: "tap `blocked` with a reason that is none of `infection`, `isolation` and `maintenance`; a reason that is told later holds for the whole block",
    measure: |view| hours(view, Kind::BlockedOther),
    ..INFECTION
};

pub(super) const DIRTY: KpiSpec = KpiSpec {
    name: "lost_dirty",
    unit: "h",
    question: "How many hours were staffed beds known to be dirty?",
    source: "lost bed-hours by reason",
    focus: Focus::Bed,
    activity: "being dirty, with the cleaning",
    statistic: "sum",
    scale: Scale::Amount,
    starts: "the bed becomes dirty: its last occupant leaves, or tap `dirty`",
    stops: "it is clean, or occupied again",
    exclusions: "beds that are not staffed; from version 4 on the time at which a bed is closed by its hours",
    denominator: Denominator::None,
    version: 2,
    measure: |view| hours(view, Kind::Dirty),
};

fn hours(view: &View<'_>, kind: Kind) -> Vec<Row> {
    let lost = view.of_staffed(kind).map(|(from, to)| to - from).sum();
    value(lost, HOUR_MS)
}
