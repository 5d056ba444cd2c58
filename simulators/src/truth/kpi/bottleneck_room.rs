//! The share of the time for which finding a room in the clinic had been busy for longest.

use super::{Kpi, stages};

pub(super) const KPI: Kpi = Kpi {
    name: "bottleneck_room",
    terms: stages::terms,
    rows: |timeline, window| stages::rows(timeline, window, 4),
};
