//! What SIU says of an appointment: SCH which and how it stands, AIS, AIG, AIL and
//! AIP with what, where and with whom.

use events::fact::{AppointmentEvent, What};
use events::id::{AppointmentId, StaffId};
use events::reason::{Reason, Rejected};
use hl7_parser::message::Segment;
use jiff::tz::TimeZone;

use super::local::AppointmentStatus;
use super::message::{Message, Spot};
use super::places::{self, Speech};
use super::time;
use super::trigger::Planning;

/// Longest name of a kind of appointment, in characters.
const KIND_MAX: usize = 64;

/// Nothing, when the message is about no appointment of a patient.
pub(super) fn told(
    speech: &Speech<'_, '_>,
    planning: Planning,
    zone: &TimeZone,
) -> Result<Vec<What>, Rejected> {
    let message = speech.message;
    let Some(sch) = segment(message, "SCH") else {
        return Err(Rejected::new(Reason::FieldMissing, "SCH is missing"));
    };
    let Some(event) = event(speech, sch, planning, zone)? else {
        return Ok(vec![]);
    };
    let practitioner = message.first("AIP", 3, 1)?;
    let place = place(speech)?;
    Ok(vec![What::Appointment {
        appointment: appointment(message, sch)?,
        ward: place.ward,
        practitioner: practitioner
            .map(|name| StaffId::encode(&name))
            .transpose()
            .map_err(|error| places::invalid(Spot("AIP", 3, 1), error))?,
        room: place.room,
        kind: kind(message)?,
        slot: None,
        event,
    }])
}

fn segment<'s, 'm>(message: &'s Message<'m>, name: &str) -> Option<&'s Segment<'m>> {
    message.segments().find(|segment| segment.name == name)
}

fn event(
    speech: &Speech<'_, '_>,
    sch: &Segment<'_>,
    planning: Planning,
    zone: &TimeZone,
) -> Result<Option<AppointmentEvent>, Rejected> {
    let booked = || {
        let at = scheduled(speech.message, zone)?;
        Ok(Some(AppointmentEvent::Booked(at)))
    };
    let status = match planning {
        Planning::Booked => return booked(),
        Planning::Cancelled => return Ok(Some(AppointmentEvent::Cancelled)),
        Planning::NoShow => return Ok(Some(AppointmentEvent::NoShow)),
        Planning::Changed => speech.message.value(sch, Spot("SCH", 25, 1))?,
    };
    let Some(status) = status else {
        return booked();
    };
    match speech.naming.local.appointment_status(&status) {
        Some(AppointmentStatus::Agreed) => booked(),
        Some(AppointmentStatus::Happened(event)) => Ok(Some(event)),
        Some(AppointmentStatus::Other) => Ok(None),
        None => {
            let detail = "SCH-25 is neither in table 0278 nor in the mapping of this sender";
            Err(Rejected::new(Reason::CodeUnknown, detail))
        }
    }
}

/// The filler's number, else the placer's: who fills it in decides what becomes of it.
fn appointment(message: &Message<'_>, sch: &Segment<'_>) -> Result<AppointmentId, Rejected> {
    for field in [2, 1] {
        let spot = Spot("SCH", field, 1);
        if let Some(number) = message.value(sch, spot)? {
            return AppointmentId::encode(&number).map_err(|error| places::invalid(spot, error));
        }
    }
    let detail = "SCH-2 and SCH-1 are both missing";
    Err(Rejected::new(Reason::FieldMissing, detail))
}

/// When it is to begin: as the whole, else as the first of its parts says.
fn scheduled(message: &Message<'_>, zone: &TimeZone) -> Result<events::time::EventTime, Rejected> {
    let spots = [
        Spot("SCH", 11, 4),
        Spot("AIS", 4, 1),
        Spot("AIG", 8, 1),
        Spot("AIL", 6, 1),
        Spot("AIP", 6, 1),
    ];
    for spot @ Spot(segment, field, component) in spots {
        if let Some(text) = message.first(segment, field, component)? {
            return time::read(&spot.to_string(), &text, &time::zone(message, zone)?);
        }
    }
    let detail = "SCH-11.4, AIS-4, AIG-8, AIL-6 and AIP-6 are all missing";
    Err(Rejected::new(Reason::FieldMissing, detail))
}

/// The clinic: where it takes place, else where the patient is.
fn place(speech: &Speech<'_, '_>) -> Result<events::place::Place, Rejected> {
    for name in ["AIL", "PV1"] {
        if let Some(segment) = segment(speech.message, name)
            && speech.message.value(segment, Spot(name, 3, 1))?.is_some()
        {
            return speech.place(segment, name, 3);
        }
    }
    let detail = "AIL-3.1 and PV1-3.1 are both missing";
    Err(Rejected::new(Reason::Hl7NoPlace, detail))
}

/// The type of appointment, else the service.
fn kind(message: &Message<'_>) -> Result<String, Rejected> {
    let kind = match message.first("SCH", 8, 1)? {
        Some(kind) => Some(kind),
        None => message.first("AIS", 3, 1)?,
    };
    let plain = kind.unwrap_or_default().replace(char::is_control, " ");
    Ok(plain.chars().take(KIND_MAX).collect())
}
