//! From the decision to admit to a bed on another ward.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "pull_time",
    terms: |timeline, window| stops(timeline, "pull_time", window),
    rows: |timeline, window| durations(&timeline.clocks("pull_time", window)),
};
