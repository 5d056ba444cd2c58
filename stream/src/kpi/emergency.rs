//! How is the emergency department? Of patients who came as emergencies, on the ward
//! that they came to.

use events::time::HOUR_MS;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, durations, share, value};
use crate::trace::{Clock, Reading};

const ECAT: &str = "emergency care access and timeliness (CMS1244, CMS1264)";

pub(super) const STAY: KpiSpec = KpiSpec {
    name: "emergency_stay",
    question: "How long were emergencies in the emergency department?",
    source: ECAT,
    activity: "the stay in the emergency department",
    starts: "the visit comes from outside, or when `stay_began` says",
    stops: "it leaves that ward by `discharged`, `left_unseen` or a move to another ward",
    exclusions: "visits of which `emergency` was not told by then; stays that end by a cancel or a merge",
    version: 3,
    measure: |view| durations::rows(view, Clock::EmergencyStay),
    ..durations::OF_PATIENT
};

pub(super) const BOARDING: KpiSpec = KpiSpec {
    name: "boarding_time",
    question: "How long did emergencies whose admission was decided board in the emergency department?",
    source: "boarding time, from the decision to admit to leaving the emergency department (ECAT, CMS1244)",
    activity: "waiting in the emergency department for a bed on a ward",
    starts: "the admission is decided (`admission_decided`)",
    stops: "the visit leaves the ward that it came to for another",
    exclusions: "visits of which `emergency` was not told by then; who goes home; without a decision it is missing",
    measure: |view| durations::rows(view, Clock::Boarding),
    ..STAY
};

pub(super) const TREATMENT_SPACE: KpiSpec = KpiSpec {
    name: "time_to_treatment_space",
    question: "How long did emergencies wait for a bed or a room?",
    activity: "waiting for a treatment space",
    stops: "the visit is in a bed or a room of that ward",
    exclusions: "visits of which `emergency` was not told; who left unseen without one; who went home or on without one is missing",
    measure: |view| durations::rows(view, Clock::TreatmentSpace),
    ..STAY
};

/// What those have in common that look at emergencies that ended.
const OF_ENDED: KpiSpec = KpiSpec {
    name: "",
    unit: "share",
    question: "",
    source: "",
    focus: Focus::Patient,
    activity: "the stay in the emergency department",
    statistic: "",
    scale: Scale::Ratio,
    starts: "the visit comes from outside, or when `stay_began` says",
    stops: "it leaves that ward by `discharged`, `left_unseen` or a move to another ward",
    exclusions: "visits of which `emergency` was not told by then; stays that end by a cancel or a merge; windows in which none ended",
    denominator: Denominator::None,
    version: 3,
    measure: |_| Vec::new(),
};

pub(super) const LEFT_UNSEEN: KpiSpec = KpiSpec {
    name: "left_unseen_rate",
    question: "Which share of the emergencies left without being seen?",
    source: "left without being seen, over those that left in the window (variant of left before evaluation over arrivals)",
    statistic: "left unseen over all that ended",
    measure: |view| wrong(view, Clock::LeftUnseen),
    ..OF_ENDED
};

pub(super) const FAILED: KpiSpec = KpiSpec {
    name: "emergency_access_failures",
    question: "Which share of the emergencies waited or stayed too long, or left unseen?",
    source: ECAT,
    statistic: "those with at least one of: more than 60 min to a treatment space, left unseen, boarded more than 240 min, stayed more than 480 min; over all that ended",
    exclusions: "visits of which `emergency` was not told by then; stays that end by a cancel or a merge; windows in which none ended; observation stays are not told apart, and count; what is missing fails nothing",
    measure: |view| wrong(view, Clock::EmergencyEnd),
    ..OF_ENDED
};

pub(super) const TWELVE_HOURS_FROM_ARRIVAL: KpiSpec = KpiSpec {
    name: "twelve_hours_from_arrival",
    unit: "patients",
    question: "How many emergencies were in the emergency department for more than 12 hours?",
    source: "12-hour waits from arrival (NHS); not to be mixed with those from the decision to admit",
    statistic: "count of those that ended",
    scale: Scale::Count,
    measure: |view| longer(view, Clock::EmergencyStay),
    ..OF_ENDED
};

pub(super) const TWELVE_HOURS_FROM_DECISION: KpiSpec = KpiSpec {
    name: "twelve_hours_from_decision",
    question: "How many emergencies boarded for more than 12 hours?",
    source: "12-hour waits from the decision to admit (NHS); not to be mixed with those from arrival",
    activity: "waiting in the emergency department for a bed on a ward",
    starts: "the admission is decided (`admission_decided`)",
    stops: "the visit leaves the ward that it came to for another",
    exclusions: "visits of which `emergency` was not told by then; who goes home; windows in which none went on",
    measure: |view| longer(view, Clock::Boarding),
    ..TWELVE_HOURS_FROM_ARRIVAL
};

/// Of the emergencies that ended, those of which a clock says something else than 0.
fn wrong(view: &View<'_>, clock: Clock) -> Vec<Row> {
    let (mut wrong, mut all) = (0, 0);
    for reading in view.readings(clock) {
        all += 1;
        wrong += i64::from(reading != Reading::Took(0));
    }
    share(wrong, all)
}

/// How many took more than 12 hours; nothing when nobody is looked at.
fn longer(view: &View<'_>, clock: Clock) -> Vec<Row> {
    let (mut long, mut all) = (0, 0);
    for reading in view.readings(clock) {
        all += 1;
        long += i64::from(matches!(reading, Reading::Took(ms) if ms > 12 * HOUR_MS));
    }
    match all {
        0 => Vec::new(),
        _ => value(long, 1),
    }
}
