//! Time that staffed beds were known to be dirty.

use super::{Kpi, lost, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "lost_dirty",
    terms: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        staffed
            .flat_map(|bed| of_bed(bed, "dirty", &bed.dirty, window))
            .collect()
    },
    rows: |timeline, window| lost(timeline, |bed| &bed.dirty, window),
};
