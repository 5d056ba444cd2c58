//! Facts to and from their bytes.

use super::{Record, WireError, commands, decode, encode, id, optional, slots, vitals};
use crate::fact::{AppointmentEvent, BedTap, Fact, FactFlags, Receipt, Told, VisitEvent, What};
use crate::id::{
    AppointmentId, BedId, PatientId, RoleId, RoomId, SiteId, SlotId, StaffId, TenantId, VisitId,
    WardId,
};
use crate::place::{Place, Site};
use crate::proto::{self, fact::What as Wire};
use crate::time::{CellTime, EventTime};

/// Writes a value of the topic `facts`.
pub fn encode_facts(told: &Told) -> Vec<u8> {
    encode(&proto::FactRecord {
        record: Some(proto::fact_record::Record::Facts(proto::Facts {
            tenant: told.site.tenant.to_string(),
            site: told.site.site.to_string(),
            source: told.source.clone(),
            facts: told.facts.iter().map(encode_fact).collect(),
            receipt: told.receipt.as_ref().map(|receipt| proto::Receipt {
                path: receipt.path.clone(),
                key: receipt.key.to_vec(),
                body: receipt.body.to_vec(),
            }),
        })),
    })
}

/// Reads a value of the topic `facts`.
///
/// # Errors
/// The bytes are no such record.
pub fn decode_facts(bytes: &[u8]) -> Result<Record<Told>, WireError> {
    let facts = match decode::<proto::FactRecord>(bytes)?.record {
        Some(proto::fact_record::Record::Tick(tick)) => return Ok(Record::Tick(tick.into())),
        Some(proto::fact_record::Record::Facts(facts)) => facts,
        None => return Err(WireError::Empty),
    };
    Ok(Record::Data(Told {
        site: Site {
            tenant: id("tenant", &facts.tenant, TenantId::new)?,
            site: id("site", &facts.site, SiteId::new)?,
        },
        source: facts.source,
        facts: facts
            .facts
            .into_iter()
            .map(decode_fact)
            .collect::<Result<_, _>>()?,
        receipt: facts.receipt.map(decode_receipt).transpose()?,
    }))
}

fn decode_receipt(receipt: proto::Receipt) -> Result<Receipt, WireError> {
    let hash = |bytes: Vec<u8>| bytes.try_into().map_err(|_| WireError::Meaning("receipt"));
    Ok(Receipt {
        path: receipt.path,
        key: hash(receipt.key)?,
        body: hash(receipt.body)?,
    })
}

fn encode_fact(fact: &Fact) -> proto::Fact {
    let what = match &fact.what {
        What::Visit {
            visit,
            patient,
            event,
        } => Wire::Visit(encode_visit(visit, patient.as_ref(), event)),
        What::Vital {
            visit,
            patient,
            observation,
            code,
            revised,
            event,
        } => {
            let about = (visit, patient.as_ref(), observation, code);
            Wire::Vital(vitals::encode(about, *revised, *event))
        }
        What::Appointment {
            appointment,
            ward,
            practitioner,
            room,
            kind,
            slot,
            event,
        } => {
            let (event, scheduled_ms) = encode_appointment_event(*event);
            Wire::Appointment(proto::AppointmentFact {
                appointment: appointment.to_string(),
                ward: ward.to_string(),
                event: event as i32,
                practitioner: text(practitioner.as_ref()),
                room: text(room.as_ref()),
                kind: kind.clone(),
                scheduled_ms,
                slot: text(slot.as_ref()),
            })
        }
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => Wire::Staff(proto::StaffFact {
            member: member.to_string(),
            ward: ward.to_string(),
            role: role.to_string(),
            on_shift: *on_shift,
        }),
        What::Slot {
            slot,
            ward,
            kind,
            event,
        } => Wire::Slot(slots::encode((slot, ward, kind), *event)),
        What::Bed { place, tap } => Wire::Bed(encode_tap(place, tap)),
        What::Command(command) => Wire::Command(commands::encode(command)),
    };
    proto::Fact {
        at_ms: fact.at.0,
        told_ms: fact.told.0,
        flags: fact.flags.0,
        what: Some(what),
    }
}

