//! Stays on the ward that began on another ward.

use super::{Kpi, count, moment};
use crate::truth::timeline::Began;

pub(super) const KPI: Kpi = Kpi {
    name: "transfers_in",
    terms: |timeline, window| {
        let stays = timeline.stays.iter();
        let here =
            stays.filter(|stay| stay.began == Began::TransferIn && window.contains(stay.span.from));
        here.map(|stay| {
            moment(
                &stay.ward,
                &stay.subject,
                "came from another ward",
                stay.span.from,
            )
        })
        .collect()
    },
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.began == Began::TransferIn);
        count(here.map(|stay| stay.span.from), window)
    },
};
