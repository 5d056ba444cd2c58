//! Time that visits waited to leave, being ready.

use super::{Kpi, waiting};

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_departure",
    rows: |timeline, window| waiting(&timeline.departures, window),
};
