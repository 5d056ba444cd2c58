//! From the pad saying empty to the visit leaving, where both are known.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "vacated_to_known",
    terms: |timeline, window| stops(timeline, "vacated_to_known", window),
    rows: |timeline, window| durations(&timeline.clocks("vacated_to_known", window)),
};
