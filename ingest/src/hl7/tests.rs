//! What single messages say.

mod appointments;
mod beds;
mod dead;
mod people;
mod sources;
mod vitals;

use events::fact::VisitEvent;
use events::id::{SiteId, TenantId};

use super::*;
use events::time::DAY_MS;

const MSH: &str = r"MSH|^~\&|ADT 1|HOSP|||20260811073000+0200||ADT^A01|M1|P|2.3";
const PID: &str = "PID|1||4711^^^HOSP^MR||Doe^Jane";
const PV1: &str = "PV1|1|I|Ward A^R1^Bed 9||||||||||||||||V1";
const OTHER: &str = "PID|1||4712^^^HOSP^MR||Roe^Richard\rPV1|1|I|Ward A^R1^Bed 8||||||||||||||||V2";

fn interface() -> Interface {
    Interface {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        },
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local: Local::default(),
    }
}

fn read(message: impl AsRef<[u8]>) -> Outcome {
    interface().read(message.as_ref(), None)
}

fn told(message: &str) -> Told {
    match read(message) {
        Outcome::Facts(told) => told,
        other => panic!("{other:?}: {message}"),
    }
}

/// The header of an event and these segments.
fn message(event: &str, segments: &[&str]) -> String {
    let header = MSH.replace("ADT^A01", event);
    let evn = format!("EVN|{}|20260811080000", &event[4..]);
    [&[header.as_str(), evn.as_str()], segments]
        .concat()
        .join("\r")
}

/// Each fact as `visit event`.
#[track_caller]
fn check(event: &str, segments: &[&str], expected: &[&str]) {
    let told = told(&message(event, segments));
    let said: Vec<String> = told.facts.iter().map(describe).collect();
    assert_eq!(said, expected, "{event}");
}

fn describe(fact: &Fact) -> String {
    let What::Visit { visit, event, .. } = &fact.what else {
        panic!("not about a visit: {fact:?}");
    };
    let (name, place) = match event {
        VisitEvent::Admitted(place) => ("admitted", place),
        VisitEvent::Transferred(place) => ("transferred", place),
        VisitEvent::PlacedByCancel(place) => ("put back", place),
        VisitEvent::Emergency => return format!("{visit} emergency"),
        VisitEvent::Discharged => return format!("{visit} discharged"),
        VisitEvent::Cancelled => return format!("{visit} cancelled"),
        VisitEvent::Merged(into) => return format!("{visit} merged into {into}"),
        other => panic!("no HL7 message says {other:?}"),
    };
    let room = place.room.as_ref().map(|room| room.label());
    let bed = place.bed.as_ref().map(|bed| bed.label());
    let parts = [Some(place.ward.label()), room, bed];
    let parts = parts.map(|part| part.unwrap_or("-".to_owned()));
    format!("{visit} {name} {}", parts.join("/"))
}

#[test]
fn each_event_says_its_own() {
    let one = &[PID, PV1];
    check("ADT^A01", one, &["V1 admitted Ward A/R1/Bed 9"]);
    check("ADT^A04", one, &["V1 admitted Ward A/R1/Bed 9"]);
    let emergency = "PV1|1|E|ED^R1^Bed 9||||||||||||||||V1";
    for event in ["ADT^A01", "ADT^A04"] {
        let said = ["V1 admitted ED/R1/Bed 9", "V1 emergency"];
        check(event, &[PID, emergency], &said);
    }
    check(
        "ADT^A02",
        &[PID, emergency],
        &["V1 transferred ED/R1/Bed 9"],
    );
    check("ADT^A02", one, &["V1 transferred Ward A/R1/Bed 9"]);
    check("ADT^A03", one, &["V1 discharged"]);
    check("ADT^A11", one, &["V1 cancelled"]);
    check("ADT^A12", one, &["V1 put back Ward A/R1/Bed 9"]);
    check("ADT^A13", one, &["V1 put back Ward A/R1/Bed 9"]);
    check(
        "ADT^A17",
        &[PID, PV1, OTHER],
        &[
            "V1 transferred Ward A/R1/Bed 9",
            "V2 transferred Ward A/R1/Bed 8",
        ],
    );
    let merge = &[PID, PV1, "MRG|4712^^^HOSP^MR||||V2"];
    check("ADT^A40", merge, &["V2 merged into V1"]);
    check("ADT^A34", merge, &["V2 merged into V1"]);
    check("ADT^A38", one, &["V1 cancelled"]);
}

