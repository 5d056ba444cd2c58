//! From dirty to clean.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "bed_turn",
    rows: |timeline, window| durations(&timeline.clocks("bed_turn", window)),
};
