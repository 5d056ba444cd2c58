//! Emergencies that went to a ward more than 12 hours after that was decided.

use events::output::Stat;
use events::time::HOUR_MS;

use super::{Kpi, emergencies, integer};
use crate::truth::timeline::Took;

pub(super) const KPI: Kpi = Kpi {
    name: "twelve_hours_from_decision",
    terms: |timeline, window| {
        emergencies::terms(
            timeline,
            "twelve_hours_from_decision",
            emergencies::boarding,
            window,
        )
    },
    rows: |timeline, window| {
        let all = emergencies::said(timeline, emergencies::boarding, window);
        let is_long = |took: &&Took| matches!(took, Took::Ms(ms) if *ms > 12 * HOUR_MS);
        match all.len() {
            0 => Vec::new(),
            _ => vec![(Stat::Value, integer(all.iter().filter(is_long).count()), 1)],
        }
    },
};
