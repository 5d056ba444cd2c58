//! How many patients were on the ward, on average over the window? Ward places
//! and unlisted beds are included.

use super::{Denominator, Focus, KpiSpec, Scale, value};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "census",
    unit: "patients",
    question: "How many patients were on the ward, on average?",
    source: "occupancy of a bin as the sum of overlaps (hillmaker)",
    focus: Focus::Patient,
    activity: "stay on the ward",
    statistic: "time-weighted mean",
    scale: Scale::Ratio,
    starts: "the visit is placed on the ward",
    stops: "it leaves the ward",
    exclusions: "none: places without a bed and unlisted beds count",
    denominator: Denominator::None,
    version: 1,
    measure: |view| value(view.time(Kind::OnWard), view.window.length_ms()),
};
