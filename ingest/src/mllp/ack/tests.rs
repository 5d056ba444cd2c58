//! Who is told what, and how.

use super::*;

const NOW: CellTime = CellTime(1_767_323_046_000);

fn header(kind: &str, accept: &str, application: &str) -> String {
    format!(
        "MSH|^~\\&|ADT1|HOSP|MEDAXIS|NORTH|20260102030405||{kind}|M1|T|2.4|||{accept}|{application}||8859/1\rPID|1||4711"
    )
}

fn refused(reason: Reason, detail: &str) -> Verdict {
    Verdict::Refused(Rejected::new(reason, detail))
}

fn answer(message: &str, verdict: &Verdict) -> String {
    let frames = Reply::to(message.as_bytes()).frames(verdict, "X-1", NOW);
    String::from_utf8(frames).unwrap()
}

/// The codes of the answers, with `accept` and `application` in MSH-15 and 16.
#[track_caller]
fn check(accept: &str, application: &str, verdict: &Verdict, codes: &[&str]) {
    let answer = answer(&header("ADT^A01", accept, application), verdict);
    let found = answer.split("\rMSA|").skip(1);
    let found: Vec<&str> = found.map(|rest| &rest[..2]).collect();
    assert_eq!(found, codes, "{accept:?} {application:?} {verdict:?}");
}

#[test]
fn an_answer_turns_the_header_round_and_names_the_message() {
    assert_eq!(
        answer(&header("ADT^A01^ADT_A01", "", ""), &Verdict::Taken),
        "\u{0B}MSH|^~\\&|MEDAXIS|NORTH|ADT1|HOSP|20260102030406+0000||ACK^A01^ACK|X-1|T|2.4||||||8859/1\rMSA|AA|M1\r\u{1C}\r"
    );
}

#[test]
fn the_original_mode_wants_one_answer_and_the_enhanced_what_it_asks_for() {
    let taken = &Verdict::Taken;
    let wrong = &refused(Reason::TimeInvalid, "EVN-2 is no time");
    let unknown = &refused(Reason::TriggerUnknown, "MSH-9 is no event");
    check("", "", taken, &["AA"]);
    check("", "", wrong, &["AE"]);
    check("", "", unknown, &["AR"]);
    check("AL", "", taken, &["CA"]);
    check("AL", "NE", wrong, &["CE"]);
    check("AL", "", unknown, &["CR"]);
    check("AL", "AL", taken, &["CA", "AA"]);
    check("AL", "AL", wrong, &["CE"]);
    check("NE", "AL", taken, &["AA"]);
    check("NE", "AL", wrong, &["AE"]);
    check("", "ER", taken, &[]);
    check("", "ER", wrong, &["AE"]);
    check("ER", "SU", taken, &["AA"]);
    check("SU", "NE", wrong, &[]);
    check("NE", "NE", wrong, &[]);
}

#[test]
fn what_is_wrong_is_said_by_place_code_and_reason() {
    let error = |reason, detail: &str| {
        let answer = answer(&header("ADT^A01", "", ""), &refused(reason, detail));
        let error = answer.split("\rERR|").nth(1).unwrap();
        error.split('\r').next().unwrap().to_owned()
    };
    assert_eq!(
        error(Reason::Hl7NoPlace, "PV1-3.1 is missing"),
        "|PV1^1^3^1^1|101^Required field missing^HL70357|E||||hl7_no_place: PV1-3.1 is missing"
    );
    assert_eq!(
        error(Reason::CharsetUnknown, "MSH-18 is a|b"),
        "|MSH^1^18|103^Table value not found^HL70357|E||||charset_unknown: MSH-18 is a\\F\\b"
    );
    assert_eq!(
        error(Reason::Hl7NoPlace, "PV1 is missing"),
        "|PV1|101^Required field missing^HL70357|E||||hl7_no_place: PV1 is missing"
    );
    assert!(error(Reason::Hl7Syntax, "line 3 is not a segment").starts_with("||100^"));
}

#[test]
fn bytes_that_are_no_message_are_answered_too() {
    for bytes in [
        "",
        "PID|1",
        "MSH",
        "MSHx",
        "MSH|",
        "MSH|^~",
        "\u{0}\u{1}\u{2}",
    ] {
        let answer = answer(bytes, &refused(Reason::Hl7Header, "message has no MSH"));
        assert!(answer.contains("\rMSA|AR|\rERR|"), "{bytes:?} {answer:?}");
    }
}

#[test]
fn separators_are_those_of_the_message() {
    let other = header("ADT^A01", "", "")
        .replace('|', "!")
        .replace('^', "@");
    let answer = answer(&other, &refused(Reason::Hl7NoPlace, "PV1-3.1 is missing"));
    assert!(answer.contains("!ACK@A01@ACK!"), "{answer}");
    assert!(answer.contains("\rERR!!PV1@1@3@1@1!101@"), "{answer}");
}

#[test]
fn an_acknowledgement_is_known_as_one() {
    let is = |kind| Reply::to(header(kind, "", "").as_bytes()).is_acknowledgement();
    assert!(is("ACK^A01^ACK") && is("ACK") && is("MCF"));
    assert!(!is("ADT^A01"));
}
