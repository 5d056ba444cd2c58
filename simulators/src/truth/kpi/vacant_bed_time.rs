//! Time of staffed beds less the time that they were occupied.

use events::output::Stat;
use events::time::HOUR_MS;

use super::{Kpi, occupancy};

pub(super) const KPI: Kpi = Kpi {
    name: "vacant_bed_time",
    terms: occupancy::KPI.terms,
    rows: |timeline, window| {
        let rows = (occupancy::KPI.rows)(timeline, window);
        let time = rows.iter().find(|(stat, ..)| *stat == Stat::Value);
        time.map(|(_, occupied, all)| (Stat::Value, all - occupied, HOUR_MS))
            .into_iter()
            .collect()
    },
};
