//! Of the turned beds, those that were clean before 60 minutes were over.

use super::{Kpi, in_goal, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "bed_turn_in_goal",
    terms: |timeline, window| stops(timeline, "bed_turn", window),
    rows: |timeline, window| in_goal(&timeline.clocks("bed_turn", window), 60),
};
