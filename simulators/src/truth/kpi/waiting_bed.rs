//! Time that visits waited for a bed to be assigned, on the ward that was asked for.

use super::{Kpi, lasted, waiting};
use crate::truth::timeline::Wait;

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_bed",
    terms: |timeline, window| {
        let waits = timeline.requests.iter();
        let lasted = |wait: &Wait| {
            lasted(
                &wait.ward,
                &wait.subject,
                "waited for a bed",
                wait.span,
                window,
            )
        };
        waits.filter_map(lasted).collect()
    },
    rows: |timeline, window| waiting(&timeline.requests, window),
};
