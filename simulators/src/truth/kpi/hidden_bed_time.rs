//! Time of staffed, open beds that ADT had as occupied, the pad as empty, and staff as
//! nothing.

use events::time::MINUTE_MS;

use super::{Kpi, open_terms, open_time};

pub(super) const KPI: Kpi = Kpi {
    name: "hidden_bed_time",
    terms: |timeline, window| {
        open_terms(timeline, window, "hidden", |bed| bed.clocks.hidden.clone())
    },
    rows: |timeline, window| {
        open_time(timeline, window, |bed| bed.clocks.hidden.clone(), MINUTE_MS)
    },
};
