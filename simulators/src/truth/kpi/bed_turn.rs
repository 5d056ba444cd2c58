//! From dirty to clean.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "bed_turn",
    terms: |timeline, window| stops(timeline, "bed_turn", window),
    rows: |timeline, window| durations(&timeline.clocks("bed_turn", window)),
};
