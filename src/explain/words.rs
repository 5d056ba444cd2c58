//! What a record says, in words. Nobody who reads it knows who a patient is: the log
//! does not know either.

use events::command::{Action, Command};
use events::fact::{
    AppointmentEvent, BedTap, Fact, SensorFact, SlotEvent, VisitEvent, VitalEvent, What,
};
use events::id::CodeId;
use events::place::Place;
use events::sensor;
use events::time::EventTime;
use events::vital::VitalValue;
use stream::site::explain::finder::Tale;

/// By whom it was told: `fhir`, `http`, `hl7:SENDER`, or the path of a device.
pub(super) fn source(tale: &Tale) -> String {
    match tale {
        Tale::Fact { source, .. } => source.clone(),
        Tale::Reading { path, .. } => path.path(),
    }
}

/// When it was so, and when that was told.
pub(super) fn times(tale: &Tale) -> (String, String) {
    match tale {
        Tale::Fact { fact, .. } => (fact.at.to_string(), fact.told.to_string()),
        Tale::Reading { reading, .. } => (reading.at.to_string(), reading.told.to_string()),
    }
}

/// What it says.
pub(super) fn says(tale: &Tale) -> String {
    match tale {
        Tale::Fact { fact, .. } => says_fact(fact),
        Tale::Reading { reading, .. } => {
            let sensor = sensor::by_code(reading.code);
            let fact = sensor.map(|sensor| (sensor.fact)(reading.value));
            let said = match fact {
                Some(SensorFact::Pad { occupied: true }) => "occupied".to_owned(),
                Some(SensorFact::Pad { occupied: false }) => "empty".to_owned(),
                Some(SensorFact::Cleaning(phase)) => format!("cleaning {phase:?}").to_lowercase(),
                Some(SensorFact::Equipment(status)) => format!("{status:?}").to_lowercase(),
                Some(SensorFact::Presence { .. }) | None => "nothing that counts".to_owned(),
            };
            format!("{said} (boot {}, seq {})", reading.boot, reading.seq)
        }
    }
}

fn says_fact(fact: &Fact) -> String {
    match &fact.what {
        What::Visit { visit, event, .. } => format!("visit {visit} {}", says_visit(event)),
        What::Vital {
            visit, code, event, ..
        } => format!("visit {visit} {}", says_vital(code, *event)),
        What::Appointment {
            appointment,
            ward,
            event,
            ..
        } => format!(
            "appointment {appointment} at {ward} {}",
            says_appointment(event)
        ),
        What::Slot {
            slot, ward, event, ..
        } => format!("slot {slot} of {ward} {}", says_slot(*event)),
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => {
            let how = if *on_shift { "begins" } else { "ends" };
            format!("{member} {how} a shift as {role} on {ward}")
        }
        What::Bed { place, tap } => {
            let tap = match tap {
                BedTap::Clean => "clean",
                BedTap::Dirty => "dirty",
                BedTap::Blocked { .. } => "blocked",
                BedTap::Open => "open",
            };
            format!("bed {} is {tap}", named(place))
        }
        What::Command(command) => format!("{} at a board: {}", command.by.role, asks(command)),
    }
}

fn asks(command: &Command) -> String {
    let name = command.action.name();
    match &command.action {
        Action::Tap { place, .. } => format!("bed {} is {name}", named(place)),
        Action::Undo { command, .. } => format!("{command} was a mistake"),
        action => format!("{name} {}", action.alert().unwrap_or_default()),
    }
}

fn says_visit(event: &VisitEvent) -> String {
    match event {
        VisitEvent::BedRequested(ward) => format!("needs a bed on {ward}"),
        VisitEvent::BedAssigned(place) => format!("is assigned {}", named(place)),
        VisitEvent::ReadyToMove => "is ready to move".to_owned(),
        VisitEvent::Admitted(place) => format!("is admitted to {}", named(place)),
        VisitEvent::Transferred(place) => format!("is transferred to {}", named(place)),
        VisitEvent::ReadyToLeave => "is ready to leave".to_owned(),
        VisitEvent::ExpectedDischarge(at) => format!("is expected to leave at {at}"),
        VisitEvent::Discharged => "is discharged".to_owned(),
        VisitEvent::Cancelled => "is cancelled".to_owned(),
        VisitEvent::PlacedByCancel(place) => format!("is put back to {}", named(place)),
        VisitEvent::Merged(into) => format!("goes on as {into}"),
        VisitEvent::Emergency => "is an emergency".to_owned(),
        VisitEvent::AdmissionDecided => "is to be admitted".to_owned(),
        VisitEvent::LeftUnseen => "left without being seen".to_owned(),
        VisitEvent::StayBegan(at) => format!("has been here since {at}"),
    }
}

fn says_appointment(event: &AppointmentEvent) -> String {
    match event {
        AppointmentEvent::Booked(at) => format!("is booked for {at}"),
        AppointmentEvent::Arrived => "has arrived".to_owned(),
        AppointmentEvent::Roomed => "is in a room".to_owned(),
        AppointmentEvent::Started => "has begun".to_owned(),
        AppointmentEvent::Ended => "is over".to_owned(),
        AppointmentEvent::Cancelled => "is cancelled".to_owned(),
        AppointmentEvent::NoShow => "is a no-show".to_owned(),
    }
}

fn says_vital(code: &CodeId, event: VitalEvent) -> String {
    match event {
        VitalEvent::Observed(VitalValue::Number(number)) => format!("has {number} of {code}"),
        VitalEvent::Observed(VitalValue::Level(level)) => {
            format!("has {} of {code}", level.letter())
        }
        VitalEvent::Withdrawn => format!("has nothing of {code}"),
    }
}

fn says_slot(event: SlotEvent) -> String {
    match event {
        SlotEvent::Offered { start, end } => format!("is offered from {start} to {end}"),
        SlotEvent::Booked => "is taken".to_owned(),
        SlotEvent::Withdrawn => "is withdrawn".to_owned(),
    }
}

fn named(place: &Place) -> String {
    let bed = place.bed.as_ref().map_or("no bed", |bed| bed.as_str());
    format!("{} {bed}", place.ward)
}

/// An event time, or a cell time.
pub(super) fn time(ms: i64) -> String {
    EventTime(ms).to_string()
}
