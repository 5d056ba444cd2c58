//! Time that staffed beds were blocked while they were open.

use events::time::HOUR_MS;

use super::{Kpi, open_terms, open_time};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_blocked",
    terms: |timeline, window| open_terms(timeline, window, "blocked", |bed| bed.blocked.clone()),
    rows: |timeline, window| open_time(timeline, window, |bed| bed.blocked.clone(), HOUR_MS),
};
