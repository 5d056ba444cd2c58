//! How long did patients wait for a room? Arrived → roomed.

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "appointment_wait",
    unit: "min",
    question: "How long did patients wait between arriving and being roomed?",
    source: "wait phases of an office visit (IHI, office visit cycle time)",
    measure: |view| durations::rows(view, Clock::AppointmentWait),
};