fn decode_fact(fact: proto::Fact) -> Result<Fact, WireError> {
    let what = match fact.what.ok_or(WireError::Empty)? {
        Wire::Visit(visit) => decode_visit(&visit)?,
        Wire::Appointment(appointment) => decode_appointment(appointment)?,
        Wire::Staff(staff) => What::Staff {
            member: id("member", &staff.member, StaffId::new)?,
            ward: id("ward", &staff.ward, WardId::new)?,
            role: id("role", &staff.role, RoleId::new)?,
            on_shift: staff.on_shift,
        },
        Wire::Vital(vital) => vitals::decode(vital)?,
        Wire::Slot(slot) => slots::decode(slot)?,
        Wire::Bed(bed) => {
            let (place, tap) = decode_tap(bed)?;
            What::Bed { place, tap }
        }
        Wire::Command(command) => commands::decode(command)?,
    };
    Ok(Fact {
        at: EventTime(fact.at_ms),
        told: CellTime(fact.told_ms),
        flags: FactFlags(fact.flags),
        what,
    })
}

fn encode_visit(
    visit: &VisitId,
    patient: Option<&PatientId>,
    event: &VisitEvent,
) -> proto::VisitFact {
    let mut wire = proto::VisitFact {
        visit: visit.to_string(),
        patient: text(patient),
        ..Default::default()
    };
    let (code, place) = match event {
        VisitEvent::BedRequested(ward) => {
            let place = Place {
                ward: ward.clone(),
                room: None,
                bed: None,
            };
            (proto::VisitEvent::BedRequested, Some(encode_place(&place)))
        }
        VisitEvent::BedAssigned(place) => {
            (proto::VisitEvent::BedAssigned, Some(encode_place(place)))
        }
        VisitEvent::ReadyToMove => (proto::VisitEvent::ReadyToMove, None),
        VisitEvent::Admitted(place) => (proto::VisitEvent::Admitted, Some(encode_place(place))),
        VisitEvent::Transferred(place) => {
            (proto::VisitEvent::Transferred, Some(encode_place(place)))
        }
        VisitEvent::ReadyToLeave => (proto::VisitEvent::ReadyToLeave, None),
        VisitEvent::ExpectedDischarge(at) => {
            wire.expected_ms = at.0;
            (proto::VisitEvent::ExpectedDischarge, None)
        }
        VisitEvent::Discharged => (proto::VisitEvent::Discharged, None),
        VisitEvent::Cancelled => (proto::VisitEvent::Cancelled, None),
        VisitEvent::PlacedByCancel(place) => {
            (proto::VisitEvent::PlacedByCancel, Some(encode_place(place)))
        }
        VisitEvent::Merged(into) => {
            wire.merged_into = into.to_string();
            (proto::VisitEvent::Merged, None)
        }
        VisitEvent::Emergency => (proto::VisitEvent::Emergency, None),
        VisitEvent::AdmissionDecided => (proto::VisitEvent::AdmissionDecided, None),
        VisitEvent::LeftUnseen => (proto::VisitEvent::LeftUnseen, None),
        VisitEvent::StayBegan(at) => {
            wire.began_ms = at.0;
            (proto::VisitEvent::StayBegan, None)
        }
    };
    (wire.event, wire.place) = (code as i32, place);
    wire
}

fn decode_visit(visit: &proto::VisitFact) -> Result<What, WireError> {
    use proto::VisitEvent as Code;
    let place = || decode_place(visit.place.as_ref());
    let event = match visit.event() {
        Code::BedRequested => VisitEvent::BedRequested(place()?.ward),
        Code::BedAssigned => VisitEvent::BedAssigned(place()?),
        Code::ReadyToMove => VisitEvent::ReadyToMove,
        Code::Admitted => VisitEvent::Admitted(place()?),
        Code::Transferred => VisitEvent::Transferred(place()?),
        Code::ReadyToLeave => VisitEvent::ReadyToLeave,
        Code::ExpectedDischarge => VisitEvent::ExpectedDischarge(EventTime(visit.expected_ms)),
        Code::Discharged => VisitEvent::Discharged,
        Code::Cancelled => VisitEvent::Cancelled,
        Code::PlacedByCancel => VisitEvent::PlacedByCancel(place()?),
        Code::Merged => VisitEvent::Merged(id("merged_into", &visit.merged_into, VisitId::new)?),
        Code::Emergency => VisitEvent::Emergency,
        Code::AdmissionDecided => VisitEvent::AdmissionDecided,
        Code::LeftUnseen => VisitEvent::LeftUnseen,
        Code::StayBegan => VisitEvent::StayBegan(EventTime(visit.began_ms)),
        Code::Unspecified => return Err(WireError::Meaning("visit event")),
    };
    Ok(What::Visit {
        visit: id("visit", &visit.visit, VisitId::new)?,
        patient: optional("patient", &visit.patient, PatientId::new)?,
        event,
    })
}

