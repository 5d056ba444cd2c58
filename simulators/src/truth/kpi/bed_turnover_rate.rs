//! Discharges over staffed beds, whatever their hours.

use events::output::Stat;

use super::{Kpi, departures, integer};

pub(super) const KPI: Kpi = Kpi {
    name: "bed_turnover_rate",
    terms: departures::KPI.terms,
    rows: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed).count();
        let (_, left, _) = (departures::KPI.rows)(timeline, window)[0];
        match staffed {
            0 => Vec::new(),
            _ => vec![(Stat::Value, left, integer(staffed))],
        }
    },
};
