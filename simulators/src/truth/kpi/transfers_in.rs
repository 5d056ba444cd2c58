//! Stays on the ward that began on another ward.

use super::{Kpi, count};
use crate::truth::timeline::Began;

pub(super) const KPI: Kpi = Kpi {
    name: "transfers_in",
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.began == Began::TransferIn);
        count(here.map(|stay| stay.span.from), window)
    },
};
