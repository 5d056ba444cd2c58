//! Time that listed beds were known to be dirty, until clean or in use; from version 5 on
//! only of staffed beds while they were open.

use events::output::Stat;
use events::time::MINUTE_MS;

use super::{Kpi, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_cleaning",
    terms: |timeline, window| {
        let beds = timeline.beds.iter();
        beds.flat_map(|bed| {
            let dirty = timeline.awaits_cleaning(bed, window);
            of_bed(bed, "dirty", &dirty, window)
        })
        .collect()
    },
    rows: |timeline, window| {
        let beds = timeline.beds.iter();
        let spans = beds.flat_map(|bed| timeline.awaits_cleaning(bed, window));
        let ms = spans
            .map(|span| span.overlap_ms(window.from, window.to))
            .sum();
        vec![(Stat::Value, ms, MINUTE_MS)]
    },
};
