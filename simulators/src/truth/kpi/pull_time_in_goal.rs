//! Of those who reached a bed, those who did before 60 minutes were over.

use super::{Kpi, in_goal, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "pull_time_in_goal",
    terms: |timeline, window| stops(timeline, "pull_time", window),
    rows: |timeline, window| in_goal(&timeline.clocks("pull_time", window), 60),
};
