//! What SIU says of appointments.

use events::fact::AppointmentEvent;

use super::*;
use crate::hl7::local::AppointmentStatus;

const SCH: &str = "SCH|P1|F7||||NEW|CHECK|FOLLOWUP|||^^30^20260812093000";
const AIL: &str = "RGS|1\rAIS|1||ECG\rAIL|1||CLINIC-1^R2\rAIP|1||D9^Who";

fn read_with(interface: &Interface, event: &str, segments: &[&str]) -> Result<String, String> {
    let header = MSH.replace("ADT^A01", event);
    let message = [&[header.as_str()], segments].concat().join("\r");
    match interface.read(message.as_bytes(), None) {
        Outcome::Facts(told) => Ok(described(&told)),
        Outcome::Ignored(name) => Ok(format!("ignored {name}")),
        Outcome::Dead(rejected) => Err(rejected.to_string()),
    }
}

fn described(told: &Told) -> String {
    let [fact] = &told.facts[..] else {
        panic!("one appointment: {told:?}");
    };
    // The message was sent at half past seven; nothing else says when it happened.
    assert_eq!(fact.at.to_string(), "2026-08-11T05:30:00.000Z");
    let What::Appointment {
        appointment,
        ward,
        practitioner,
        room,
        kind,
        slot: None,
        event,
    } = &fact.what
    else {
        panic!("not about an appointment: {fact:?}");
    };
    let event = match event {
        AppointmentEvent::Booked(at) => format!("booked {at}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let who = practitioner.as_ref().map_or("-", |who| who.as_str());
    let room = room.as_ref().map_or("-", |room| room.as_str());
    format!(
        "{appointment} {}/{room} {who} {kind}: {event}",
        ward.label()
    )
}

#[track_caller]
fn check(event: &str, sch: &str, expected: &str) {
    let said = read_with(&interface(), event, &[sch, AIL]).unwrap();
    assert_eq!(said, expected, "{event} {sch}");
}

#[test]
fn each_event_says_its_own() {
    let booked = "F7 CLINIC-1/R2 D9 FOLLOWUP: booked 2026-08-12T07:30:00.000Z";
    for event in ["SIU^S12", "SIU^S13", "SIU^S14", "SIU^S18", "SIU^S22"] {
        check(event, SCH, booked);
    }
    for event in ["SIU^S15", "SIU^S16", "SIU^S17"] {
        check(event, SCH, "F7 CLINIC-1/R2 D9 FOLLOWUP: cancelled");
    }
    check("SIU^S26", SCH, "F7 CLINIC-1/R2 D9 FOLLOWUP: noshow");
    check("SIU^S24", SCH, "ignored SIU^S24");
}

#[test]
fn a_change_says_what_the_status_says() {
    let said = |status: &str| {
        let sch = format!("{SCH}||||||||||||||{status}");
        read_with(&interface(), "SIU^S14", &[&sch, AIL])
    };
    let ends = |status: &str, with: &str| {
        let said = said(status).unwrap();
        assert!(said.ends_with(with), "{status}: {said}");
    };
    ends("Started", ": started");
    ends("COMPLETE", ": ended");
    ends("NoShow", ": noshow");
    ends("Dc", ": cancelled");
    ends("Booked", ": booked 2026-08-12T07:30:00.000Z");
    ends("Blocked", "ignored SIU^S14");
    assert_eq!(
        said("HERE").unwrap_err(),
        "code_unknown: SCH-25 is neither in table 0278 nor in the mapping of this sender"
    );
    let mut interface = interface();
    let arrived = AppointmentStatus::by_name("arrived").unwrap();
    let statuses = &mut interface.local.appointment_statuses;
    statuses.insert("HERE".to_owned(), arrived);
    let sch = format!("{SCH}||||||||||||||HERE");
    let said = read_with(&interface, "SIU^S14", &[&sch, AIL]).unwrap();
    assert!(said.ends_with(": arrived"), "{said}");
}

#[test]
fn what_one_field_lacks_another_says() {
    let parts = "SCH|P1\rPV1|1|O|CLINIC-2\rAIS|1||ECG|202608121000";
    check_alone(
        parts,
        "P1 CLINIC-2/- - ECG: booked 2026-08-12T08:00:00.000Z",
    );
    let own_zone = "SCH|P1|||||||||||^^^202608121000+0000\rPV1|1|O|CLINIC-2";
    let said = read_with(&interface(), "SIU^S12", &[own_zone]);
    assert!(said.is_err(), "SCH-11 is one field further to the left");
}

#[track_caller]
fn check_alone(segments: &str, expected: &str) {
    let said = read_with(&interface(), "SIU^S12", &[segments]);
    assert_eq!(said.as_deref(), Ok(expected));
}

#[test]
fn what_is_missing_is_said() {
    let said = |segments: &str| read_with(&interface(), "SIU^S12", &[segments]).unwrap_err();
    assert_eq!(said("NTE|1"), "field_missing: SCH is missing");
    assert_eq!(
        said("SCH|P1\rAIL|1||CLINIC-1"),
        "field_missing: SCH-11.4, AIS-4, AIG-8, AIL-6 and AIP-6 are all missing"
    );
    assert_eq!(
        said("SCH|P1||||||||||^^^20260231"),
        "time_invalid: SCH-11.4 is not YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]"
    );
    assert_eq!(
        said("SCH|||||||||||^^^20260812"),
        "hl7_no_place: AIL-3.1 and PV1-3.1 are both missing"
    );
    assert_eq!(
        said("SCH|||||||||||^^^20260812\rAIL|1||CLINIC-1"),
        "field_missing: SCH-2 and SCH-1 are both missing"
    );
}
