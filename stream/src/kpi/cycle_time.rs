//! How long did an appointment take the patient? Who comes early waits of their own
//! accord until the time that was agreed.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "cycle_time",
    question: "How long were patients at the clinic, from arriving to the end?",
    source: "office visit cycle time (IHI)",
    activity: "the whole appointment",
    starts: "the patient has arrived (`arrived`), not before the scheduled time",
    stops: "it is over (`ended`)",
    exclusions: "cancelled and missed ones; ended without having arrived is missing, ended before the scheduled time is invalid",
    version: 2,
    measure: |view| durations::rows(view, Clock::CycleTime),
    ..durations::OF_APPOINTMENT
};
