//! Time that staffed beds were blocked.

use super::{Kpi, lost, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_blocked",
    terms: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        staffed
            .flat_map(|bed| of_bed(bed, "blocked", &bed.blocked, window))
            .collect()
    },
    rows: |timeline, window| lost(timeline, |bed| &bed.blocked, window),
};
