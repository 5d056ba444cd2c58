//! The clocks of a bed's turnaround, from vacated to occupied again.

use super::{KpiSpec, durations};
use crate::trace::Clock;

const EVS_GOALS: &str = "environmental services response, clean and turn times (TeleTracking best practice: under 30, 30 and 60 min)";
const DIRTY: &str = "the bed becomes dirty: its last occupant leaves, or tap `dirty`";
const CLEAN: &str = "the bed is clean: `clean` reading `done`, or tap `clean`";

pub(super) const VACATED_TO_KNOWN: KpiSpec = KpiSpec {
    name: "vacated_to_known",
    question: "How long were beds physically empty before anybody knew?",
    source: "discharge ahead of ADT, two dirty timestamps (BedWatch)",
    activity: "being empty and not known to be",
    starts: "the pad says empty",
    stops: "the last visit leaves the bed",
    exclusions: "wards whose source is not `both`; the pad never said occupied: missing; the pad says occupied at the end: invalid",
    measure: |view| durations::rows(view, Clock::VacatedToKnown),
    ..durations::OF_BED
};

pub(super) const CLEANING_RESPONSE: KpiSpec = KpiSpec {
    name: "cleaning_response",
    question: "How long did dirty beds wait for cleaning to start?",
    source: EVS_GOALS,
    activity: "waiting to be cleaned",
    starts: DIRTY,
    stops: "cleaning starts (`clean` reading `started`)",
    exclusions: "unlisted beds; clean without a start, or a start without known dirt, is missing",
    measure: |view| durations::rows(view, Clock::CleaningResponse),
    ..durations::OF_BED
};

pub(super) const CLEANING_TIME: KpiSpec = KpiSpec {
    name: "cleaning_time",
    question: "How long did cleaning take?",
    source: EVS_GOALS,
    activity: "cleaning; time for which it is suspended is not subtracted",
    starts: "cleaning starts (`clean` reading `started`)",
    stops: CLEAN,
    exclusions: "unlisted beds; clean without a start is missing",
    measure: |view| durations::rows(view, Clock::CleaningTime),
    ..durations::OF_BED
};

pub(super) const BED_TURN: KpiSpec = KpiSpec {
    name: "bed_turn",
    question: "How long from dirty to clean?",
    source: EVS_GOALS,
    activity: "waiting to be cleaned, and cleaning",
    starts: DIRTY,
    stops: CLEAN,
    exclusions: "unlisted beds; occupied again without having been clean; clean without known dirt is missing",
    measure: |view| durations::rows(view, Clock::BedTurn),
    ..durations::OF_BED
};

pub(super) const CLEAN_TO_OCCUPIED: KpiSpec = KpiSpec {
    name: "clean_to_occupied",
    question: "How long did clean beds stay empty?",
    source: "last term of the physical bed turnaround",
    activity: "standing clean and empty",
    starts: CLEAN,
    stops: "the bed is occupied",
    exclusions: "unlisted beds; occupied while dirty or being cleaned is missing",
    measure: |view| durations::rows(view, Clock::CleanToOccupied),
    ..durations::OF_BED
};
