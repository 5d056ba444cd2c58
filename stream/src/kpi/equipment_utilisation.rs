//! Which share of the time that equipment could be used was it used?

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "equipment_utilisation",
    unit: "share",
    question: "Which share of its available time was equipment in use?",
    source: "in-use hours over available hours less downtime (GE)",
    focus: Focus::Equipment,
    activity: "use",
    statistic: "time-weighted mean",
    scale: Scale::Ratio,
    starts: "an `equipment` reading `in_use`; below the line also `idle`",
    stops: "the next one that says something else, or comes from another ward",
    exclusions: "time for which it was faulty, or of which nothing is known; windows without available time",
    denominator: Denominator::None,
    version: 1,
    measure: |view| {
        let in_use = view.time(Kind::InUse);
        share(in_use, in_use + view.time(Kind::Idle))
    },
};
