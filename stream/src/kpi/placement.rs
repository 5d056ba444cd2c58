//! How long after it was theirs, and ready for them, did patients come to lie in a bed?

use super::{KpiSpec, durations};
use crate::trace::Clock;

pub(super) const ASSIGN_TO_OCCUPY: KpiSpec = KpiSpec {
    name: "assign_to_occupy",
    question: "How long after a bed was assigned was the patient in it?",
    source: "assigned to occupied (TeleTracking, placement timers)",
    activity: "waiting for the assigned bed",
    starts: "the bed is assigned (`bed_assigned`)",
    stops: "the visit is placed in that bed",
    exclusions: "placed in another bed, or by a cancel; without an assignment",
    version: 3,
    measure: |view| durations::rows(view, Clock::AssignToOccupy),
    ..durations::OF_PATIENT
};

pub(super) const OCCUPIED_TIMER: KpiSpec = KpiSpec {
    name: "occupied_timer",
    question: "How long did patients who could move take to lie in a bed that was clean and theirs?",
    source: "occupied timer: from both ready to move, and bed assigned and clean, to occupied (TeleTracking)",
    activity: "moving to the assigned bed",
    starts: "the last of: the bed is assigned, the patient is ready to move where that was told (`ready_to_move`), the bed is clean",
    stops: "the bed becomes occupied by that visit",
    exclusions: "wards whose source is `pad`; unlisted beds; placed without an assignment; a bed that was not known to be clean is missing",
    version: 3,
    measure: |view| durations::rows(view, Clock::OccupiedTimer),
    ..durations::OF_BED
};
