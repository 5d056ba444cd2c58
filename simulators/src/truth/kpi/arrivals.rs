//! Stays on the ward that began from no place.

use super::{Kpi, count};
use crate::truth::timeline::Began;

pub(super) const KPI: Kpi = Kpi {
    name: "arrivals",
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.began == Began::Arrival);
        count(here.map(|stay| stay.span.from), window)
    },
};
