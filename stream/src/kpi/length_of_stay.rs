//! How long had patients stayed when they were discharged? From coming from outside,
//! whatever wards they were on since; on the ward that they left from.

use events::output::Stat;
use events::time::DAY_MS;

use super::{KpiSpec, Row, View, durations};
use crate::trace::{Clock, Reading};

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "length_of_stay",
    unit: "d",
    question: "How long had the patients stayed who were discharged?",
    source: "average length of stay: length of stay of the discharged over discharges; with p50 and p90",
    activity: "the whole stay, over all wards",
    statistic: "mean, p50 and p90, with n, missing and invalid",
    starts: "the visit comes from outside (`admitted` or `transferred` from no place)",
    stops: "`discharged`, on the ward that it leaves",
    exclusions: "patients who are still there; cancelled and merged visits; without a known beginning it is missing",
    version: 2,
    measure,
    ..durations::OF_PATIENT
};

fn measure(view: &View<'_>) -> Vec<Row> {
    let mut rows = durations::rows_in(view, Clock::LengthOfStay, DAY_MS);
    let (mut stayed, mut n) = (0, 0);
    for reading in view.readings(Clock::LengthOfStay) {
        if let Reading::Took(ms) = reading {
            stayed += ms;
            n += 1;
        }
    }
    if n > 0 {
        rows.push(Row {
            stat: Stat::Value,
            numerator: stayed,
            denominator: n * DAY_MS,
        });
    }
    rows
}
