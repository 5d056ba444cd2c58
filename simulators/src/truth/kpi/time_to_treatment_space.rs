//! From coming as an emergency to a bed or a room there.

use super::{Kpi, durations, emergencies};

pub(super) const KPI: Kpi = Kpi {
    name: "time_to_treatment_space",
    terms: |timeline, window| {
        emergencies::terms(
            timeline,
            "time_to_treatment_space",
            emergencies::space,
            window,
        )
    },
    rows: |timeline, window| durations(&emergencies::said(timeline, emergencies::space, window)),
};
