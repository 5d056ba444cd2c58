//! What a Slot says: which time a clinic offers, for what, and whether it is taken.

use events::fact::{FactFlags, SlotEvent, What};
use events::id::SlotId;
use events::time::{CellTime, EventTime};
use serde::Deserialize;

use super::elements::{self, Common, Concept, Identifier, LAST_UPDATED, Reference, time};
use super::fault::{Fault, Issue};
use super::names::own_name;
use super::{Draft, Speaker};

/// Longest name of a kind of appointment, in characters.
const KIND_MAX: usize = 64;

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Slot {
    identifier: Vec<Identifier>,
    status: Option<String>,
    appointment_type: Concept,
    service_type: Vec<Concept>,
    schedule: Reference,
    start: Option<String>,
    end: Option<String>,
}

/// One that is taken is offered, too: it is part of the clinic's time.
pub(super) fn told(
    speaker: &Speaker<'_>,
    common: &Common,
    slot: &Slot,
    now: CellTime,
) -> Result<Vec<Draft>, Fault> {
    let events = match elements::needed(&slot.status, "status")? {
        "free" => vec![offered(slot, now)?],
        "busy" | "busy-tentative" => vec![offered(slot, now)?, SlotEvent::Booked],
        "busy-unavailable" | "entered-in-error" => vec![SlotEvent::Withdrawn],
        _ => {
            let detail = "is no status of R4";
            return Err(Fault::new(Issue::CodeInvalid, "status", detail));
        }
    };
    let ward = speaker.place(&slot.schedule, "schedule")?.ward;
    let name = own_name(common, &slot.identifier, "FILL", SlotId::encode)?;
    let kind = kind(&slot.appointment_type, &slot.service_type);
    let at = common.needed_last_updated()?;
    let draft = |event| Draft {
        at,
        when: LAST_UPDATED.to_owned(),
        what: What::Slot {
            slot: name.clone(),
            ward: ward.clone(),
            kind: kind.clone(),
            event,
        },
        flags: FactFlags::default(),
    };
    Ok(events.into_iter().map(draft).collect())
}

fn offered(slot: &Slot, now: CellTime) -> Result<SlotEvent, Fault> {
    let needed = |text: &Option<String>, path: &str| -> Result<EventTime, Fault> {
        time(text.as_deref(), path)?.ok_or_else(|| Fault::missing(path))
    };
    let (start, end) = (needed(&slot.start, "start")?, needed(&slot.end, "end")?);
    SlotEvent::offered(start, end, now)
        .map_err(|error| Fault::new(Issue::Value, error.field(), error.to_string()))
}

/// The first slot that an appointment takes: by the identifier, else by the id.
pub(super) fn taken(slots: &[Reference]) -> Result<Option<SlotId>, Fault> {
    let Some(slot) = slots.first() else {
        return Ok(None);
    };
    let id = || slot.address()?.split('/').nth(1);
    let Some(name) = slot.identifier.value().or_else(id) else {
        return Ok(None);
    };
    let encoded = SlotId::encode(name).map(Some);
    encoded.map_err(|error| Fault::new(Issue::Value, "slot[0]", format!("has a name that {error}")))
}

/// The type of appointment, else the service.
pub(super) fn kind(of_appointment: &Concept, services: &[Concept]) -> String {
    let service = || services.iter().find_map(Concept::words);
    let words = of_appointment.words().or_else(service);
    let plain = words.unwrap_or_default().replace(char::is_control, " ");
    plain.chars().take(KIND_MAX).collect()
}
