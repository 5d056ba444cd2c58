//! Time that staffed beds were empty, over the discharges.

use events::output::Stat;

use super::{Kpi, departures, vacant_bed_time};

pub(super) const KPI: Kpi = Kpi {
    name: "turnover_interval",
    terms: |timeline, window| {
        let mut terms = (vacant_bed_time::KPI.terms)(timeline, window);
        terms.extend((departures::KPI.terms)(timeline, window));
        terms
    },
    rows: |timeline, window| {
        let (_, left, _) = (departures::KPI.rows)(timeline, window)[0];
        let vacant = (vacant_bed_time::KPI.rows)(timeline, window);
        match (left, vacant.first()) {
            (1.., Some((_, ms, hour))) => vec![(Stat::Value, *ms, left * hour)],
            _ => Vec::new(),
        }
    },
};
