//! Stays on the ward that ended by discharge.

use super::{Kpi, count, moment};
use crate::truth::timeline::Ended;

pub(super) const KPI: Kpi = Kpi {
    name: "departures",
    terms: |timeline, window| {
        let stays = timeline.stays.iter();
        let here =
            stays.filter(|stay| stay.ended == Ended::Departure && window.contains(stay.span.to));
        here.map(|stay| moment(&stay.ward, &stay.subject, "left", stay.span.to))
            .collect()
    },
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.ended == Ended::Departure);
        count(here.map(|stay| stay.span.to), window)
    },
};
