//! Time that staffed beds were known to be dirty while they were open.

use events::time::HOUR_MS;

use super::{Kpi, open_terms, open_time};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_dirty",
    terms: |timeline, window| open_terms(timeline, window, "dirty", |bed| bed.dirty.clone()),
    rows: |timeline, window| open_time(timeline, window, |bed| bed.dirty.clone(), HOUR_MS),
};
