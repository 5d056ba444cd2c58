//! How long from the decision to admit to a bed? Decided → in a bed on another ward.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "pull_time",
    question: "How long after their admission was decided were patients in a bed on a ward?",
    source: "pull time, decision to reaching the bed; goal under 60 min (Lehigh Valley; RWJF)",
    activity: "waiting for a bed on a ward",
    starts: "the admission is decided (`admission_decided`)",
    stops: "the visit is placed in a bed on another ward than where that was decided",
    exclusions: "placed by a cancel; an emergency that goes on to a bed without a decision is missing",
    version: 3,
    measure: |view| durations::rows(view, Clock::PullTime),
    ..durations::OF_PATIENT
};
