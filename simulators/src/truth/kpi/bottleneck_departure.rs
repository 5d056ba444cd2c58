//! The share of the time for which departing had been busy for longest.

use super::{Kpi, stages};

pub(super) const KPI: Kpi = Kpi {
    name: "bottleneck_departure",
    terms: stages::terms,
    rows: |timeline, window| stages::rows(timeline, window, 2),
};
