//! What becomes of messages that cannot be understood.

use super::*;

#[track_caller]
fn check_dead(message: impl AsRef<[u8]>, reason: Reason, detail: &str) {
    let message = message.as_ref();
    let Outcome::Dead(rejected) = read(message) else {
        panic!("not dead: {}", message.escape_ascii());
    };
    assert_eq!(
        (rejected.reason, rejected.detail.as_str()),
        (reason, detail)
    );
}

#[test]
fn times_that_cannot_be_are_dead() {
    let with = |evn: &str, sent: &str| {
        let header = MSH.replace("20260811073000+0200", sent);
        [header.as_str(), evn, PID, PV1].join("\r")
    };
    check_dead(
        with("EVN|A01", ""),
        Reason::TimeInvalid,
        "EVN-6, EVN-2 and MSH-7 are all missing",
    );
    check_dead(
        with("EVN|A01|yesterday", "2026"),
        Reason::TimeInvalid,
        "EVN-2 is not YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]",
    );
    check_dead(
        with("EVN|A01|2026||||19691231", "2026"),
        Reason::TimeBefore1970,
        "EVN-6 is before 1970",
    );
}

/// The parser takes hundreds of bytes for each.
#[test]
fn messages_of_nothing_but_separators_are_dead() {
    let detail = "message has more than 100000 fields and parts of fields";
    for separator in ["|", "~", "^", "&", "\rZZZ|"] {
        let many = format!("ZZZ|{}", separator.repeat(100_001));
        check_dead(
            message("ADT^A01", &[PID, PV1, &many]),
            Reason::PayloadTooLarge,
            detail,
        );
    }
}

#[test]
fn unknown_events_are_dead() {
    let detail = "MSH-9 is no event of the standard that is known here";
    for event in [
        "ADT^A00", "ADT^A63", "ADT^Z01", "ADT^A001", "XYZ^A01", "adt^a01",
    ] {
        check_dead(message(event, &[PID, PV1]), Reason::TriggerUnknown, detail);
    }
    check_dead(
        MSH.replace("ADT^A01", ""),
        Reason::Hl7Header,
        "MSH-9 is missing",
    );
    check_dead(
        MSH.replace("^A01", ""),
        Reason::Hl7Header,
        "MSH-9.2 is missing",
    );
}

#[test]
fn who_is_to_be_moved_somewhere_needs_a_place() {
    for event in ["ADT^A01", "ADT^A02", "ADT^A04", "ADT^A12", "ADT^A13"] {
        check_dead(message(event, &[PID]), Reason::Hl7NoPlace, "PV1 is missing");
        let empty = message(event, &[PID, "PV1|1|I|^^Bed 9"]);
        check_dead(empty, Reason::Hl7NoPlace, "PV1-3.1 is missing");
    }
    let half = message("ADT^A17", &[PID, PV1, "PID|1||4712"]);
    check_dead(half, Reason::Hl7NoPlace, "PV1 is missing");
    assert_eq!(told(&message("ADT^A03", &[PID])).facts.len(), 1);
    assert_eq!(told(&message("ADT^A11", &[PID, "PV1"])).facts.len(), 1);
}

#[test]
fn who_moves_needs_an_identifier() {
    let dead = |event, segments: &[&str], detail| {
        check_dead(message(event, segments), Reason::Hl7NoPatient, detail);
    };
    dead("ADT^A01", &[PV1], "PID is missing");
    dead(
        "ADT^A01",
        &["PID|1||^^^HOSP^MR~\"\"||Doe^Jane", PV1],
        "PID-3 is missing",
    );
    dead(
        "ADT^A17",
        &[PID, PV1],
        "a swap does not have 2 PID segments",
    );
    dead("ADT^A40", &[PID, PV1], "MRG is missing");
    dead("ADT^A40", &[PID, "MRG"], "MRG-1 is missing");
    dead(
        "ADT^A40",
        &[PID, "MRG|4711^^^HOSP^MR"],
        "MRG-1 is the patient of PID-3",
    );
}

