//! Emergencies that left after more than 12 hours.

use events::output::Stat;
use events::time::HOUR_MS;

use super::{Kpi, emergencies, integer};
use crate::truth::timeline::Took;

pub(super) const KPI: Kpi = Kpi {
    name: "twelve_hours_from_arrival",
    terms: |timeline, window| {
        emergencies::terms(
            timeline,
            "twelve_hours_from_arrival",
            emergencies::stay,
            window,
        )
    },
    rows: |timeline, window| {
        let all = emergencies::said(timeline, emergencies::stay, window);
        let is_long = |took: &&Took| matches!(took, Took::Ms(ms) if *ms > 12 * HOUR_MS);
        match all.len() {
            0 => Vec::new(),
            _ => vec![(Stat::Value, integer(all.iter().filter(is_long).count()), 1)],
        }
    },
};