#[test]
fn a_change_of_class_is_a_move_and_may_bring_another_number() {
    let moved = "V1 transferred Ward A/R1/Bed 9";
    check("ADT^A06", &[PID, PV1], &[moved]);
    check("ADT^A07", &[PID, PV1, "MRG|4711^^^HOSP^MR"], &[moved]);
    let numbered = "MRG|4711^^^HOSP^MR||||E7";
    check(
        "ADT^A06",
        &[PID, PV1, numbered],
        &["E7 merged into V1", moved],
    );
}

#[test]
fn another_number_of_a_visit_is_no_arrival() {
    let numbered = "MRG|4711^^^HOSP^MR||||E7";
    for event in ["ADT^A45", "ADT^A50"] {
        let here = "V1 put back Ward A/R1/Bed 9";
        check(event, &[PID, PV1, numbered], &["E7 merged into V1", here]);
        let nowhere = "PV1|1|I|||||||||||||||||V1";
        check(event, &[PID, nowhere, numbered], &["E7 merged into V1"]);
        // The visit is given to another patient, and keeps its number and its bed.
        let same = message(event, &[PID, PV1, "MRG|4712^^^HOSP^MR||||V1"]);
        assert_eq!(read(same), Outcome::Ignored(event.to_owned()));
    }
}

#[test]
fn without_a_visit_number_a_patient_has_one_visit() {
    let visit = |message: &str| match told(message).facts.remove(0).what {
        What::Visit { visit, patient, .. } => {
            assert_eq!(visit.as_str(), patient.unwrap().as_str());
            visit
        }
        other => panic!("{other:?}"),
    };
    let here = "PV1|1|I|W^^B";
    let jane = visit(&message("ADT^A01", &[PID, here]));
    let insured = "PID|1||99^^^INSURANCE^NI~4711^^^HOSP^MR";
    assert_eq!(visit(&message("ADT^A03", &[insured, here])), jane);
    assert_ne!(visit(&message("ADT^A03", &["PID|1||4711", here])), jane);
    let merged = told(&message("ADT^A40", &[OTHER, "MRG|4711^^^HOSP^MR"]));
    assert_eq!(describe(&merged.facts[0]), format!("{jane} merged into V2"));
}

#[test]
fn a_message_is_told_whole_with_its_source_time_and_receipt() {
    let told = told(&message("ADT^A13", &[PID, PV1]));
    assert_eq!(told.source, "hl7:ADT_x201");
    assert_eq!(told.facts[0].at.to_string(), "2026-08-11T06:00:00.000Z");
    assert_eq!(told.facts[0].told, CellTime(told.facts[0].at.0));
    assert_eq!(told.facts[0].flags, FactFlags::REOPENED_BY_CANCEL);
    assert!(told.receipt.is_some());
}

