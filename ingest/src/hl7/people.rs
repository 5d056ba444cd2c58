//! Whose visits a message is about, by name, for the labels that staff see. What can't be read
//! names nobody.

use events::id::VisitId;

use super::Interface;
use super::message::{Message, Spot, normalise};
use super::places::{Naming, Speech};
use super::visits::Group;
use crate::label::Person;

/// Of the protection indicator (table 0136): nobody is to be told.
const PROTECTED: &str = "Y";

impl Interface {
    /// Who is named in a message, by visit. A merge names who goes on.
    pub fn people(&self, message: &[u8]) -> Vec<(VisitId, Person)> {
        let Ok(text) = normalise(message, self.local.charset) else {
            return vec![];
        };
        let Ok(message) = Message::parse(&text) else {
            return vec![];
        };
        let naming = Naming {
            tenant: &self.site.tenant,
            pseudonyms: &self.pseudonyms,
            local: &self.local,
        };
        let speech = Speech {
            message: &message,
            naming: &naming,
        };
        let groups = speech.groups().unwrap_or_default();
        let people = groups.iter().filter_map(|group| speech.person(group));
        people.collect()
    }
}

impl Speech<'_, '_> {
    fn person(&self, group: &Group<'_, '_>) -> Option<(VisitId, Person)> {
        let patient = self.patient(group.pid, "PID", 3).ok()?;
        let visit = self.visit(&patient, group.pv1, Spot("PV1", 19, 1)).ok()?;
        let part = |number| {
            let value = self.message.value(group.pid, Spot("PID", 5, number)).ok()?;
            Some(value.unwrap_or_default())
        };
        let protection = match group.pd1 {
            Some(pd1) => self.message.value(pd1, Spot("PD1", 12, 1)).ok()?,
            None => None,
        };
        let person = Person {
            family: part(1)?,
            given: part(2)?,
            number: self.identifier(group.pid, "PID", 3).ok()??.1,
            is_private: protection.as_deref() == Some(PROTECTED),
        };
        let is_named = person.is_private || !(person.family.is_empty() && person.given.is_empty());
        is_named.then_some((visit, person))
    }
}
