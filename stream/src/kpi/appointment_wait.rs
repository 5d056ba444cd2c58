//! How long did patients wait for a room? Arrived → roomed.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "appointment_wait",
    question: "How long did patients wait between arriving and being roomed?",
    source: "wait phases of an office visit (IHI, office visit cycle time)",
    activity: "waiting for a room",
    starts: "the patient has arrived (`arrived`)",
    stops: "the patient is in a room (`roomed`)",
    exclusions: "never roomed; roomed without having arrived, or begun without a room, is missing",
    measure: |view| durations::rows(view, Clock::AppointmentWait),
    ..durations::OF_APPOINTMENT
};
