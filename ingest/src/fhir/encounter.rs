//! What an Encounter says of a visit: where the patient was since when, that it is over,
//! that it goes on after it had been over, or that it was a mistake.

use events::fact::{FactFlags, VisitEvent, What};
use events::id::VisitId;
use events::place::Place;
use events::time::EventTime;
use serde::Deserialize;

use super::elements::{self, Coding, Common, Identifier, LAST_UPDATED, Period, Reference, time};
use super::fault::{Fault, Issue};
use super::names::own_name;
use super::{Draft, Speaker};
use crate::label::Person;

/// Of the classes of encounters (v3 ActCode).
const EMERGENCY: &str = "EMER";

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Encounter {
    identifier: Vec<Identifier>,
    status: Option<String>,
    status_history: Vec<Past>,
    class: Coding,
    subject: Reference,
    period: Period,
    location: Vec<At>,
}

/// A status that it had.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Past {
    status: Option<String>,
    period: Period,
}

/// Where the patient is, was, or will be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct At {
    location: Option<Reference>,
    status: Option<String>,
    period: Period,
}

/// How a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// The patient is here.
    Present,
    /// The patient has left.
    Over,
    /// It was a mistake, or is no longer wanted.
    Mistake,
    /// Nothing has happened yet, or nobody knows.
    Nothing,
}

impl Status {
    fn of(code: &str) -> Option<Self> {
        Some(match code {
            "arrived" | "triaged" | "in-progress" | "onleave" => Self::Present,
            "finished" => Self::Over,
            "cancelled" | "entered-in-error" => Self::Mistake,
            "planned" | "unknown" => Self::Nothing,
            _ => return None,
        })
    }
}

/// Since when the patient was somewhere, by which element.
struct Stay {
    since: EventTime,
    when: String,
    place: Place,
}

/// Nothing, when nothing has happened yet.
pub(super) fn told(
    speaker: &Speaker<'_>,
    common: &Common,
    encounter: &Encounter,
) -> Result<Vec<Draft>, Fault> {
    let code = elements::needed(&encounter.status, "status")?;
    let Some(status) = Status::of(code) else {
        return Err(no_status("status"));
    };
    let visit = own_name(common, &encounter.identifier, "VN", VisitId::encode)?;
    let mut told = match status {
        Status::Nothing => vec![],
        Status::Mistake => {
            let at = common.needed_last_updated()?;
            vec![(at, LAST_UPDATED.to_owned(), VisitEvent::Cancelled)]
        }
        Status::Present | Status::Over => lived(speaker, common, encounter, status)?,
    };
    told.sort_by_key(|(at, _, _)| *at);
    let patient = speaker.patient(&encounter.subject);
    let draft = |(at, when, event)| Draft {
        at,
        when,
        flags: match event {
            VisitEvent::PlacedByCancel(_) => FactFlags::REOPENED_BY_CANCEL,
            _ => FactFlags::default(),
        },
        what: What::Visit {
            visit: visit.clone(),
            patient: patient.clone(),
            event,
        },
    };
    Ok(told.into_iter().map(draft).collect())
}

/// Whose visit it is, where that is said.
pub(super) fn person(common: &Common, encounter: &Encounter) -> Option<(VisitId, Person)> {
    let visit = own_name(common, &encounter.identifier, "VN", VisitId::encode).ok()?;
    let name = encounter.subject.display.as_deref().unwrap_or_default();
    let (family, given) = match name.split_once(',') {
        Some((family, given)) => (family, given),
        None => {
            let (given, family) = name.trim().rsplit_once(' ').unwrap_or(("", name));
            (family, given)
        }
    };
    let person = Person {
        family: family.trim().to_owned(),
        given: given.trim().to_owned(),
        number: encounter
            .subject
            .identifier
            .value()
            .unwrap_or_default()
            .to_owned(),
        is_private: common.is_private(),
    };
    (person.is_private || !person.family.is_empty()).then_some((visit, person))
}

type Event = (EventTime, String, VisitEvent);

