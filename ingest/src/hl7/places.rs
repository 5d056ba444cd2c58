//! Of whom and of which place a message speaks, in our names.

use events::id::{BedId, IdError, PatientId, RoomId, TenantId, VisitId, WardId};
use events::place::Place;
use events::reason::{Reason, Rejected};
use hl7_parser::message::Segment;

use crate::pseudonym::Pseudonyms;

use super::local::{self, Local};
use super::message::{Message, Spot, repetitions};

/// What names are made of.
pub(super) struct Naming<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) pseudonyms: &'a Pseudonyms,
    pub(super) local: &'a Local,
}

impl Naming<'_> {
    fn patient(&self, authority: &str, identifier: &str) -> PatientId {
        self.pseudonyms.of(self.tenant, authority, identifier)
    }
}

/// One message, and how its people and places are called here.
pub(super) struct Speech<'s, 'm> {
    pub(super) message: &'s Message<'m>,
    pub(super) naming: &'s Naming<'s>,
}

impl<'m> Speech<'_, 'm> {
    /// The patient of the [`identifier`](Self::identifier) in a field.
    pub(super) fn patient(
        &self,
        segment: &Segment<'m>,
        name: &'static str,
        field: usize,
    ) -> Result<PatientId, Rejected> {
        let (authority, id) = self.identifier(segment, name, field)?.ok_or_else(|| {
            let detail = format!("{name}-{field} is missing");
            Rejected::new(Reason::Hl7NoPatient, detail)
        })?;
        Ok(self.naming.patient(&authority, &id))
    }

    /// The medical record number among the identifiers, else the first of them: its authority,
    /// and itself.
    pub(super) fn identifier(
        &self,
        segment: &Segment<'m>,
        name: &'static str,
        field: usize,
    ) -> Result<Option<(String, String)>, Rejected> {
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
                return Ok(Some((authority, id)));
            }
            first.get_or_insert((authority, id));
        }
        Ok(first)
    }

    /// The visit number at `spot`; without one a patient has one visit.
    pub(super) fn visit(
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

    /// A location: ward, room, bed; without a bed it is a ward place.
    pub(super) fn place(
        &self,
        segment: &Segment<'m>,
        name: &'static str,
        field: usize,
    ) -> Result<Place, Rejected> {
        let part = |number| self.message.value(segment, Spot(name, field, number));
        let said = local::Location {
            ward: part(1)?.ok_or_else(|| missing(&Spot(name, field, 1).to_string()))?,
            room: part(2)?.unwrap_or_default(),
            bed: part(3)?.unwrap_or_default(),
        };
        let local::Location { ward, room, bed } = self.naming.local.location(said);
        let named = |name: String| (!name.is_empty()).then_some(name);
        let wrong = |part| move |error| invalid(Spot(name, field, part), error);
        Ok(Place {
            ward: WardId::encode(&ward).map_err(wrong(1))?,
            room: named(room)
                .map(|room| RoomId::encode(&room))
                .transpose()
                .map_err(wrong(2))?,
            bed: named(bed)
                .map(|bed| BedId::encode(&bed))
                .transpose()
                .map_err(wrong(3))?,
        })
    }
}

/// A place that is needed is not there.
pub(super) fn missing(what: &str) -> Rejected {
    Rejected::new(Reason::Hl7NoPlace, format!("{what} is missing"))
}

/// What stands there can be no id.
pub(super) fn invalid(spot: Spot, error: IdError) -> Rejected {
    Rejected::new(Reason::IdInvalid, format!("{spot} {error}"))
}
