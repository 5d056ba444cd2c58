//! From the start of cleaning to clean.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_time",
    terms: |timeline, window| stops(timeline, "cleaning_time", window),
    rows: |timeline, window| durations(&timeline.clocks("cleaning_time", window)),
};
