//! Time that patients who had arrived waited for a room.

use super::{Kpi, lasted, waiting};
use crate::truth::timeline::Wait;

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_room",
    terms: |timeline, window| {
        let waits = timeline.rooms.iter();
        let lasted = |wait: &Wait| {
            lasted(
                &wait.ward,
                &wait.subject,
                "waited for a room",
                wait.span,
                window,
            )
        };
        waits.filter_map(lasted).collect()
    },
    rows: |timeline, window| waiting(&timeline.rooms, window),
};
