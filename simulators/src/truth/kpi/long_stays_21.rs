//! Visits on the ward at the window's start that came 21 days before, or earlier.

use super::{Kpi, long_stays};

pub(super) const KPI: Kpi = Kpi {
    name: "long_stays_21",
    terms: |timeline, window| long_stays::terms(timeline, window, 21),
    rows: |timeline, window| long_stays::rows(timeline, window, 21),
};
