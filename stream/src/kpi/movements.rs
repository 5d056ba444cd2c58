//! Who came, who left, who moved: the churn that a midnight census hides.

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Clock;

pub(super) const ARRIVALS: KpiSpec = KpiSpec {
    name: "arrivals",
    unit: "patients",
    question: "How many patients came from outside?",
    source: "admissions, discharges and transfers of the ADT index (Hughes, 32 hospitals)",
    focus: Focus::Patient,
    activity: "coming",
    statistic: "count",
    scale: Scale::Count,
    starts: "`admitted` or `transferred` from no place",
    stops: "none",
    exclusions: "stays that began by a cancel",
    denominator: Denominator::None,
    version: 1,
    measure: |view| count(view, Clock::Arrival),
};

pub(super) const DEPARTURES: KpiSpec = KpiSpec {
    name: "departures",
    question: "How many patients were discharged?",
    activity: "leaving",
    starts: "`discharged`",
    exclusions: "cancelled and merged visits",
    measure: |view| count(view, Clock::Departure),
    ..ARRIVALS
};

pub(super) const TRANSFERS_IN: KpiSpec = KpiSpec {
    name: "transfers_in",
    question: "How many patients came from another ward?",
    activity: "moving",
    starts: "`admitted` or `transferred` here from another ward",
    exclusions: "moves by a cancel, and within the ward",
    measure: |view| count(view, Clock::TransferIn),
    ..ARRIVALS
};

pub(super) const TRANSFERS_OUT: KpiSpec = KpiSpec {
    name: "transfers_out",
    question: "How many patients went to another ward?",
    activity: "moving",
    starts: "`admitted` or `transferred` from here to another ward",
    exclusions: "moves by a cancel, and within the ward",
    measure: |view| count(view, Clock::TransferOut),
    ..ARRIVALS
};

fn count(view: &View<'_>, clock: Clock) -> Vec<Row> {
    value(view.count(clock), 1)
}
