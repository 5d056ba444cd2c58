//! Which share of the time could equipment have been used?

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "equipment_uptime",
    unit: "share",
    question: "Which share of the time was equipment not faulty?",
    source: "uptime: period less downtime over the period",
    focus: Focus::Equipment,
    activity: "being usable",
    statistic: "time-weighted mean",
    scale: Scale::Ratio,
    starts: "an `equipment` reading `in_use` or `idle`; below the line also `fault`",
    stops: "the next one that says something else, or comes from another ward",
    exclusions: "time of which nothing is known; windows of which nothing is known",
    denominator: Denominator::None,
    version: 2,
    measure: |view| {
        let up = view.time(Kind::InUse) + view.time(Kind::Idle);
        share(up, up + view.time(Kind::Fault))
    },
};
