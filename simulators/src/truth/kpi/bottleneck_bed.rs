//! The share of the time for which assigning beds had been busy for longest.

use super::{Kpi, stages};

pub(super) const KPI: Kpi = Kpi {
    name: "bottleneck_bed",
    terms: stages::terms,
    rows: |timeline, window| stages::rows(timeline, window, 0),
};
