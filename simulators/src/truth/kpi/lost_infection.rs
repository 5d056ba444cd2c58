//! Time that staffed beds were blocked for the reason `infection`.

use super::{Kpi, lost_for};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_infection",
    terms: |timeline, window| lost_for::terms(timeline, window, |reason| reason == "infection"),
    rows: |timeline, window| lost_for::rows(timeline, window, |reason| reason == "infection"),
};
