//! Of the emergencies that left, those that waited or stayed too long, or left unseen.

use events::output::Stat;

use super::{Kpi, emergencies, integer, moment};

pub(super) const KPI: Kpi = Kpi {
    name: "emergency_access_failures",
    terms: |timeline, window| {
        let ended = emergencies::ended(timeline, window).into_iter();
        ended
            .filter_map(|stay| {
                let what = if emergencies::failed(stay) {
                    "failed"
                } else {
                    "went as it should"
                };
                Some(moment(&stay.ward, &stay.subject, what, stay.left?.0))
            })
            .collect()
    },
    rows: |timeline, window| {
        let ended = emergencies::ended(timeline, window);
        let wrong = ended
            .iter()
            .filter(|stay| emergencies::failed(stay))
            .count();
        match ended.len() {
            0 => Vec::new(),
            all => vec![(Stat::Value, integer(wrong), integer(all))],
        }
    },
};
