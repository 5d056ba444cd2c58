//! What an ADT message says about visits. A message has one or more groups: a
//! PID and the PV1 and MRG that belong to it.

use events::fact::{VisitEvent, What};
use events::id::{BedId, IdError, PatientId, RoomId, TenantId, VisitId, WardId};
use events::place::Place;
use events::reason::{Reason, Rejected};
use hl7_parser::message::Segment;

use crate::pseudonym::Pseudonyms;

use super::message::{Message, Spot, repetitions};
use super::trigger::Event;

/// What names are made of.
pub(super) struct Naming<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) pseudonyms: &'a Pseudonyms,
}

impl Naming<'_> {
    fn patient(&self, authority: &str, identifier: &str) -> PatientId {
        self.pseudonyms.of(self.tenant, authority, identifier)
    }
}

/// What a message of this event says, in its order; never nothing.
pub(super) fn told(
    message: &Message<'_>,
    event: Event,
    naming: &Naming<'_>,
) -> Result<Vec<What>, Rejected> {
    let speech = Speech { message, naming };
    let groups = groups(message);
    let Some(group) = groups.first() else {
        return Err(Rejected::new(Reason::Hl7NoPatient, "PID is missing"));
    };
    let what = match event {
        Event::Admitted => speech.placed(group, VisitEvent::Admitted)?,
        Event::Cancelled => speech.said(group, VisitEvent::Cancelled)?,
        Event::Discharged => speech.said(group, VisitEvent::Discharged)?,
        Event::Merged => return groups.iter().map(|group| speech.merged(group)).collect(),
        Event::PutBack => speech.placed(group, VisitEvent::PlacedByCancel)?,
        Event::Swapped => return speech.swapped(&groups),
        Event::Transferred => speech.placed(group, VisitEvent::Transferred)?,
    };
    Ok(vec![what])
}

/// A patient and what follows about the patient.
struct Group<'s, 'm> {
    pid: &'s Segment<'m>,
    pv1: Option<&'s Segment<'m>>,
    mrg: Option<&'s Segment<'m>>,
}

fn groups<'s, 'm>(message: &'s Message<'m>) -> Vec<Group<'s, 'm>> {
    let mut groups: Vec<Group<'s, 'm>> = Vec::new();
    for segment in message.segments() {
        match (segment.name, groups.last_mut()) {
            ("PID", _) => groups.push(Group {
                pid: segment,
                pv1: None,
                mrg: None,
            }),
            ("PV1", Some(group)) => group.pv1 = Some(segment),
            ("MRG", Some(group)) => group.mrg = Some(segment),
            _ => {}
        }
    }
    groups
}

/// One message, and how its people are called here.
struct Speech<'s, 'm> {
    message: &'s Message<'m>,
    naming: &'s Naming<'s>,
}

impl<'s, 'm> Speech<'s, 'm> {
    fn said(&self, group: &Group<'s, 'm>, event: VisitEvent) -> Result<What, Rejected> {
        let patient = self.patient(group.pid, "PID", 3)?;
        Ok(What::Visit {
            visit: self.visit(&patient, group.pv1, Spot("PV1", 19, 1))?,
            patient: Some(patient),
            event,
        })
    }

    fn placed(
        &self,
        group: &Group<'s, 'm>,
        event: fn(Place) -> VisitEvent,
    ) -> Result<What, Rejected> {
        self.said(group, event(self.place(group.pv1)?))
    }

    fn swapped(&self, groups: &[Group<'s, 'm>]) -> Result<Vec<What>, Rejected> {
        let [first, second] = groups else {
            let detail = "a swap does not have 2 PID segments";
            return Err(Rejected::new(Reason::Hl7NoPatient, detail));
        };
        let first = self.placed(first, VisitEvent::Transferred)?;
        let second = self.placed(second, VisitEvent::Transferred)?;
        Ok(vec![first, second])
    }

    /// What happens to the visit of MRG: it goes on under that of PID.
    fn merged(&self, group: &Group<'s, 'm>) -> Result<What, Rejected> {
        let mrg = group
            .mrg
            .ok_or_else(|| Rejected::new(Reason::Hl7NoPatient, "MRG is missing"))?;
        let survivor = self.patient(group.pid, "PID", 3)?;
        let into = self.visit(&survivor, group.pv1, Spot("PV1", 19, 1))?;
        let patient = self.patient(mrg, "MRG", 1)?;
        let visit = self.visit(&patient, Some(mrg), Spot("MRG", 5, 1))?;
        if visit == into {
            let detail = "MRG-1 is the patient of PID-3";
            return Err(Rejected::new(Reason::Hl7NoPatient, detail));
        }
        Ok(What::Visit {
            visit,
            patient: Some(patient),
            event: VisitEvent::Merged(into),
        })
    }

    /// The medical record number among the identifiers, else the first of them.
    fn patient(
        &self,
        segment: &Segment<'m>,
        name: &'static str,
        field: usize,
    ) -> Result<PatientId, Rejected> {
        let mut first = None;
        for identifier in repetitions(segment, field) {
            let component = |number| {
                self.message
                    .component(identifier, Spot(name, field, number))
            };
            let Some(id) = component(1)? else { continue };
            let authority = component(4)?.unwrap_or_default();
            let kind = component(5)?;
            if matches!(kind.as_deref(), Some("MR" | "MRN")) {
                return Ok(self.naming.patient(&authority, &id));
            }
            first.get_or_insert((authority, id));
        }
        let (authority, id) = first.ok_or_else(|| {
            let detail = format!("{name}-{field} is missing");
            Rejected::new(Reason::Hl7NoPatient, detail)
        })?;
        Ok(self.naming.patient(&authority, &id))
    }

    /// The visit number at `spot`; without one a patient has one visit.
    fn visit(
        &self,
        patient: &PatientId,
        segment: Option<&Segment<'m>>,
        spot: Spot,
    ) -> Result<VisitId, Rejected> {
        let number = match segment {
            Some(segment) => self.message.value(segment, spot)?,
            None => None,
        };
        let visit = number.as_deref().unwrap_or(patient.as_str());
        VisitId::encode(visit).map_err(|error| invalid(spot, error))
    }

    /// PV1-3: ward, room, bed; without a bed it is a ward place.
    fn place(&self, pv1: Option<&Segment<'m>>) -> Result<Place, Rejected> {
        let missing = |detail| Rejected::new(Reason::Hl7NoPlace, detail);
        let pv1 = pv1.ok_or_else(|| missing("PV1 is missing"))?;
        let part = |number| self.message.value(pv1, Spot("PV1", 3, number));
        let ward = part(1)?.ok_or_else(|| missing("PV1-3.1 is missing"))?;
        Ok(Place {
            ward: WardId::encode(&ward).map_err(|error| invalid(Spot("PV1", 3, 1), error))?,
            room: part(2)?
                .map(|room| RoomId::encode(&room))
                .transpose()
                .map_err(|error| invalid(Spot("PV1", 3, 2), error))?,
            bed: part(3)?
                .map(|bed| BedId::encode(&bed))
                .transpose()
                .map_err(|error| invalid(Spot("PV1", 3, 3), error))?,
        })
    }
}

fn invalid(spot: Spot, error: IdError) -> Rejected {
    Rejected::new(Reason::IdInvalid, format!("{spot} {error}"))
}