#[test]
fn a_place_needs_a_ward_only() {
    let place = |pv1: &str| describe(&told(&message("ADT^A01", &[PID, pv1])).facts[0]);
    assert!(place("PV1|1|E|ED").ends_with(" admitted ED/-/-"));
    assert!(place("PV1|1|E|ED^\"\"^").ends_with(" admitted ED/-/-"));
    assert!(place("PV1|1|E| ED&1.2&ISO ^^ 7 ").ends_with(" admitted ED/-/7"));
    let escaped = place(r"PV1|1|E|A\T\E^^Küche \S\ \X41\ \");
    assert!(
        escaped.ends_with(r" admitted A&E/-/Küche ^ \X41\ \"),
        "{escaped}"
    );
}

#[test]
fn line_ends_marks_and_frames_change_nothing() {
    let plain = message("ADT^A01", &[PID, PV1]);
    let expected = told(&plain);
    assert_eq!(told(&plain.replace('\r', "\n")), expected);
    assert_eq!(told(&plain.replace('\r', "\r\n\r\n")), expected);
    assert_eq!(told(&format!("\u{FEFF}{plain}\r")), expected);
    assert_eq!(told(&format!("\u{0B}{plain}\r\u{1C}\r")), expected);
}

#[test]
fn other_separators_do_as_well() {
    let other = message("ADT^A01", &[PID, PV1])
        .replace('|', "!")
        .replace('^', "@");
    assert_eq!(
        describe(&told(&other).facts[0]),
        "V1 admitted Ward A/R1/Bed 9"
    );
    let v27 = message("ADT^A01", &[PID, PV1]).replace(r"^~\&", r"^~\&#");
    assert_eq!(
        describe(&told(&v27).facts[0]),
        "V1 admitted Ward A/R1/Bed 9"
    );
}

#[test]
fn the_time_is_that_of_the_occurrence_then_of_the_record_then_of_the_sending() {
    let time = |evn: &str, msh: &str| {
        let message = [msh, evn, PID, PV1].join("\r");
        told(&message).facts[0].at.to_string()
    };
    let local = MSH.replace("+0200", "");
    let all = "EVN|A01|20260811080000||||20260811075500+0000";
    assert_eq!(time(all, MSH), "2026-08-11T07:55:00.000Z");
    assert_eq!(
        time("EVN|A01|202608110800", MSH),
        "2026-08-11T06:00:00.000Z"
    );
    assert_eq!(time("EVN|A01", &local), "2026-08-11T05:30:00.000Z");
    // The offset of MSH-7 holds for the whole message, else the interface's zone.
    let far = MSH.replace("+0200", "-0500");
    assert_eq!(
        time("EVN|A01|202608110800", &far),
        "2026-08-11T13:00:00.000Z"
    );
}

#[test]
fn a_clock_ahead_gives_way_to_the_receipt_time() {
    let message = message("ADT^A01", &[PID, PV1]);
    let at = told(&message).facts[0].at.0;
    let told_at = |now: i64| interface().read(message.as_bytes(), Some(CellTime(now)));
    let Outcome::Facts(a_little) = told_at(at - 5_000) else {
        panic!("5 s ahead is no fault");
    };
    assert_eq!((a_little.facts[0].at.0, a_little.facts[0].flags.0), (at, 0));
    let Outcome::Facts(much) = told_at(at - DAY_MS) else {
        panic!("a day ahead is a remark");
    };
    assert_eq!(much.facts[0].at.0, at - DAY_MS);
    assert_eq!(much.facts[0].flags, FactFlags::CLOCK_AHEAD);
    let Outcome::Dead(rejected) = told_at(at - DAY_MS - 1) else {
        panic!("more than a day ahead is dead");
    };
    assert_eq!(rejected.reason, Reason::ClockFarAhead);
}

#[test]
fn events_that_tell_nothing_are_ignored_by_name() {
    for (event, name) in [
        ("ADT^A08", "ADT^A08"),
        ("ADT^A21", "ADT^A21"),
        ("SIU^S23", "SIU^S23"),
        ("ORM^O01", "ORM^O01"),
        ("ORU^R01^ORU_R01", "ORU^R01"),
        ("ORU^secret", "ORU"),
        ("ACK", "ACK"),
    ] {
        let header = MSH.replace("ADT^A01", event);
        assert_eq!(read(header), Outcome::Ignored(name.to_owned()));
    }
}
