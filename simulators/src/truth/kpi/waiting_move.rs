//! Time that patients who could move waited to be brought to the bed that was theirs.

use super::{Kpi, lasted, waiting};
use crate::truth::timeline::Wait;

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_move",
    terms: |timeline, window| {
        let waits = timeline.moving.iter();
        let lasted = |wait: &Wait| {
            lasted(
                &wait.ward,
                &wait.subject,
                "waited to be moved",
                wait.span,
                window,
            )
        };
        waits.filter_map(lasted).collect()
    },
    rows: |timeline, window| waiting(&timeline.moving, window),
};
