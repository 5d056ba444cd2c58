//! A bundle of `Location` resources as a list of beds: wards, rooms and beds by their
//! `physicalType`, each in another by `partOf`. A bed is called as in all other resources:
//! by the mapping, else by an identifier that is `WARD^ROOM^BED`; one whose identifier
//! names the bed alone is in the ward and room that it is part of.

use std::collections::BTreeMap;

use events::hours::Hours;
use events::place::Place;
use serde::Deserialize;
use serde_json::Value as Json;

use super::elements::{self, Common, Concept, Identifier, Reference};
use super::fault::{Fault, Issue};
use super::names;
use crate::bed_list::{Bed, BedList};
use crate::hl7::local::{Local, Location as Name};

/// Most entries of a bundle that is a list of beds.
pub const ENTRIES_MAX: usize = 50_000;
/// How deep places are nested.
const DEPTH_MAX: usize = 16;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bundle {
    entry: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    resource: Option<Json>,
}

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Location {
    id: Option<String>,
    identifier: Vec<Identifier>,
    name: Option<String>,
    status: Option<String>,
    physical_type: Concept,
    part_of: Reference,
    hours_of_operation: Vec<OpenAt>,
}

/// Hours of some days of the week; of all when none is named.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OpenAt {
    days_of_week: Vec<String>,
    all_day: Option<bool>,
    opening_time: Option<String>,
    closing_time: Option<String>,
}

/// The locations of a bundle, by their place in it and by their address.
struct Locations<'a> {
    local: &'a Local,
    all: Vec<(usize, Location)>,
    addresses: BTreeMap<String, usize>,
}

/// Reads a bundle of any type; its other resources are passed over.
///
/// # Errors
/// It is no bundle, or has too many entries.
pub fn read(local: &Local, json: &Json) -> Result<BedList, Fault> {
    let common: Common = elements::read(json)?;
    common.check("Bundle", None)?;
    let bundle: Bundle = elements::read(json)?;
    if bundle.entry.len() > ENTRIES_MAX {
        let detail = format!("has more than {ENTRIES_MAX} elements");
        return Err(Fault::new(Issue::TooCostly, "entry", detail));
    }
    let mut list = BedList::of(bundle.entry.len() as u64);
    let locations = Locations::find(local, &bundle, &mut list);
    for (entry, location) in &locations.all {
        if let Err(fault) = locations.take(location, &mut list) {
            reject(&mut list, *entry, &fault);
        }
    }
    Ok(list)
}

fn reject(list: &mut BedList, entry: usize, fault: &Fault) {
    let reason = match fault.path.as_str() {
        "" => fault.detail.clone(),
        path => format!("{path}: {}", fault.detail),
    };
    list.reject(format!("entry[{entry}].resource"), reason);
}

impl<'a> Locations<'a> {
    fn find(local: &'a Local, bundle: &Bundle, list: &mut BedList) -> Self {
        let mut locations = Self {
            local,
            all: Vec::new(),
            addresses: BTreeMap::new(),
        };
        for (entry, said) in bundle.entry.iter().enumerate() {
            let is_location = |json: &&Json| {
                json.get("resourceType")
                    .is_some_and(|kind| kind == "Location")
            };
            let Some(json) = said.resource.as_ref().filter(is_location) else {
                list.ignored += 1;
                continue;
            };
            match elements::read::<Location>(json) {
                Err(fault) => reject(list, entry, &fault),
                Ok(location) => {
                    if let Some(id) = &location.id {
                        let address = format!("Location/{id}");
                        locations.addresses.insert(address, locations.all.len());
                    }
                    locations.all.push((entry, location));
                }
            }
        }
        locations
    }

    fn take(&self, location: &Location, list: &mut BedList) -> Result<(), Fault> {
        let is_bed = location.is("bd") || location.is_untyped() && self.whole(location).is_some();
        let is_ward = location.is("wa");
        if self.is_inactive(location) || !(is_bed || is_ward) {
            list.ignored += 1;
            return Ok(());
        }
        let wrong = |detail| Fault::new(Issue::Value, "", detail);
        if is_ward {
            list.hours_left_out += u64::from(!location.hours_of_operation.is_empty());
            let name = self.ward_name(location)?;
            let place = place(&self.local.location(Name {
                ward: name,
                ..Name::default()
            }))?;
            return list
                .ward(&place.ward, location.name.as_deref(), None)
                .map_err(wrong);
        }
        let Place { ward, room, bed } = self.bed(location)?;
        let bed = bed.ok_or_else(|| Fault::missing("identifier"))?;
        let bed = Bed {
            bed,
            room,
            label: location.name.clone(),
            staffed: location.staffed()?,
            hours: location.hours()?,
        };
        list.bed(&ward, bed).map_err(wrong)
    }

