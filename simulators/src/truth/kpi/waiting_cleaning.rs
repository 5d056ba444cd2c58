//! Time that listed beds were known to be dirty, until clean or in use.

use events::output::Stat;
use events::time::MINUTE_MS;

use super::Kpi;

pub(super) const KPI: Kpi = Kpi {
    name: "waiting_cleaning",
    rows: |timeline, window| {
        let beds = timeline.beds.iter();
        let spans = beds.flat_map(|bed| &bed.dirty);
        let ms = spans
            .map(|span| span.overlap_ms(window.from, window.to))
            .sum();
        vec![(Stat::Value, ms, MINUTE_MS)]
    },
};
