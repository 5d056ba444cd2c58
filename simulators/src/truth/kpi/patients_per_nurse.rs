//! Time of visits on the ward over time of nurses on shift.

use events::output::Stat;

use super::{Kpi, shifts};

pub(super) const KPI: Kpi = Kpi {
    name: "patients_per_nurse",
    terms: shifts::terms,
    rows: |timeline, window| match shifts::times(timeline, window) {
        (0, _) => Vec::new(),
        (nurses, patients) => vec![(Stat::Value, patients, nurses)],
    },
};
