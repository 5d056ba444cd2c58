//! Stays on the ward that ended by discharge.

use super::{Kpi, count};
use crate::truth::timeline::Ended;

pub(super) const KPI: Kpi = Kpi {
    name: "departures",
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.ended == Ended::Departure);
        count(here.map(|stay| stay.span.to), window)
    },
};
