//! How much coming and going was there for each patient on the ward? A census alone
//! under-states the work.

use super::{Denominator, Focus, KpiSpec, Scale, View, share};
use crate::trace::{Clock, Kind};

const MOVES: [Clock; 4] = [
    Clock::Arrival,
    Clock::Departure,
    Clock::TransferIn,
    Clock::TransferOut,
];

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "churn",
    unit: "per patient",
    question: "How many patients came, left or moved for each that was on the ward?",
    source: "ADT index: admissions, discharges and transfers over the mean census (Hughes, 32 hospitals)",
    focus: Focus::Patient,
    activity: "coming, leaving and moving",
    statistic: "count over the time-weighted mean census of the window",
    scale: Scale::Rate,
    starts: "a ward stay began or ended by an arrival, a departure or a transfer",
    stops: "none",
    exclusions: "stays that began or ended by a cancel; windows without a patient",
    denominator: Denominator::None,
    version: 2,
    measure: |view| {
        share(
            moves(view) * view.window.length_ms(),
            view.time(Kind::OnWard),
        )
    },
};

/// How many came, left or moved.
pub(super) fn moves(view: &View<'_>) -> i64 {
    MOVES.into_iter().map(|clock| view.count(clock)).sum()
}
