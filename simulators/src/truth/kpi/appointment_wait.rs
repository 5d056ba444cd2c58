//! From arrived to roomed.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "appointment_wait",
    rows: |timeline, window| durations(&timeline.clocks("appointment_wait", window)),
};
