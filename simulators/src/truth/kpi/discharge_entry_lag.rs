//! From the pad saying empty to the discharge, whoever decides on the ward.

use super::{Kpi, durations, stops};

pub(super) const KPI: Kpi = Kpi {
    name: "discharge_entry_lag",
    terms: |timeline, window| stops(timeline, "discharge_entry_lag", window),
    rows: |timeline, window| durations(&timeline.clocks("discharge_entry_lag", window)),
};
