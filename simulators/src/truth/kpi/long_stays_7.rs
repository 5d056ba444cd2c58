//! Visits on the ward at the window's start that came 7 days before, or earlier.

use super::{Kpi, long_stays};

pub(super) const KPI: Kpi = Kpi {
    name: "long_stays_7",
    terms: |timeline, window| long_stays::terms(timeline, window, 7),
    rows: |timeline, window| long_stays::rows(timeline, window, 7),
};
