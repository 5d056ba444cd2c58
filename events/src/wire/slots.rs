//! Facts about slots to and from their bytes.

use super::{WireError, id};
use crate::fact::{SlotEvent, What};
use crate::id::{SlotId, WardId};
use crate::proto;
use crate::time::EventTime;

pub(super) fn encode(
    (slot, ward, kind): (&SlotId, &WardId, &str),
    event: SlotEvent,
) -> proto::SlotFact {
    let (event, start_ms, end_ms) = match event {
        SlotEvent::Offered { start, end } => (proto::SlotEvent::Offered, start.0, end.0),
        SlotEvent::Booked => (proto::SlotEvent::Booked, 0, 0),
        SlotEvent::Withdrawn => (proto::SlotEvent::Withdrawn, 0, 0),
    };
    proto::SlotFact {
        slot: slot.to_string(),
        ward: ward.to_string(),
        kind: kind.to_owned(),
        event: event as i32,
        start_ms,
        end_ms,
    }
}

pub(super) fn decode(slot: proto::SlotFact) -> Result<What, WireError> {
    let event = match slot.event() {
        proto::SlotEvent::Offered => SlotEvent::Offered {
            start: EventTime(slot.start_ms),
            end: EventTime(slot.end_ms),
        },
        proto::SlotEvent::Booked => SlotEvent::Booked,
        proto::SlotEvent::Withdrawn => SlotEvent::Withdrawn,
        proto::SlotEvent::Unspecified => return Err(WireError::Meaning("slot event")),
    };
    Ok(What::Slot {
        slot: id("slot", &slot.slot, SlotId::new)?,
        ward: id("ward", &slot.ward, WardId::new)?,
        kind: slot.kind,
        event,
    })
}
