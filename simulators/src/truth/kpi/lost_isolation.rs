//! Time that staffed beds were blocked for the reason `isolation`.

use super::{Kpi, lost_for};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_isolation",
    terms: |timeline, window| lost_for::terms(timeline, window, |reason| reason == "isolation"),
    rows: |timeline, window| lost_for::rows(timeline, window, |reason| reason == "isolation"),
};
