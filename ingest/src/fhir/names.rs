//! Of whom and of which place a resource speaks, in our names.

use events::id::{BedId, IdError, PatientId, RoomId, WardId};
use events::place::Place;

use super::Speaker;
use super::elements::{Common, Identifier, Reference};
use super::fault::{Fault, Issue};
use crate::hl7::local::Location;

/// Authority of a patient of whom only the server's own id is known, so that it is
/// taken for nobody's record number.
const SERVER: &str = "Patient";

impl Speaker<'_> {
    /// The patient, when the resource names one.
    pub(super) fn patient(&self, subject: &Reference) -> Option<PatientId> {
        let (authority, name) = match subject.identifier.value() {
            Some(value) => (
                subject.identifier.system.as_deref().unwrap_or_default(),
                value,
            ),
            None => (SERVER, subject.address()?),
        };
        Some(self.pseudonyms.of(&self.site.tenant, authority, name))
    }

    /// The place that a reference at `path` names.
    pub(super) fn place(&self, reference: &Reference, path: &str) -> Result<Place, Fault> {
        let identifiers = std::slice::from_ref(&reference.identifier);
        let place = self.known(reference.address(), identifiers, path)?;
        place.ok_or_else(|| {
            let detail = "is neither in the mapping of this site nor has an identifier";
            Fault::new(Issue::NotFound, path, detail)
        })
    }

    /// The place of this address, by the mapping, else by the first of its identifiers.
    pub(super) fn known(
        &self,
        address: Option<&str>,
        identifiers: &[Identifier],
        path: &str,
    ) -> Result<Option<Place>, Fault> {
        let mapped = address
            .and_then(Location::parse)
            .and_then(|address| self.local.beds.get(&address).cloned());
        let location = match mapped {
            Some(location) => location,
            None => {
                let Some(name) = identifiers.iter().find_map(Identifier::value) else {
                    return Ok(None);
                };
                let said = Location::parse(name).ok_or_else(|| {
                    let detail = "has an identifier that is not WARD^ROOM^BED";
                    Fault::new(Issue::Value, path, detail)
                })?;
                self.local.location(said)
            }
        };
        place(&location)
            .map(Some)
            .map_err(|error| Fault::new(Issue::Value, path, format!("has a name that {error}")))
    }
}

pub(super) fn place(Location { ward, room, bed }: &Location) -> Result<Place, IdError> {
    let some = |name: &String| (!name.is_empty()).then(|| name.clone());
    Ok(Place {
        ward: WardId::encode(ward)?,
        room: some(room).map(|room| RoomId::encode(&room)).transpose()?,
        bed: some(bed).map(|bed| BedId::encode(&bed)).transpose()?,
    })
}

/// What a resource is known by: its identifier of this type, else its first, else its id.
pub(super) fn own_name<T>(
    common: &Common,
    identifiers: &[Identifier],
    kind: &str,
    encode: fn(&str) -> Result<T, IdError>,
) -> Result<T, Fault> {
    let typed = identifiers
        .iter()
        .filter(|identifier| identifier.is_of_type(kind));
    let name = typed.chain(identifiers).find_map(Identifier::value);
    let name = name.or(common.id.as_deref());
    let name = name.ok_or_else(|| Fault::missing("identifier"))?;
    encode(name).map_err(|error| Fault::new(Issue::Value, "identifier", error.to_string()))
}
