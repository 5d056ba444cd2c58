//! From the request for a bed to its assignment, on the ward that was asked for.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "request_to_assign",
    terms: |timeline, window| stops(timeline, "request_to_assign", window),
    rows: |timeline, window| durations(&timeline.clocks("request_to_assign", window)),
};
