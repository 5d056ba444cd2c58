//! From the last of bed assigned, patient ready and bed clean, to the bed being in use.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "occupied_timer",
    terms: |timeline, window| stops(timeline, "occupied_timer", window),
    rows: |timeline, window| durations(&timeline.clocks("occupied_timer", window)),
};
