//! FHIR R4: what a resource tells about visits, beds, appointments, slots and vital signs, by itself: no
//! earlier version of it is looked at. Pure: JSON and the time of receipt go in, facts,
//! nothing or a fault come out. `docs/fhir.md` says which element is read for what.
//!
//! - [`Speaker::read`]: what one resource says.
//! - [`bed_list`]: the beds of a site, from a file.
//! - [`bundle`]: several in one request.
//! - [`seen`]: which facts have been told before.
//! - [`outcome`]: what the caller is told.

mod appointment;
pub mod bed_list;
pub mod bundle;
mod elements;
mod encounter;
pub mod fault;
mod location;
mod names;
mod observation;
pub mod outcome;
pub mod seen;
mod slot;

use events::fact::{Fact, FactFlags, What};
use events::id::VisitId;
use events::place::Site;
use events::time::{CellTime, EventTime, believed};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::hl7::local::Local;
use crate::http::idempotency::AGE_MAX_MS;
use crate::label::Person;
use crate::pseudonym::Pseudonyms;
use elements::Common;
use fault::{Fault, Issue};

/// [`events::fact::Told::source`] of what came this way.
pub const SOURCE: &str = "fhir";
/// The types of resources that are taken; the statement of capabilities says the same.
pub const TYPES: [&str; 5] = [
    "Appointment",
    "Encounter",
    "Location",
    "Observation",
    "Slot",
];
/// The statement of capabilities.
pub const CAPABILITIES: &str = include_str!("fhir/capabilities.json");

/// Who speaks: for which site, and what is agreed about names and codes.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// The site of the path.
    pub site: &'a Site,
    /// How patients are named.
    pub pseudonyms: &'a Pseudonyms,
    /// What places and codes are called here.
    pub local: &'a Local,
}

/// What a resource says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its facts, in their order.
    pub facts: Vec<SaidFact>,
    /// How many facts were left out: nothing that old is corrected any more, and
    /// whether they were told once is forgotten.
    pub too_old: usize,
}

/// A fact and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidFact {
    /// The fact.
    pub fact: Fact,
    /// Made of its content; see [`seen`].
    pub id: seen::ContentId,
}

/// Whose visits the Encounters of a body are that has been taken, where it names somebody.
pub fn people(body: &[u8]) -> Vec<(VisitId, Person)> {
    let resource: Json = serde_json::from_slice(body).unwrap_or_default();
    let entries = resource["entry"].as_array().into_iter().flatten();
    let resources = entries.map(|entry| &entry["resource"]).chain([&resource]);
    let encounters = resources.filter(|resource| resource["resourceType"] == "Encounter");
    let person = |encounter: &Json| {
        let common: Common = elements::read(encounter).ok()?;
        encounter::person(&common, &elements::read(encounter).ok()?)
    };
    encounters.filter_map(person).collect()
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// Nothing: it says nothing that is a fact here.
    Ignored,
    /// Nothing: something is wrong with it.
    Refused,
    /// Nothing: all that it says had been told before.
    Repeated,
    /// Facts.
    Told,
}

impl Became {
    /// All of them, in the order of this file.
    pub const ALL: &[Self] = &[Self::Ignored, Self::Refused, Self::Repeated, Self::Told];

    /// Its name in metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Refused => "refused",
            Self::Repeated => "repeated",
            Self::Told => "told",
        }
    }
}

/// Something that became true, as the resource has it.
struct Draft {
    at: EventTime,
    /// The element that says when.
    when: String,
    what: What,
    flags: FactFlags,
}

impl Speaker<'_> {
    /// What a resource says that was received at `now` as one of this type, and under
    /// this id when it was put.
    ///
    /// # Errors
    /// An element is wrong, or says what can't be taken: then nothing of it is.
    pub fn read(
        &self,
        kind: &str,
        id: Option<&str>,
        json: &Json,
        now: CellTime,
    ) -> Result<Said, Fault> {
        check_type(kind)?;
        let common: Common = elements::read(json)?;
        common.check(kind, id)?;
        let drafts = match kind {
            "Appointment" => appointment::told(self, &common, &elements::read(json)?)?,
            "Encounter" => encounter::told(self, &common, &elements::read(json)?)?,
            "Location" => location::told(self, &common, &elements::read(json)?)?,
            "Observation" => {
                let (parts, whole) = (elements::read(json)?, elements::read(json)?);
                observation::told(self, &common, &parts, &whole)?
            }
            "Slot" => slot::told(self, &common, &elements::read(json)?, now)?,
            _ => vec![],
        };
        self.stamped(drafts, now)
    }

    fn stamped(&self, drafts: Vec<Draft>, now: CellTime) -> Result<Said, Fault> {
        let mut said = Said::default();
        for draft in drafts {
            let (at, flags) = believed(Some(draft.at), now)
                .map_err(|rejected| Fault::new(Issue::Value, &*draft.when, rejected.detail))?;
            if now.0 - at.0 > AGE_MAX_MS {
                said.too_old += 1;
                continue;
            }
            let id = seen::content_id(self.site, draft.at, &draft.what);
            let fact = Fact {
                at,
                told: now,
                flags: FactFlags(flags.0 | draft.flags.0),
                what: draft.what,
            };
            said.facts.push(SaidFact { fact, id });
        }
        Ok(said)
    }
}

/// Whether resources of this type are taken.
fn check_type(kind: &str) -> Result<(), Fault> {
    if TYPES.contains(&kind) {
        return Ok(());
    }
    let detail = "this type of resource is not supported; see the CapabilityStatement";
    Err(Fault::new(Issue::NotSupported, "", detail))
}

#[cfg(test)]
mod tests;
