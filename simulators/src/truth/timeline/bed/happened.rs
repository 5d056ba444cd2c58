//! What happened to each bed, in order.

use std::collections::BTreeMap;

use events::command::Action;
use events::control::OccupancySource;
use events::fact::{BedTap, Fact, SensorFact, What};
use events::id::VisitId;
use events::place::{BedKey, Place};
use events::sensor::Reading;
use events::topic::DevicePath;

use super::super::meaning;
use super::super::visit::{Move, Way};

/// Something that happened to a bed.
pub(super) enum Event<'a> {
    Moved(VisitId, Way, Option<i64>),
    Tapped(&'a BedTap),
    Said(SensorFact),
    Ruled(OccupancySource),
}

/// What happened to each bed; at equal times facts before readings.
pub(super) fn events<'a>(
    moves: Vec<Move>,
    facts: &[&'a Fact],
    readings: &[(&DevicePath, &Reading)],
) -> BTreeMap<BedKey, Vec<(i64, Event<'a>)>> {
    let mut events: BTreeMap<BedKey, Vec<_>> = BTreeMap::new();
    for Move {
        at,
        bed,
        visit,
        way,
        due,
    } in moves
    {
        let event = Event::Moved(visit, way, due);
        events.entry(bed).or_default().push((at, event));
    }
    for fact in facts {
        if let Some((place, tap)) = tapped(&fact.what)
            && !is_taken_back(&fact.what, facts)
            && let Some(bed) = place.bed_key()
        {
            let event = (fact.at.0, Event::Tapped(tap));
            events.entry(bed).or_default().push(event);
        }
    }
    for (path, reading) in readings {
        if let (Some(bed), Some(said)) = (path.place.bed_key(), meaning(reading)) {
            let event = (reading.at.0, Event::Said(said));
            events.entry(bed).or_default().push(event);
        }
    }
    events
}

/// The bed that somebody tapped, and how.
fn tapped(what: &What) -> Option<(&Place, &BedTap)> {
    match what {
        What::Bed { place, tap } => Some((place, tap)),
        What::Command(command) => match &command.action {
            Action::Tap { place, tap } => Some((place, tap)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether somebody said that this command was a mistake. Who says so says it in time.
fn is_taken_back(what: &What, facts: &[&Fact]) -> bool {
    let What::Command(command) = what else {
        return false;
    };
    facts.iter().any(|fact| match &fact.what {
        What::Command(other) => {
            matches!(other.action, Action::Undo { command: of, .. } if of == command.id)
        }
        _ => false,
    })
}

impl Event<'_> {
    /// Whether staff did something that nobody does to a bed that somebody is in.
    pub(super) fn is_by_staff(&self) -> bool {
        matches!(
            self,
            Self::Tapped(BedTap::Clean | BedTap::Dirty) | Self::Said(SensorFact::Cleaning(_))
        )
    }
}
