//! Hours of nurses on shift over days of visits on the ward.

use events::output::Stat;

use super::{Kpi, shifts};

pub(super) const KPI: Kpi = Kpi {
    name: "nursing_hours_per_patient_day",
    terms: shifts::terms,
    rows: |timeline, window| match shifts::times(timeline, window) {
        (_, 0) => Vec::new(),
        (nurses, patients) => vec![(Stat::Value, 24 * nurses, patients)],
    },
};
