//! The share of the time for which moving patients had been busy for longest.

use super::{Kpi, stages};

pub(super) const KPI: Kpi = Kpi {
    name: "bottleneck_move",
    terms: stages::terms,
    rows: |timeline, window| stages::rows(timeline, window, 3),
};