#[test]
fn headers_that_cannot_be_read_are_dead() {
    let dead = |message: &str, detail| check_dead(message, Reason::Hl7Header, detail);
    dead("PID|1||4711", "message does not begin with MSH");
    dead("MSH", "MSH-1 is missing");
    dead(r"MSH|^~\&", "MSH ends before MSH-3");
    dead("MSH|^~|A", "MSH-2 does not have 4 or 5 characters");
    let different = "MSH-1 and MSH-2 are not different punctuation characters";
    dead(r"MSH|^~^&|A", different);
    dead(r"MSH|^~\a|A", different);
    dead("MSH|^~\\é|A", different);
}

#[test]
fn what_is_no_message_is_dead() {
    let lost = message("ADT^A01", &[PID, "lost line", PV1]);
    check_dead(lost, Reason::Hl7Syntax, "line 4 is not a segment");
    check_dead(" \r\n", Reason::Empty, "message has no segment");
    let long = message("ADT^A01", &[PID, PV1, &"x".repeat(MESSAGE_BYTES_MAX)]);
    check_dead(
        long,
        Reason::PayloadTooLarge,
        "message is longer than 4194304 bytes",
    );
    let long = message("ADT^A01", &[PID, &format!("PV1|1|I|W^^{}", "b".repeat(65))]);
    check_dead(
        long,
        Reason::IdInvalid,
        "PV1-3.3 is longer than 64 characters",
    );
}

#[test]
fn a_message_within_another_is_dead() {
    let one = message("ADT^A01", &[PID, PV1]);
    let both = format!("{one}\r{one}");
    check_dead(both, Reason::Hl7Syntax, "message holds another one");
}

#[test]
fn bytes_that_are_not_utf8_harm_only_what_is_read() {
    let latin = |from: &str, to: &[u8]| -> Vec<u8> {
        let plain = message("ADT^A01", &[PID, PV1]);
        let (before, after) = plain.split_once(from).unwrap();
        [before.as_bytes(), to, after.as_bytes()].concat()
    };
    assert!(matches!(read(latin("Doe", b"D\xF6e")), Outcome::Facts(_)));
    check_dead(
        latin("Bed 9", b"K\xFCche"),
        Reason::Utf8Invalid,
        "PV1-3.3 has bytes that its character set does not know",
    );
}

/// A swap, with escapes and other letters than those of ASCII.
fn rich() -> Vec<u8> {
    let first = r"PV1|1|I|A\T\E&x^Küche^Bed \S\ 9||||||||||||||||V1";
    message("ADT^A17", &[PID, first, OTHER]).into_bytes()
}

#[test]
fn a_message_cut_off_anywhere_does_no_harm() {
    let message = rich();
    let mut reasons: Vec<Reason> = (0..message.len())
        .filter_map(|end| match read(&message[..end]) {
            Outcome::Dead(rejected) => Some(rejected.reason),
            _ => None,
        })
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    for reason in [
        Reason::Empty,
        Reason::Hl7Header,
        Reason::Hl7NoPatient,
        Reason::Hl7NoPlace,
        Reason::Hl7Syntax,
        Reason::TimeInvalid,
        Reason::TriggerUnknown,
    ] {
        assert!(reasons.contains(&reason), "{reason} not in {reasons:?}");
    }
}

#[test]
fn changed_bytes_do_no_harm_and_never_show_in_a_reason() {
    let original = rich();
    let mut random = 42_u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % limit
    };
    let bytes = b"\r\n|^~\\&\"\x0B\x1C\xEF\xBB\xBF\xFF\x00AMSHPID0";
    let mut dead = 0;
    for _ in 0..10_000 {
        let mut message = original.clone();
        for _ in 0..=below(4) {
            let at = below(message.len());
            match below(3) {
                0 => message[at] = bytes[below(bytes.len())],
                1 => message.insert(at, bytes[below(bytes.len())]),
                _ => drop(message.remove(at)),
            }
        }
        for part in split::messages(&message) {
            if let Outcome::Dead(rejected) = read(part) {
                dead += 1;
                let detail = rejected.detail;
                let shown = ["Doe", "Roe", "471", "Ward", "Bed"];
                assert!(
                    !shown.iter().any(|value| detail.contains(value)),
                    "{detail}"
                );
            }
        }
    }
    assert!(dead > 1_000, "only {dead} of the changed messages were bad");
}