    /// Whether it, or what it is part of, is not in use.
    fn is_inactive(&self, location: &Location) -> bool {
        let around = |within: &&Location| {
            let place = self.addresses.get(within.part_of.address()?)?;
            Some(&self.all[*place].1)
        };
        let outwards = std::iter::successors(Some(location), around).take(1 + DEPTH_MAX);
        let mut states = outwards.map(|location| location.status.as_deref());
        states.any(|status| status == Some("inactive"))
    }

    /// The place of a bed that is called by ward, room and bed.
    fn whole(&self, location: &Location) -> Option<Name> {
        let name = self.mapped(location).or_else(|| {
            let mut names = location.identifier.iter().filter_map(Identifier::value);
            Some(self.local.location(names.find_map(Name::parse)?))
        })?;
        (!name.bed.is_empty()).then_some(name)
    }

    fn mapped(&self, location: &Location) -> Option<Name> {
        let address = format!("Location/{}", location.id.as_ref()?);
        self.local.beds.get(&Name::parse(&address)?).cloned()
    }

    fn bed(&self, location: &Location) -> Result<Place, Fault> {
        if let Some(name) = self.whole(location) {
            return place(&name);
        }
        let bed = location.own_name()?;
        let (mut room, mut within) = (String::new(), location);
        for _ in 0..DEPTH_MAX {
            let detail = "leads to no ward of this bundle";
            let address = within.part_of.address();
            let place_of = address.and_then(|address| self.addresses.get(address));
            let place_of = place_of.ok_or_else(|| Fault::new(Issue::NotFound, "partOf", detail))?;
            within = &self.all[*place_of].1;
            if within.is("wa") {
                let ward = self.ward_name(within)?;
                return place(&self.local.location(Name { ward, room, bed }));
            }
            if within.is("ro") {
                room = within.own_name()?;
            }
        }
        let detail = format!("is nested deeper than {DEPTH_MAX}, or in itself");
        Err(Fault::new(Issue::Value, "partOf", detail))
    }

    fn ward_name(&self, location: &Location) -> Result<String, Fault> {
        match self.mapped(location) {
            Some(name) => Ok(name.ward),
            None => location.own_name(),
        }
    }
}

fn place(name: &Name) -> Result<Place, Fault> {
    names::place(name).map_err(|error| {
        Fault::new(
            Issue::Value,
            "identifier",
            format!("has a name that {error}"),
        )
    })
}

impl Location {
    fn is(&self, code: &str) -> bool {
        let mut coding = self.physical_type.coding.iter();
        coding.any(|coding| coding.code.as_deref() == Some(code))
    }

    fn is_untyped(&self) -> bool {
        self.physical_type.coding.is_empty()
    }

    fn own_name(&self) -> Result<String, Fault> {
        let name = self.identifier.iter().find_map(Identifier::value);
        let name = name.ok_or_else(|| Fault::missing("identifier"))?;
        Ok(name.to_owned())
    }

    /// When it is open; nothing where it says nothing of it.
    fn hours(&self) -> Result<Option<Hours>, Fault> {
        let wrong = |detail: String| Fault::new(Issue::Value, "hoursOfOperation", detail);
        let said = self.hours_of_operation.iter().map(OpenAt::text);
        let said: Option<Vec<String>> = said.collect();
        let said = said.ok_or_else(|| wrong("has a time that is not such as 07:00:00".into()))?;
        let some = Some(said.join(", ")).filter(|said| !said.is_empty());
        let hours = some.map(|said| Hours::parse(&said)).transpose();
        hours.map_err(|error| wrong(error.to_string()))
    }

    /// A bed that is suspended is there, and not staffed.
    fn staffed(&self) -> Result<Option<bool>, Fault> {
        match self.status.as_deref() {
            None => Ok(None),
            Some("active") => Ok(Some(true)),
            Some("suspended") => Ok(Some(false)),
            Some(_) => {
                let detail = "is not active, suspended or inactive";
                Err(Fault::new(Issue::CodeInvalid, "status", detail))
            }
        }
    }
}

impl OpenAt {
    /// As people write it. Codes of days are written small in FHIR.
    fn text(&self) -> Option<String> {
        let day = |code: &String| {
            let mut letters = code.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        let days: Vec<String> = self.days_of_week.iter().map(day).collect();
        let days = days.join(" ");
        if self.all_day == Some(true) {
            return Some(format!("{days} 00:00-24:00"));
        }
        let time = |time: &Option<String>| Some(time.as_ref()?.strip_suffix(":00")?.to_owned());
        let (opens, closes) = (time(&self.opening_time)?, time(&self.closing_time)?);
        Some(format!("{days} {opens}-{closes}"))
    }
}
