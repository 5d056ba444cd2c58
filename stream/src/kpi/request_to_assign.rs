//! How long did a bed request wait? Requested → assigned.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "request_to_assign",
    unit: "min",
    question: "How long did bed requests wait to be assigned a bed?",
    source: "bed assignation duration (Martinez et al., J Med Syst 42:133, 2018)",
    measure: |view| durations::rows(view, Clock::RequestToAssign),
};
