//! From a bed's assignment to lying in it.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "assign_to_occupy",
    terms: |timeline, window| stops(timeline, "assign_to_occupy", window),
    rows: |timeline, window| durations(&timeline.clocks("assign_to_occupy", window)),
};
