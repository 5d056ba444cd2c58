//! How long did a bed request wait? Requested → assigned.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "request_to_assign",
    question: "How long did bed requests wait to be assigned a bed?",
    source: "bed assignation duration (Martinez et al., J Med Syst 42:133, 2018)",
    activity: "waiting for a bed to be assigned",
    starts: "a bed is asked for (`bed_requested`)",
    stops: "a bed is assigned (`bed_assigned`)",
    exclusions: "closed requests; assigned without a request, or placed on the ward without an assignment, is missing",
    measure: |view| durations::rows(view, Clock::RequestToAssign),
    ..durations::OF_PATIENT
};
