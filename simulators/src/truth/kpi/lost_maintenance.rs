//! Time that staffed beds were blocked for the reason `maintenance`.

use super::{Kpi, lost_for};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_maintenance",
    terms: |timeline, window| lost_for::terms(timeline, window, |reason| reason == "maintenance"),
    rows: |timeline, window| lost_for::rows(timeline, window, |reason| reason == "maintenance"),
};
