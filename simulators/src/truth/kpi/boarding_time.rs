//! From the decision to admit to leaving the emergency department for a ward.

use super::{Kpi, durations, emergencies};

pub(super) const KPI: Kpi = Kpi {
    name: "boarding_time",
    terms: |timeline, window| {
        emergencies::terms(timeline, "boarding_time", emergencies::boarding, window)
    },
    rows: |timeline, window| durations(&emergencies::said(timeline, emergencies::boarding, window)),
};
