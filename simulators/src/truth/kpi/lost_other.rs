//! Time that staffed beds were blocked for a reason that has no KPI of its own.

use super::{Kpi, lost_for};

const OWN: [&str; 3] = ["infection", "isolation", "maintenance"];

pub(super) const KPI: Kpi = Kpi {
    name: "lost_other",
    terms: |timeline, window| lost_for::terms(timeline, window, |reason| !OWN.contains(&reason)),
    rows: |timeline, window| lost_for::rows(timeline, window, |reason| !OWN.contains(&reason)),
};