/// What happened to a visit that has begun.
fn lived(
    speaker: &Speaker<'_>,
    common: &Common,
    encounter: &Encounter,
    status: Status,
) -> Result<Vec<Event>, Fault> {
    let begun = time(encounter.period.start.as_deref(), "period.start")?;
    let left = match status {
        Status::Over => Some(left(encounter, begun)?),
        _ => None,
    };
    let stays = stays(speaker, common, encounter, status)?;
    if let Some((ended, ..)) = left
        && let Some(late) = stays.iter().find(|stay| stay.since > ended)
    {
        let detail = "is after Encounter.period.end";
        return Err(Fault::new(Issue::Value, &*late.when, detail));
    }
    if status == Status::Present && stays.is_empty() {
        return Err(Fault::missing("location"));
    }
    let mut told: Vec<Event> = reopened(encounter, &stays)?;
    for stay in stays {
        // Without a beginning, the first place that is known is where it began.
        let is_first = begun.map_or(is_unplaced(&told), |begun| stay.since <= begun);
        let event = match is_first {
            true => VisitEvent::Admitted(stay.place),
            false => VisitEvent::Transferred(stay.place),
        };
        told.push((stay.since, stay.when, event));
        if is_first && encounter.class.code.as_deref() == Some(EMERGENCY) {
            told.push((stay.since, "class".to_owned(), VisitEvent::Emergency));
        }
    }
    told.extend(left);
    Ok(told)
}

fn is_unplaced(told: &[Event]) -> bool {
    !told
        .iter()
        .any(|(_, _, event)| matches!(event, VisitEvent::Admitted(_)))
}

fn left(encounter: &Encounter, begun: Option<EventTime>) -> Result<Event, Fault> {
    let ended = time(encounter.period.end.as_deref(), "period.end")?;
    let ended = ended.ok_or_else(|| Fault::missing("period.end"))?;
    if begun.is_some_and(|begun| ended < begun) {
        let detail = "is before Encounter.period.start";
        return Err(Fault::new(Issue::Value, "period.end", detail));
    }
    Ok((ended, "period.end".to_owned(), VisitEvent::Discharged))
}

/// The places, in their order; of those of one moment the most exact.
fn stays(
    speaker: &Speaker<'_>,
    common: &Common,
    encounter: &Encounter,
    status: Status,
) -> Result<Vec<Stay>, Fault> {
    let mut stays = Vec::new();
    for (index, at) in encounter.location.iter().enumerate() {
        let path = |element: &str| format!("location[{index}].{element}");
        match at.status.as_deref() {
            None | Some("active" | "completed") => {}
            Some("planned" | "reserved") => continue,
            Some(_) => return Err(no_status(path("status"))),
        }
        let start = path("period.start");
        let (since, when) = match time(at.period.start.as_deref(), &start)? {
            Some(since) => (since, start),
            // This version was made after the end: its time says nothing of the place.
            None if status == Status::Over => continue,
            None => match common.last_updated()? {
                Some(since) => (since, LAST_UPDATED.to_owned()),
                None => return Err(Fault::missing(start)),
            },
        };
        let location = at.location.as_ref();
        let location = location.ok_or_else(|| Fault::missing(path("location")))?;
        let place = speaker.place(location, &path("location"))?;
        stays.push(Stay { since, when, place });
    }
    stays.sort_by_key(|stay| {
        let Place { room, bed, .. } = &stay.place;
        (stay.since, bed.is_none(), room.is_none())
    });
    stays.dedup_by_key(|stay| stay.since);
    Ok(stays)
}

/// That it went on after it had been over: where the patient was then.
fn reopened(encounter: &Encounter, stays: &[Stay]) -> Result<Vec<Event>, Fault> {
    let mut told = Vec::new();
    for (index, past) in encounter.status_history.iter().enumerate() {
        let path = |element: &str| format!("statusHistory[{index}].{element}");
        let code = elements::needed(&past.status, &path("status"))?;
        let status = Status::of(code).ok_or_else(|| no_status(path("status")))?;
        if !matches!(status, Status::Over | Status::Mistake) {
            continue;
        }
        let end = path("period.end");
        let at = time(past.period.end.as_deref(), &end)?;
        let at = at.ok_or_else(|| Fault::missing(&*end))?;
        let before = stays.iter().rev().find(|stay| stay.since <= at);
        if let Some(stay) = before {
            let event = VisitEvent::PlacedByCancel(stay.place.clone());
            told.push((at, end, event));
        }
    }
    Ok(told)
}

fn no_status(path: impl Into<String>) -> Fault {
    Fault::new(Issue::CodeInvalid, path, "is no status that R4 knows")
}
