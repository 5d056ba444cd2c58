//! From coming as an emergency to leaving the ward that it came to.

use super::{Kpi, durations, emergencies};

pub(super) const KPI: Kpi = Kpi {
    name: "emergency_stay",
    terms: |timeline, window| {
        emergencies::terms(timeline, "emergency_stay", emergencies::stay, window)
    },
    rows: |timeline, window| durations(&emergencies::said(timeline, emergencies::stay, window)),
};
