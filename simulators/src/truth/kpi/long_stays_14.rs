//! Visits on the ward at the window's start that came 14 days before, or earlier.

use super::{Kpi, long_stays};

pub(super) const KPI: Kpi = Kpi {
    name: "long_stays_14",
    terms: |timeline, window| long_stays::terms(timeline, window, 14),
    rows: |timeline, window| long_stays::rows(timeline, window, 14),
};
