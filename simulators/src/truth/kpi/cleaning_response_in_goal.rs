//! Of the dirty beds, those whose cleaning started before 30 minutes were over.

use super::{Kpi, in_goal, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_response_in_goal",
    terms: |timeline, window| stops(timeline, "cleaning_response", window),
    rows: |timeline, window| in_goal(&timeline.clocks("cleaning_response", window), 30),
};
