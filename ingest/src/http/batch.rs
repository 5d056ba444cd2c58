//! From the body of a request to its facts, all or none. Pure.

use events::fact::{Fact, What};
use events::id::VisitId;
use events::place::Site;
use events::reason::Reason;
use events::time::CellTime;
use serde_json::Value as Json;

use super::fields::{Fault, Fields};
use super::{appointments, beds, slots, staff, visits};
use crate::label::Person;
use crate::pseudonym::Pseudonyms;

/// Most faults that one answer lists.
const FAULTS_MAX: usize = 100;

/// What a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Stays.
    Visits,
    /// Appointments of clinics.
    Appointments,
    /// Time that clinics offer.
    Slots,
    /// Shifts.
    Staff,
    /// Taps on beds.
    Beds,
}

/// Who speaks: for which site, with which key for pseudonyms.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The site of the path.
    pub site: &'a Site,
    /// How patients are named.
    pub pseudonyms: &'a Pseudonyms,
}

/// Why a body is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not JSON; the words say where.
    NotJson(String),
    /// Some of its objects are wrong; at least one fault.
    Faults(Vec<Fault>),
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 5] = [
        Self::Visits,
        Self::Appointments,
        Self::Slots,
        Self::Staff,
        Self::Beds,
    ];

    /// The last part of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visits => "visits",
            Self::Appointments => "appointments",
            Self::Slots => "slots",
            Self::Staff => "staff",
            Self::Beds => "beds",
        }
    }

    /// The facts of a body that was received at `now`: one object or an array.
    ///
    /// # Errors
    /// The body is not JSON, or something in it is wrong: then nothing of it is taken.
    pub fn facts(
        self,
        body: &[u8],
        caller: &Caller<'_>,
        now: CellTime,
    ) -> Result<Vec<Fact>, Refused> {
        let json = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Refused::NotJson(format!("not JSON at line {line} column {column}"))
        })?;
        let objects = match json {
            Json::Array(objects) => objects,
            object => vec![object],
        };
        let mut facts = Vec::with_capacity(objects.len());
        let mut faults = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            match self.fact(object, index, caller, now) {
                Ok(fact) => facts.push(fact),
                Err(fault) => faults.push(fault),
            }
            if faults.len() == FAULTS_MAX {
                break;
            }
        }
        if objects.is_empty() {
            faults.push(Fault {
                index: 0,
                field: String::new(),
                reason: Reason::Empty,
                detail: "array has no object".to_owned(),
            });
        }
        if faults.is_empty() {
            Ok(facts)
        } else {
            Err(Refused::Faults(faults))
        }
    }

    /// Whose visits those of a body are that has been taken, where it names somebody.
    pub fn people(self, body: &[u8]) -> Vec<(VisitId, Person)> {
        match (self, serde_json::from_slice(body)) {
            (Self::Visits, Ok(Json::Array(objects))) => visits::people(&objects),
            (Self::Visits, Ok(object)) => visits::people(&[object]),
            _ => vec![],
        }
    }

    fn fact(
        self,
        object: &Json,
        index: usize,
        caller: &Caller<'_>,
        now: CellTime,
    ) -> Result<Fact, Fault> {
        let fields = Fields::of(object, index, self.fields())?;
        let what: What = match self {
            Self::Visits => visits::read(&fields, caller)?,
            Self::Appointments => appointments::read(&fields)?,
            Self::Slots => slots::read(&fields, now)?,
            Self::Staff => staff::read(&fields)?,
            Self::Beds => beds::read(&fields)?,
        };
        let (at, flags) = fields.at(now)?;
        Ok(Fact {
            at,
            told: now,
            flags,
            what,
        })
    }

    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Visits => visits::FIELDS,
            Self::Appointments => appointments::FIELDS,
            Self::Slots => slots::FIELDS,
            Self::Staff => staff::FIELDS,
            Self::Beds => beds::FIELDS,
        }
    }
}

#[cfg(test)]
mod tests;
