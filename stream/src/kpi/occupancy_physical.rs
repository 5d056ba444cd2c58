//! How full was the ward, over all the beds that stand there, staffed or not?

use super::{KpiSpec, View, occupancy, share};
use crate::kpi::{Denominator, Row};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "occupancy_physical",
    question: "Which share of the time of all listed beds, staffed or not, was occupied?",
    source: "Bagust et al., BMJ 319:155 (1999), time-weighted; over physical beds",
    statistic: "time-weighted mean",
    exclusions: "unlisted beds; wards without listed beds",
    denominator: Denominator::Physical,
    version: 2,
    measure,
    ..occupancy::KPI
};

fn measure(view: &View<'_>) -> Vec<Row> {
    let occupied = view.of_listed(Kind::Occupied);
    let occupied = occupied.map(|(from, to)| to - from).sum();
    share(occupied, view.listed() * view.window.length_ms())
}
