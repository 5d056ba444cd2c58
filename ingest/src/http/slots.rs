//! `POST /v1/{tenant}/{site}/slots`: which time a clinic offers, and for what.

use events::fact::{SlotEvent, What};
use events::id::{SlotId, WardId};
use events::reason::Reason;
use events::time::CellTime;

use super::fields::{Fault, Fields};

pub(super) const FIELDS: &[&str] = &["slot", "event", "at", "ward", "type", "start", "end"];

const EVENTS: &[&str] = &["offered", "booked", "withdrawn"];

/// What is said at `now`.
pub(super) fn read(fields: &Fields<'_>, now: CellTime) -> Result<What, Fault> {
    let event = match fields.text("event")? {
        "offered" => offered(fields, now)?,
        "booked" => SlotEvent::Booked,
        "withdrawn" => SlotEvent::Withdrawn,
        _ => return Err(fields.no_event(EVENTS)),
    };
    Ok(What::Slot {
        slot: fields.id("slot", SlotId::encode)?,
        ward: fields.id("ward", WardId::encode)?,
        kind: fields.label("type")?,
        event,
    })
}

fn offered(fields: &Fields<'_>, now: CellTime) -> Result<SlotEvent, Fault> {
    let (start, end) = (fields.time("start")?, fields.time("end")?);
    SlotEvent::offered(start, end, now)
        .map_err(|error| fields.fault(error.field(), Reason::OutOfRange, error.to_string()))
}
