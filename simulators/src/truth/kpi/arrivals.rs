//! Stays on the ward that began from no place.

use super::{Kpi, count, moment};
use crate::truth::timeline::Began;

pub(super) const KPI: Kpi = Kpi {
    name: "arrivals",
    terms: |timeline, window| {
        let stays = timeline.stays.iter();
        let here =
            stays.filter(|stay| stay.began == Began::Arrival && window.contains(stay.span.from));
        here.map(|stay| moment(&stay.ward, &stay.subject, "came", stay.span.from))
            .collect()
    },
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.began == Began::Arrival);
        count(here.map(|stay| stay.span.from), window)
    },
};
