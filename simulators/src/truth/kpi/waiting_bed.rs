//! Time that visits waited for a bed to be assigned, on the ward that was asked for.

use super::{Kpi, waiting};

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_bed",
    rows: |timeline, window| waiting(&timeline.requests, window),
};
