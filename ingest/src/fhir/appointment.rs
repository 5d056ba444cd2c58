//! What an Appointment says: how it stands, for when, where, with whom.

use events::fact::{AppointmentEvent, FactFlags, What};
use events::id::{AppointmentId, StaffId};
use events::place::Place;
use events::time::EventTime;
use serde::Deserialize;

use super::elements::{self, Common, Concept, Identifier, LAST_UPDATED, Reference, time};
use super::fault::{Fault, Issue};
use super::names::own_name;
use super::{Draft, Speaker, slot};
use crate::hl7::local::AppointmentStatus;

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Appointment {
    identifier: Vec<Identifier>,
    status: Option<String>,
    appointment_type: Concept,
    service_type: Vec<Concept>,
    start: Option<String>,
    slot: Vec<Reference>,
    participant: Vec<Participant>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Participant {
    actor: Reference,
}

/// Nothing, while it is not agreed.
pub(super) fn told(
    speaker: &Speaker<'_>,
    common: &Common,
    appointment: &Appointment,
) -> Result<Vec<Draft>, Fault> {
    let Some(event) = event(speaker, appointment)? else {
        return Ok(vec![]);
    };
    let Place { ward, room, .. } = place(speaker, appointment)?;
    let what = What::Appointment {
        appointment: own_name(
            common,
            &appointment.identifier,
            "FILL",
            AppointmentId::encode,
        )?,
        ward,
        practitioner: practitioner(appointment)?,
        room,
        kind: slot::kind(&appointment.appointment_type, &appointment.service_type),
        slot: slot::taken(&appointment.slot)?,
        event,
    };
    Ok(vec![Draft {
        at: common.needed_last_updated()?,
        when: LAST_UPDATED.to_owned(),
        what,
        flags: FactFlags::default(),
    }])
}

fn event(
    speaker: &Speaker<'_>,
    appointment: &Appointment,
) -> Result<Option<AppointmentEvent>, Fault> {
    let code = elements::needed(&appointment.status, "status")?;
    let own = speaker.local.appointment_statuses.get(code).copied();
    let Some(status) = own.or_else(|| by_code(code)) else {
        let detail = "is neither a status of R4 nor in the mapping of this site";
        return Err(Fault::new(Issue::CodeInvalid, "status", detail));
    };
    Ok(match status {
        AppointmentStatus::Agreed => Some(AppointmentEvent::Booked(start(appointment)?)),
        AppointmentStatus::Happened(event) => Some(event),
        AppointmentStatus::Other => None,
    })
}

fn by_code(code: &str) -> Option<AppointmentStatus> {
    use AppointmentEvent::{Arrived, Cancelled, Ended, NoShow};
    use AppointmentStatus::{Agreed, Happened, Other};
    Some(match code {
        "booked" | "pending" => Agreed,
        "arrived" | "checked-in" => Happened(Arrived),
        "fulfilled" => Happened(Ended),
        "cancelled" | "entered-in-error" => Happened(Cancelled),
        "noshow" => Happened(NoShow),
        "proposed" | "waitlist" => Other,
        _ => return None,
    })
}

fn start(appointment: &Appointment) -> Result<EventTime, Fault> {
    time(appointment.start.as_deref(), "start")?.ok_or_else(|| Fault::missing("start"))
}

/// The first participant that is of this type, and where it stands.
fn participant<'a>(appointment: &'a Appointment, kind: &str) -> Option<(String, &'a Reference)> {
    let mut actors = appointment.participant.iter().enumerate();
    actors.find_map(|(index, participant)| {
        let path = format!("participant[{index}].actor");
        participant
            .actor
            .is_to(kind)
            .then_some((path, &participant.actor))
    })
}

/// The clinic, and the room when it is named.
fn place(speaker: &Speaker<'_>, appointment: &Appointment) -> Result<Place, Fault> {
    let Some((path, actor)) = participant(appointment, "Location") else {
        let detail = "none is a Location: the clinic is missing";
        return Err(Fault::new(Issue::Required, "participant", detail));
    };
    speaker.place(actor, &path)
}

/// With whom: by the identifier, else by the id.
fn practitioner(appointment: &Appointment) -> Result<Option<StaffId>, Fault> {
    let Some((path, actor)) = participant(appointment, "Practitioner") else {
        return Ok(None);
    };
    let id = || actor.address()?.split('/').nth(1);
    let Some(name) = actor.identifier.value().or_else(id) else {
        return Ok(None);
    };
    let encoded = StaffId::encode(name).map(Some);
    encoded.map_err(|error| Fault::new(Issue::Value, path, format!("has a name that {error}")))
}
