//! `POST /v1/{tenant}/{site}/visits`: what happens to a stay, from the request
//! for a bed to the discharge.

use events::fact::{VisitEvent, What};
use events::id::{BedId, RoomId, VisitId, WardId};
use events::place::Place;
use events::reason::Reason;
use serde_json::Value as Json;

use super::batch::Caller;
use super::fields::{Fault, Fields};
use crate::label::Person;

pub(super) const FIELDS: &[&str] = &[
    "visit", "patient", "event", "at", "ward", "room", "bed", "expected", "began", "family",
    "given", "private",
];

const EVENTS: &[&str] = &[
    "bed_requested",
    "bed_assigned",
    "ready_to_move",
    "admitted",
    "transferred",
    "ready_to_leave",
    "expected_discharge",
    "discharged",
    "cancelled",
    "emergency",
    "admission_decided",
    "left_unseen",
    "stay_began",
];

/// Longest text that identifies a patient, in bytes.
const PATIENT_MAX: usize = 256;

pub(super) fn read(fields: &Fields<'_>, caller: &Caller<'_>) -> Result<What, Fault> {
    let event = match fields.text("event")? {
        "bed_requested" => VisitEvent::BedRequested(fields.id("ward", WardId::encode)?),
        "bed_assigned" => VisitEvent::BedAssigned(bed(fields)?),
        "ready_to_move" => VisitEvent::ReadyToMove,
        "admitted" => VisitEvent::Admitted(place(fields)?),
        "transferred" => VisitEvent::Transferred(place(fields)?),
        "ready_to_leave" => VisitEvent::ReadyToLeave,
        "expected_discharge" => VisitEvent::ExpectedDischarge(fields.time("expected")?),
        "discharged" => VisitEvent::Discharged,
        "cancelled" => VisitEvent::Cancelled,
        "emergency" => VisitEvent::Emergency,
        "admission_decided" => VisitEvent::AdmissionDecided,
        "left_unseen" => VisitEvent::LeftUnseen,
        "stay_began" => VisitEvent::StayBegan(fields.time("began")?),
        _ => return Err(fields.no_event(EVENTS)),
    };
    let patient = match fields.optional_text("patient")? {
        None => None,
        Some(original) if original.is_empty() || original.len() > PATIENT_MAX => {
            let detail = format!("is not a text of 1 to {PATIENT_MAX} bytes");
            return Err(fields.fault("patient", Reason::IdInvalid, detail));
        }
        Some(original) => Some(caller.pseudonyms.of(&caller.site.tenant, "", original)),
    };
    // Who it is goes no further than the label of the visit: see [`people`].
    fields.label("family")?;
    fields.label("given")?;
    fields.flag("private")?;
    Ok(What::Visit {
        visit: fields.id("visit", VisitId::encode)?,
        patient,
        event,
    })
}

/// Whose visits the objects of a body are, where they name somebody; they have been read.
pub(super) fn people(objects: &[Json]) -> Vec<(VisitId, Person)> {
    let person = |object: &Json| {
        let fields = Fields::of(object, 0, FIELDS).ok()?;
        let text = |name| {
            Some(
                fields
                    .optional_text(name)
                    .ok()?
                    .unwrap_or_default()
                    .to_owned(),
            )
        };
        let person = Person {
            family: text("family")?,
            given: text("given")?,
            number: text("patient")?,
            is_private: fields.flag("private").ok()?,
        };
        let is_named = person.is_private || !(person.family.is_empty() && person.given.is_empty());
        let visit = fields.id("visit", VisitId::encode).ok()?;
        is_named.then_some((visit, person))
    };
    objects.iter().filter_map(person).collect()
}

/// A bed, or a ward place when no bed is named.
fn place(fields: &Fields<'_>) -> Result<Place, Fault> {
    Ok(Place {
        ward: fields.id("ward", WardId::encode)?,
        room: fields.optional_id("room", RoomId::encode)?,
        bed: fields.optional_id("bed", BedId::encode)?,
    })
}

/// A place that must have a bed.
pub(super) fn bed(fields: &Fields<'_>) -> Result<Place, Fault> {
    Ok(Place {
        bed: Some(fields.id("bed", BedId::encode)?),
        ..place(fields)?
    })
}
