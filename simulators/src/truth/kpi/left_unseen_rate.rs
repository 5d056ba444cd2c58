//! Of the emergencies that left, those that nobody had seen.

use events::output::Stat;

use super::{Kpi, emergencies, integer, moment};
use crate::truth::timeline::Whither;

pub(super) const KPI: Kpi = Kpi {
    name: "left_unseen_rate",
    terms: |timeline, window| {
        let ended = emergencies::ended(timeline, window).into_iter();
        ended
            .filter_map(|stay| {
                let what = if matches!(stay.left, Some((_, Whither::Unseen))) {
                    "left unseen"
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
            .filter(|stay| matches!(stay.left, Some((_, Whither::Unseen))))
            .count();
        match ended.len() {
            0 => Vec::new(),
            all => vec![(Stat::Value, integer(wrong), integer(all))],
        }
    },
};
