//! From coming to the hospital to being discharged from it, in days; also the mean.

use events::output::Stat;
use events::time::DAY_MS;

use super::{Kpi, durations_in, integer, stops};
use crate::truth::timeline::Took;

pub(super) const KPI: Kpi = Kpi {
    name: "length_of_stay",
    terms: |timeline, window| stops(timeline, "length_of_stay", window),
    rows: |timeline, window| {
        let all = timeline.clocks("length_of_stay", window);
        let mut rows = durations_in(&all, DAY_MS);
        let known: Vec<i64> = all
            .iter()
            .filter_map(|took| match took {
                Took::Ms(ms) => Some(*ms),
                Took::Missing | Took::Invalid => None,
            })
            .collect();
        if !known.is_empty() {
            let days = integer(known.len()) * DAY_MS;
            rows.push((Stat::Value, known.iter().sum(), days));
        }
        rows
    },
};
