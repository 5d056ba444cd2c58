//! Time of staffed beds that ADT had as occupied, the pad as empty, and staff as nothing.

use events::output::Stat;
use events::time::MINUTE_MS;

use super::{Kpi, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "hidden_bed_time",
    terms: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        staffed
            .flat_map(|bed| of_bed(bed, "hidden", &bed.clocks.hidden, window))
            .collect()
    },
    rows: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        let hidden = staffed.flat_map(|bed| &bed.clocks.hidden);
        let hidden = hidden.map(|span| span.overlap_ms(window.from, window.to));
        vec![(Stat::Value, hidden.sum(), MINUTE_MS)]
    },
};
