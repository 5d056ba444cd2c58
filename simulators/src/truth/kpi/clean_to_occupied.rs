//! From clean to in use.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "clean_to_occupied",
    terms: |timeline, window| stops(timeline, "clean_to_occupied", window),
    rows: |timeline, window| durations(&timeline.clocks("clean_to_occupied", window)),
};
