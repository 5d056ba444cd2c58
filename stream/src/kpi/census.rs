//! How many patients were on the ward, on average over the window? Ward places
//! and unlisted beds are included.

use super::{KpiSpec, value};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "census",
    unit: "patients",
    question: "How many patients were on the ward, on average?",
    source: "occupancy of a bin as the sum of overlaps (hillmaker)",
    measure: |view| value(view.time(Kind::OnWard), view.window.length_ms()),
};