fn encode_appointment_event(event: AppointmentEvent) -> (proto::AppointmentEvent, i64) {
    use proto::AppointmentEvent as Code;
    match event {
        AppointmentEvent::Booked(scheduled) => (Code::Booked, scheduled.0),
        AppointmentEvent::Arrived => (Code::Arrived, 0),
        AppointmentEvent::Roomed => (Code::Roomed, 0),
        AppointmentEvent::Started => (Code::Started, 0),
        AppointmentEvent::Ended => (Code::Ended, 0),
        AppointmentEvent::Cancelled => (Code::Cancelled, 0),
        AppointmentEvent::NoShow => (Code::NoShow, 0),
    }
}

fn decode_appointment(appointment: proto::AppointmentFact) -> Result<What, WireError> {
    use proto::AppointmentEvent as Code;
    let event = match appointment.event() {
        Code::Booked => AppointmentEvent::Booked(EventTime(appointment.scheduled_ms)),
        Code::Arrived => AppointmentEvent::Arrived,
        Code::Roomed => AppointmentEvent::Roomed,
        Code::Started => AppointmentEvent::Started,
        Code::Ended => AppointmentEvent::Ended,
        Code::Cancelled => AppointmentEvent::Cancelled,
        Code::NoShow => AppointmentEvent::NoShow,
        Code::Unspecified => return Err(WireError::Meaning("appointment event")),
    };
    Ok(What::Appointment {
        appointment: id("appointment", &appointment.appointment, AppointmentId::new)?,
        ward: id("ward", &appointment.ward, WardId::new)?,
        practitioner: optional("practitioner", &appointment.practitioner, StaffId::new)?,
        room: optional("room", &appointment.room, RoomId::new)?,
        kind: appointment.kind,
        slot: optional("slot", &appointment.slot, SlotId::new)?,
        event,
    })
}

pub(super) fn encode_tap(place: &Place, tap: &BedTap) -> proto::BedFact {
    let mut wire = proto::BedFact {
        place: Some(encode_place(place)),
        ..Default::default()
    };
    let code = match tap {
        BedTap::Clean => proto::BedTap::Clean,
        BedTap::Dirty => proto::BedTap::Dirty,
        BedTap::Open => proto::BedTap::Open,
        BedTap::Blocked {
            reason,
            expected_back,
        } => {
            wire.reason.clone_from(reason);
            wire.expected_back_ms = expected_back.map_or(0, |at| at.0);
            proto::BedTap::Blocked
        }
    };
    wire.tap = code as i32;
    wire
}

pub(super) fn decode_tap(bed: proto::BedFact) -> Result<(Place, BedTap), WireError> {
    let tap = match bed.tap() {
        proto::BedTap::Clean => BedTap::Clean,
        proto::BedTap::Dirty => BedTap::Dirty,
        proto::BedTap::Open => BedTap::Open,
        proto::BedTap::Blocked => BedTap::Blocked {
            expected_back: (bed.expected_back_ms != 0).then_some(EventTime(bed.expected_back_ms)),
            reason: bed.reason,
        },
        proto::BedTap::Unspecified => return Err(WireError::Meaning("tap")),
    };
    let place = decode_place(bed.place.as_ref())?;
    if place.bed.is_none() {
        return Err(WireError::Meaning("bed"));
    }
    Ok((place, tap))
}

fn encode_place(place: &Place) -> proto::Place {
    proto::Place {
        ward: place.ward.to_string(),
        room: place
            .room
            .as_ref()
            .map_or_else(|| "-".to_owned(), ToString::to_string),
        bed: place.bed.as_ref().map(ToString::to_string),
    }
}

fn decode_place(place: Option<&proto::Place>) -> Result<Place, WireError> {
    let place = place.ok_or(WireError::Meaning("place"))?;
    Ok(Place {
        ward: id("ward", &place.ward, WardId::new)?,
        room: match place.room.as_str() {
            "-" | "" => None,
            room => Some(id("room", room, RoomId::new)?),
        },
        bed: place
            .bed
            .as_deref()
            .map(|bed| id("bed", bed, BedId::new))
            .transpose()?,
    })
}

fn text(id: Option<&impl ToString>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}
