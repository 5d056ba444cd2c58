//! What resources say, one by one.

mod appointments;
mod bed_list;
mod bundles;
mod encounters;
mod faults;
mod locations;
mod observations;
mod slots;
mod told_once;

use std::collections::BTreeMap;

use events::fact::{BedTap, VisitEvent};
use events::id::{SiteId, TenantId};
use serde_json::json;

use super::*;
use crate::hl7::local::Location;

/// 2026-01-02T03:04:06Z.
const NOW: CellTime = CellTime(1_767_323_046_000);

fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    }
}

fn mapping() -> Local {
    let location = |text: &str| Location::parse(text).unwrap();
    Local {
        wards: BTreeMap::from([("Innere 1".to_owned(), "MED-A".to_owned())]),
        beds: BTreeMap::from([(location("Location/17"), location("MED-A^R1^A-09"))]),
        ..Local::default()
    }
}

fn read_with(local: &Local, json: &Json) -> Result<Said, Fault> {
    let (site, pseudonyms) = (site(), Pseudonyms::new(&[7; 32]));
    let speaker = Speaker {
        site: &site,
        pseudonyms: &pseudonyms,
        local,
    };
    let kind = json["resourceType"].as_str().unwrap();
    speaker.read(kind, None, json, NOW)
}

fn read(json: &Json) -> Result<Said, Fault> {
    read_with(&mapping(), json)
}

/// What a resource says, a line for each fact: `HH:MM` of 2 January and what happened.
fn lines(json: &Json) -> Vec<String> {
    let said = read(json).unwrap_or_else(|fault| panic!("{fault:?}"));
    said.facts.iter().map(|said| line(&said.fact)).collect()
}

fn line(fact: &Fact) -> String {
    let at = fact.at.to_string();
    let at = at
        .strip_prefix("2026-01-02T")
        .map_or(&*at, |time| &time[..5]);
    let what = match &fact.what {
        What::Visit { visit, event, .. } => format!("{} {}", visit.label(), visit_event(event)),
        What::Bed { place, tap } => format!("{} {}", place_name(place), tap_name(tap)),
        What::Appointment {
            appointment,
            ward,
            event,
            ..
        } => format!("{} {} {event:?}", appointment.label(), ward.label()),
        What::Slot {
            slot, ward, event, ..
        } => format!("{} {} {event:?}", slot.label(), ward.label()),
        other => panic!("not said over FHIR: {other:?}"),
    };
    format!("{at} {what}")
}

fn visit_event(event: &VisitEvent) -> String {
    match event {
        VisitEvent::Admitted(place) => format!("admitted {}", place_name(place)),
        VisitEvent::Transferred(place) => format!("transferred {}", place_name(place)),
        VisitEvent::PlacedByCancel(place) => format!("put back {}", place_name(place)),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn tap_name(tap: &BedTap) -> String {
    match tap {
        BedTap::Blocked { reason, .. } => format!("blocked {reason}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn place_name(place: &events::place::Place) -> String {
    let room = place.room.as_ref().map(|room| room.label());
    let bed = place.bed.as_ref().map(|bed| bed.label());
    let rest = [room.unwrap_or_default(), bed.unwrap_or_default()];
    format!("{}^{}", place.ward.label(), rest.join("^"))
        .trim_end_matches('^')
        .to_owned()
}

/// An encounter in this status, with these other elements.
fn encounter(status: &str, more: Json) -> Json {
    let mut encounter = json!({
        "resourceType": "Encounter",
        "id": "e1",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "status": status,
        "class": { "code": "IMP" },
        "identifier": [{ "value": "V-1" }],
        "subject": { "identifier": { "value": "4711" }, "display": "Jane Roe" },
        "period": { "start": "2026-01-02T01:00:00Z" },
    });
    for (name, value) in more.as_object().unwrap() {
        encounter[name] = value.clone();
    }
    encounter
}

/// An element of `Encounter.location`.
fn at(place: &str, since: &str) -> Json {
    json!({
        "location": { "identifier": { "value": place } },
        "period": { "start": format!("2026-01-02T{since}:00Z") },
    })
}
