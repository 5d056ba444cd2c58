//! From the start of cleaning to clean.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_time",
    rows: |timeline, window| durations(&timeline.clocks("cleaning_time", window)),
};
