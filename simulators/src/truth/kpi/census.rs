//! Time-weighted number of visits on the ward, with or without a bed.

use events::output::Stat;

use super::{Kpi, lasted};

pub(super) const KPI: Kpi = Kpi {
    name: "census",
    terms: |timeline, window| {
        let stays = timeline.stays.iter();
        stays
            .filter_map(|stay| lasted(&stay.ward, &stay.subject, "on the ward", stay.span, window))
            .collect()
    },
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let ms = stays
            .map(|stay| stay.span.overlap_ms(window.from, window.to))
            .sum();
        vec![(Stat::Value, ms, window.length_ms())]
    },
};
