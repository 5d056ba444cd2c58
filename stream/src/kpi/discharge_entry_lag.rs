//! How long after the patient had left was the discharge entered?

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "discharge_entry_lag",
    question: "How long after the patient had left the bed was the discharge entered?",
    source: "discharge entry lag: ADT discharge less physically vacated (two timestamps of BedWatch)",
    activity: "entering a discharge",
    starts: "the sensor says empty, for the last time in the stay",
    stops: "`discharged`, at the time that ADT gives it",
    exclusions: "transfers and merges; beds whose sensor has said nothing, and with another visit in them; the sensor never said occupied in the stay: missing; it says occupied at the discharge: invalid",
    version: 3,
    measure: |view| durations::rows(view, Clock::DischargeEntry),
    ..durations::OF_BED
};
