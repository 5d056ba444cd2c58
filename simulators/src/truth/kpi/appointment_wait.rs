//! From arrived to roomed.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "appointment_wait",
    terms: |timeline, window| stops(timeline, "appointment_wait", window),
    rows: |timeline, window| durations(&timeline.clocks("appointment_wait", window)),
};
