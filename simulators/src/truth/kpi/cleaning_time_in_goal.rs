//! Of the cleanings, those that were done before 30 minutes were over.

use super::{Kpi, in_goal, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_time_in_goal",
    terms: |timeline, window| stops(timeline, "cleaning_time", window),
    rows: |timeline, window| in_goal(&timeline.clocks("cleaning_time", window), 30),
};
