//! How full was the ward when the window started? Of the window that starts at local
//! midnight, it is the midnight census.

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "occupancy_at_start",
    unit: "share",
    question: "Which share of the staffed beds was occupied when the window started?",
    source: "occupied over open staffed beds at midnight (NHS KH03), at the start of any window; Monday's midnight census is in the window that starts on Tuesday at 00:00 local time",
    focus: Focus::Bed,
    activity: "being occupied",
    statistic: "count at one moment, the window's start",
    scale: Scale::Moment,
    starts: "the bed is occupied, at the start or before",
    stops: "it is empty, after the start",
    exclusions: "beds that are not staffed, or, from version 4 on, closed by their hours at that moment; wards without open staffed beds then",
    denominator: Denominator::Staffed,
    version: 2,
    measure: |view| share(view.at_start(Kind::Occupied), view.open_at_start()),
};
