//! The lower-case words for the enums of the outputs, the same in tables and on boards.

use events::output::{
    AlertPriority, AlertState, BedClock, BedConflict, Cleanliness, Confidence, SourceLevel,
};
use events::proto::OccupancySourceView;

pub(crate) const fn cleanliness(cleanliness: Cleanliness) -> &'static str {
    match cleanliness {
        Cleanliness::Unknown => "unknown",
        Cleanliness::Clean => "clean",
        Cleanliness::Dirty => "dirty",
        Cleanliness::Cleaning => "cleaning",
    }
}

pub(crate) const fn clock(clock: Option<BedClock>) -> &'static str {
    match clock {
        None => "",
        Some(BedClock { occupied: true, .. }) => "occupied",
        Some(BedClock { .. }) => "empty",
    }
}

pub(crate) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Unknown => "unknown",
        Confidence::Disputed => "disputed",
        Confidence::Alone => "alone",
        Confidence::Agreed => "agreed",
    }
}

/// The clocks that say otherwise than what is believed.
pub(crate) fn conflict(conflict: Option<BedConflict>) -> Vec<&'static str> {
    let BedConflict {
        adt, staff, sensor, ..
    } = conflict.unwrap_or_default();
    let all = [(adt, "adt"), (staff, "staff"), (sensor, "sensor")];
    let against = all.into_iter().filter(|(against, _)| *against);
    against.map(|(_, clock)| clock).collect()
}

pub(crate) const fn priority(priority: AlertPriority) -> &'static str {
    match priority {
        AlertPriority::Unspecified => "unspecified",
        AlertPriority::Low => "low",
        AlertPriority::Medium => "medium",
        AlertPriority::High => "high",
    }
}

pub(crate) const fn source_level(level: SourceLevel) -> &'static str {
    match level {
        SourceLevel::Unspecified => "live",
        SourceLevel::Aging => "aging",
        SourceLevel::Stale => "stale",
        SourceLevel::Lost => "lost",
    }
}

pub(crate) const fn alert_state(state: AlertState) -> &'static str {
    match state {
        AlertState::Unspecified => "unspecified",
        AlertState::Raised => "raised",
        AlertState::Cleared => "cleared",
        AlertState::Withdrawn => "withdrawn",
        AlertState::Retrospective => "retrospective",
        AlertState::Latched => "latched",
    }
}

pub(crate) const fn occupancy_source(source: OccupancySourceView) -> &'static str {
    match source {
        OccupancySourceView::Unspecified => "unspecified",
        OccupancySourceView::Pad => "pad",
        OccupancySourceView::Visits => "visits",
        OccupancySourceView::Both => "both",
    }
}

/// Whether a rule is about somebody who waits.
pub(crate) fn is_of_person(rule: &str) -> bool {
    ["appointment_waiting", "request_waiting"].contains(&rule)
}

/// Whether a rule's subject is a thing or a place: what is told outside may name it.
pub(crate) fn is_of_no_person(rule: &str) -> bool {
    let rules = [
        "bed_conflict",
        "bed_dirty",
        "cleaning_not_started",
        "device_silent",
        "devices_silent",
        "equipment_fault",
        "source_silent",
        "ward_full",
    ];
    rules.contains(&rule)
}

/// What came of a command that was refused for this reason, or for none.
pub(crate) const fn outcome(refused: &str) -> &'static str {
    match refused.is_empty() {
        true => "done",
        false => "refused",
    }
}
