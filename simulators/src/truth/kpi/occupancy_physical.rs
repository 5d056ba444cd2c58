//! Occupied time of all listed beds, over all their time.

use events::output::Stat;

use super::{Kpi, integer, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "occupancy_physical",
    terms: |timeline, window| {
        let beds = timeline.beds.iter();
        beds.flat_map(|bed| of_bed(bed, "occupied", &bed.occupied, window))
            .collect()
    },
    rows: |timeline, window| {
        let spans = timeline.beds.iter().flat_map(|bed| &bed.occupied);
        let occupied = spans.map(|span| span.overlap_ms(window.from, window.to));
        match integer(timeline.beds.len()) {
            0 => Vec::new(),
            beds => vec![(Stat::Value, occupied.sum(), beds * window.length_ms())],
        }
    },
};
