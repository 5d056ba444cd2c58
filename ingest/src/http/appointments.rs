//! `POST /v1/{tenant}/{site}/appointments`: what happens to an appointment of a
//! clinic, from the booking to its end.

use events::fact::{AppointmentEvent, What};
use events::id::{AppointmentId, RoomId, SlotId, StaffId, WardId};

use super::fields::{Fault, Fields};

pub(super) const FIELDS: &[&str] = &[
    "appointment",
    "event",
    "at",
    "ward",
    "practitioner",
    "room",
    "type",
    "scheduled",
    "slot",
];

const EVENTS: &[&str] = &[
    "booked",
    "arrived",
    "roomed",
    "started",
    "ended",
    "cancelled",
    "no_show",
];

pub(super) fn read(fields: &Fields<'_>) -> Result<What, Fault> {
    let event = match fields.text("event")? {
        "booked" => AppointmentEvent::Booked(fields.time("scheduled")?),
        "arrived" => AppointmentEvent::Arrived,
        "roomed" => AppointmentEvent::Roomed,
        "started" => AppointmentEvent::Started,
        "ended" => AppointmentEvent::Ended,
        "cancelled" => AppointmentEvent::Cancelled,
        "no_show" => AppointmentEvent::NoShow,
        _ => return Err(fields.no_event(EVENTS)),
    };
    Ok(What::Appointment {
        appointment: fields.id("appointment", AppointmentId::encode)?,
        ward: fields.id("ward", WardId::encode)?,
        practitioner: fields.optional_id("practitioner", StaffId::encode)?,
        room: fields.optional_id("room", RoomId::encode)?,
        kind: fields.label("type")?,
        slot: fields.optional_id("slot", SlotId::encode)?,
        event,
    })
}
