//! How long did patients have to wait for an appointment? Booked → scheduled.

use events::time::DAY_MS;

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "lead_time",
    unit: "d",
    question: "How long before their appointment had patients booked it?",
    source: "lead time, from booking to appointment",
    activity: "waiting for the day of the appointment",
    starts: "the appointment is first `booked`, since it was last over or called off",
    stops: "its scheduled time, as it was told last",
    exclusions: "cancelled appointments; booked after the scheduled time is invalid",
    version: 3,
    measure: |view| durations::rows_in(view, Clock::LeadTime, DAY_MS),
    ..durations::OF_APPOINTMENT
};
