//! Time that visits waited to leave, being ready.

use super::{Kpi, lasted, waiting};
use crate::truth::timeline::Wait;

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_departure",
    terms: |timeline, window| {
        let waits = timeline.departures.iter();
        let lasted = |wait: &Wait| {
            lasted(
                &wait.ward,
                &wait.subject,
                "waited to leave",
                wait.span,
                window,
            )
        };
        waits.filter_map(lasted).collect()
    },
    rows: |timeline, window| waiting(&timeline.departures, window),
};
