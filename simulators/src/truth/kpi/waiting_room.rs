//! Time that patients who had arrived waited for a room.

use super::{Kpi, waiting};

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_room",
    rows: |timeline, window| waiting(&timeline.rooms, window),
};
