//! The clocks of a bed's turnaround, from vacated to occupied again.

use super::{KpiSpec, durations};
use crate::trace::Clock;

const EVS_GOALS: &str = "environmental services response, clean and turn times (TeleTracking best practice: under 30, 30 and 60 min)";

pub(super) const VACATED_TO_KNOWN: KpiSpec = KpiSpec {
    name: "vacated_to_known",
    unit: "min",
    question: "How long were beds physically empty before anybody knew?",
    source: "discharge ahead of ADT, two dirty timestamps (BedWatch)",
    measure: |view| durations::rows(view, Clock::VacatedToKnown),
};

pub(super) const CLEANING_RESPONSE: KpiSpec = KpiSpec {
    name: "cleaning_response",
    unit: "min",
    question: "How long did dirty beds wait for cleaning to start?",
    source: EVS_GOALS,
    measure: |view| durations::rows(view, Clock::CleaningResponse),
};

pub(super) const CLEANING_TIME: KpiSpec = KpiSpec {
    name: "cleaning_time",
    unit: "min",
    question: "How long did cleaning take?",
    source: EVS_GOALS,
    measure: |view| durations::rows(view, Clock::CleaningTime),
};

pub(super) const BED_TURN: KpiSpec = KpiSpec {
    name: "bed_turn",
    unit: "min",
    question: "How long from dirty to clean?",
    source: EVS_GOALS,
    measure: |view| durations::rows(view, Clock::BedTurn),
};

pub(super) const CLEAN_TO_OCCUPIED: KpiSpec = KpiSpec {
    name: "clean_to_occupied",
    unit: "min",
    question: "How long did clean beds stay empty?",
    source: "last term of the physical bed turnaround",
    measure: |view| durations::rows(view, Clock::CleanToOccupied),
};
