//! Facts as the HTTP requests that tell them: one path and one JSON object each.

use events::fact::{AppointmentEvent, BedTap, Fact, SlotEvent, VisitEvent, What};
use events::id::VisitId;
use events::place::{Place, Site};
use serde_json::{Map, Value, json};

use crate::names;

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path of the API.
    pub path: String,
    /// One object.
    pub body: String,
}

/// Whose visit it is, as an admission office says it with everything that it tells.
fn tell_name(body: &mut Map<String, Value>, visit: &VisitId) {
    let name = names::of(visit);
    body.insert("family".to_owned(), json!(name.family));
    body.insert("given".to_owned(), json!(name.given));
    if name.is_private {
        body.insert("private".to_owned(), json!(true));
    }
}

/// The request that tells a fact; `None` for what only other interfaces can
/// say (a merge, a place given back by a cancelled event).
pub fn request(site: &Site, fact: &Fact) -> Option<Request> {
    let mut body = Map::new();
    body.insert("at".to_owned(), json!(fact.at.to_string()));
    let kind = match &fact.what {
        What::Visit {
            visit,
            patient,
            event,
        } => {
            put(&mut body, "visit", Some(visit));
            put(&mut body, "patient", patient.as_ref());
            tell_name(&mut body, visit);
            tell_visit(&mut body, event)?;
            "visits"
        }
        // No system tells vital signs over this interface.
        What::Vital { .. } => return None,
        What::Appointment {
            appointment,
            ward,
            practitioner,
            room,
            kind,
            slot,
            event,
        } => {
            put(&mut body, "slot", slot.as_ref());
            put(&mut body, "appointment", Some(appointment));
            put(&mut body, "ward", Some(ward));
            put(&mut body, "practitioner", practitioner.as_ref());
            put(&mut body, "room", room.as_ref());
            put(&mut body, "type", Some(kind));
            tell_appointment(&mut body, *event);
            "appointments"
        }
        What::Slot {
            slot,
            ward,
            kind,
            event,
        } => {
            put(&mut body, "slot", Some(slot));
            put(&mut body, "ward", Some(ward));
            put(&mut body, "type", Some(kind));
            tell_slot(&mut body, *event);
            "slots"
        }
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => {
            put(&mut body, "member", Some(member));
            put(&mut body, "ward", Some(ward));
            put(&mut body, "role", Some(role));
            let event = if *on_shift { "start" } else { "end" };
            put(&mut body, "event", Some(event));
            "staff"
        }
        What::Bed { place, tap } => {
            put_place(&mut body, place);
            tell_tap(&mut body, tap);
            "beds"
        }
        // People ask, at boards; the hospital's systems do not.
        What::Command(_) => return None,
    };
    Some(Request {
        path: format!("/v1/{}/{}/{kind}", site.tenant, site.site),
        body: Value::Object(body).to_string(),
    })
}

fn tell_visit(body: &mut Map<String, Value>, event: &VisitEvent) -> Option<()> {
    let word = match event {
        VisitEvent::BedRequested(ward) => {
            put(body, "ward", Some(ward));
            "bed_requested"
        }
        VisitEvent::BedAssigned(place) => {
            put_place(body, place);
            "bed_assigned"
        }
        VisitEvent::ReadyToMove => "ready_to_move",
        VisitEvent::Admitted(place) => {
            put_place(body, place);
            "admitted"
        }
        VisitEvent::Transferred(place) => {
            put_place(body, place);
            "transferred"
        }
        VisitEvent::ReadyToLeave => "ready_to_leave",
        VisitEvent::ExpectedDischarge(at) => {
            put(body, "expected", Some(at));
            "expected_discharge"
        }
        VisitEvent::Discharged => "discharged",
        VisitEvent::Cancelled => "cancelled",
        VisitEvent::Emergency => "emergency",
        VisitEvent::AdmissionDecided => "admission_decided",
        VisitEvent::LeftUnseen => "left_unseen",
        VisitEvent::StayBegan(at) => {
            put(body, "began", Some(at));
            "stay_began"
        }
        VisitEvent::PlacedByCancel(_) | VisitEvent::Merged(_) => return None,
    };
    put(body, "event", Some(word));
    Some(())
}

fn tell_appointment(body: &mut Map<String, Value>, event: AppointmentEvent) {
    let word = match event {
        AppointmentEvent::Booked(scheduled) => {
            put(body, "scheduled", Some(scheduled));
            "booked"
        }
        AppointmentEvent::Arrived => "arrived",
        AppointmentEvent::Roomed => "roomed",
        AppointmentEvent::Started => "started",
        AppointmentEvent::Ended => "ended",
        AppointmentEvent::Cancelled => "cancelled",
        AppointmentEvent::NoShow => "no_show",
    };
    put(body, "event", Some(word));
}

fn tell_slot(body: &mut Map<String, Value>, event: SlotEvent) {
    let word = match event {
        SlotEvent::Offered { start, end } => {
            put(body, "start", Some(start));
            put(body, "end", Some(end));
            "offered"
        }
        SlotEvent::Booked => "booked",
        SlotEvent::Withdrawn => "withdrawn",
    };
    put(body, "event", Some(word));
}

fn tell_tap(body: &mut Map<String, Value>, tap: &BedTap) {
    let word = match tap {
        BedTap::Clean => "clean",
        BedTap::Dirty => "dirty",
        BedTap::Open => "open",
        BedTap::Blocked {
            reason,
            expected_back,
        } => {
            put(body, "reason", Some(reason));
            put(body, "expected_back", expected_back.as_ref());
            "blocked"
        }
    };
    put(body, "event", Some(word));
}

fn put_place(body: &mut Map<String, Value>, place: &Place) {
    put(body, "ward", Some(&place.ward));
    put(body, "room", place.room.as_ref());
    put(body, "bed", place.bed.as_ref());
}

fn put(body: &mut Map<String, Value>, field: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        body.insert(field.to_owned(), Value::String(value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use events::time::{CellTime, HOUR_MS};

    use super::*;
    use crate::hospital::Hospital;
    use crate::scenario::Scenario;
    use crate::truth::Record;

    #[test]
    fn every_fact_of_the_hospital_can_be_told() {
        let scenario = Scenario::load("flu_surge").unwrap();
        let start = CellTime(1_767_571_200_000);
        let record = Record::of_hospital(1, &scenario, start, 12);
        assert_eq!(record.to, start.0 + 12 * HOUR_MS);
        for fact in &record.facts {
            let request = request(&Hospital::site(), fact).unwrap();
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert!(body["event"].is_string() && body["at"].is_string());
            assert!(request.path.starts_with("/v1/demo/north/"));
        }
    }

    #[test]
    fn a_request_says_what_the_fact_says() {
        let scenario = Scenario::load("quiet_night").unwrap();
        let start = CellTime(1_767_571_200_000);
        let record = Record::of_hospital(1, &scenario, start, 1);
        let bodies: Vec<_> = record
            .facts
            .iter()
            .map(|fact| request(&Hospital::site(), fact).unwrap())
            .collect();
        let shift = r#"{"at":"2026-01-05T00:00:00.000Z","event":"start","member":"nurse-ED-n1","role":"nurse","ward":"ED"}"#;
        assert_eq!(
            (bodies[0].path.as_str(), bodies[0].body.as_str()),
            ("/v1/demo/north/staff", shift)
        );
    }
}
