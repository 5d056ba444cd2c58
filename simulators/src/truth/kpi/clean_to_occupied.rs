//! From clean to in use.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "clean_to_occupied",
    rows: |timeline, window| durations(&timeline.clocks("clean_to_occupied", window)),
};
