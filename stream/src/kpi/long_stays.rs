//! How many patients have been here for long? Counted when the window starts.

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Kind;

pub(super) const DAYS_7: KpiSpec = KpiSpec {
    name: "long_stays_7",
    unit: "patients",
    question: "How many patients had been here for 7 days or longer when the window started?",
    source: "long-stay patients, 7, 14 and 21 days and longer (NHS UEC SitRep)",
    focus: Focus::Patient,
    activity: "the whole stay, over all wards",
    statistic: "count at one moment, the window's start",
    scale: Scale::Moment,
    starts: "7 days after the visit came from outside, or `stay_began` says",
    stops: "it leaves the ward",
    exclusions: "visits without a known beginning",
    denominator: Denominator::None,
    version: 3,
    measure: |view| count(view, Kind::Stayed7),
};

pub(super) const DAYS_14: KpiSpec = KpiSpec {
    name: "long_stays_14",
    question: "How many patients had been here for 14 days or longer when the window started?",
    starts: "14 days after the visit came from outside, or `stay_began` says",
    measure: |view| count(view, Kind::Stayed14),
    ..DAYS_7
};

pub(super) const DAYS_21: KpiSpec = KpiSpec {
    name: "long_stays_21",
    question: "How many patients had been here for 21 days or longer when the window started?",
    starts: "21 days after the visit came from outside, or `stay_began` says",
    measure: |view| count(view, Kind::Stayed21),
    ..DAYS_7
};

fn count(view: &View<'_>, kind: Kind) -> Vec<Row> {
    value(view.all_at_start(kind), 1)
}
