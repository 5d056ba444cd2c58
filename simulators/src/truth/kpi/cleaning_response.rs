//! From dirty to the start of cleaning.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_response",
    terms: |timeline, window| stops(timeline, "cleaning_response", window),
    rows: |timeline, window| durations(&timeline.clocks("cleaning_response", window)),
};
