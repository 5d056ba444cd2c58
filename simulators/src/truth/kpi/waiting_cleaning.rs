//! Time that listed beds were known to be dirty, until clean or in use.

use events::output::Stat;
use events::time::MINUTE_MS;

use super::{Kpi, of_bed};

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_cleaning",
    terms: |timeline, window| {
        let beds = timeline.beds.iter();
        beds.flat_map(|bed| of_bed(bed, "dirty", &bed.dirty, window))
            .collect()
    },
    rows: |timeline, window| {
        let beds = timeline.beds.iter();
        let spans = beds.flat_map(|bed| &bed.dirty);
        let ms = spans
            .map(|span| span.overlap_ms(window.from, window.to))
            .sum();
        vec![(Stat::Value, ms, MINUTE_MS)]
    },
};
