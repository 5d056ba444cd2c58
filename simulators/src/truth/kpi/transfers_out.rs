//! Stays on the ward that ended on another ward.

use super::{Kpi, count};
use crate::truth::timeline::Ended;

pub(super) const KPI: Kpi = Kpi {
    name: "transfers_out",
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.ended == Ended::TransferOut);
        count(here.map(|stay| stay.span.to), window)
    },
};
