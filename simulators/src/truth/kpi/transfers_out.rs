//! Stays on the ward that ended on another ward.

use super::{Kpi, count, moment};
use crate::truth::timeline::Ended;

pub(super) const KPI: Kpi = Kpi {
    name: "transfers_out",
    terms: |timeline, window| {
        let stays = timeline.stays.iter();
        let here =
            stays.filter(|stay| stay.ended == Ended::TransferOut && window.contains(stay.span.to));
        here.map(|stay| {
            moment(
                &stay.ward,
                &stay.subject,
                "went to another ward",
                stay.span.to,
            )
        })
        .collect()
    },
    rows: |timeline, window| {
        let stays = timeline.stays.iter();
        let here = stays.filter(|stay| stay.ended == Ended::TransferOut);
        count(here.map(|stay| stay.span.to), window)
    },
};
