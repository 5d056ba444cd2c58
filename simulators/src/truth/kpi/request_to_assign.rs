//! From the request for a bed to its assignment, on the ward that was asked for.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "request_to_assign",
    rows: |timeline, window| durations(&timeline.clocks("request_to_assign", window)),
};
