//! From arrived, or the scheduled time if that is later, to ended.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "cycle_time",
    terms: |timeline, window| stops(timeline, "cycle_time", window),
    rows: |timeline, window| durations(&timeline.clocks("cycle_time", window)),
};
