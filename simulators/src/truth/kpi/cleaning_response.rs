//! From dirty to the start of cleaning.

use super::{Kpi, durations};

pub(super) const KPI: Kpi = Kpi {
    name: "cleaning_response",
    rows: |timeline, window| durations(&timeline.clocks("cleaning_response", window)),
};
