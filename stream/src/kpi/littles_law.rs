//! Do the numbers of patients, of their leaving and of their stays fit together? By
//! Little's law the mean census is the rate of leaving times the mean stay, over a time
//! that is long against the stays. What is left over is a matter of the data.

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, share};
use crate::trace::{Clock, Kind, Reading};

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "littles_law_residual",
    unit: "share of time",
    question: "Which share of the patients' time does not follow from those who left?",
    source: "Little's law, L = λW (acphospitalist 2016); the residual (L − λW) / L",
    focus: Focus::Patient,
    activity: "stay on the ward",
    statistic: "time on the ward less the whole ward stays of those that ended, over time on the ward; of a longer time: both sides added up. Of weeks it is near 0: above, departures are missing; below, arrivals",
    scale: Scale::Ratio,
    starts: "the visit is placed on the ward",
    stops: "it leaves the ward",
    exclusions: "windows shorter than an hour, or without a patient",
    denominator: Denominator::None,
    version: 3,
    measure,
};

fn measure(view: &View<'_>) -> Vec<Row> {
    if !view.is_long() {
        return Vec::new();
    }
    let there = view.time(Kind::OnWard);
    let mut stayed = 0;
    for reading in view.readings(Clock::WardStay) {
        if let Reading::Took(ms) = reading {
            stayed += ms;
        }
    }
    share(there - stayed, there)
}
