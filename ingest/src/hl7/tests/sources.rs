//! What is agreed with a sender: names, codes, character set, and what an A08 does.

use std::collections::BTreeMap;

use super::*;
use crate::hl7::charset::Charset;
use crate::hl7::local::Location;

fn said(interface: &Interface, message: &[u8]) -> String {
    match interface.read(message, None) {
        Outcome::Facts(told) => describe(&told.facts[0]),
        other => format!("{other:?}"),
    }
}

#[test]
fn an_update_moves_only_where_that_is_agreed() {
    let mut interface = interface();
    let update = message("ADT^A08", &[PID, PV1]);
    let ignored = "Ignored(\"ADT^A08\")";
    assert_eq!(said(&interface, update.as_bytes()), ignored);
    interface.local.a08_moves = true;
    assert_eq!(
        said(&interface, update.as_bytes()),
        "V1 transferred Ward A/R1/Bed 9"
    );
    let nowhere = message("ADT^A08", &[PID, "PV1|1|I|"]);
    assert_eq!(said(&interface, nowhere.as_bytes()), ignored);
}

#[test]
fn the_senders_names_become_ours() {
    let mut interface = interface();
    let location = |text: &str| Location::parse(text).unwrap();
    interface.local.wards = BTreeMap::from([("Ward A".to_owned(), "MED-A".to_owned())]);
    interface.local.beds =
        BTreeMap::from([(location("Ward A^R1^Bed 9"), location("MED-A^1^A-09"))]);
    let one = message("ADT^A01", &[PID, PV1]);
    assert_eq!(said(&interface, one.as_bytes()), "V1 admitted MED-A/1/A-09");
    let other = one.replace("Bed 9", "Bed 8");
    assert_eq!(
        said(&interface, other.as_bytes()),
        "V1 admitted MED-A/R1/Bed 8"
    );
}

#[test]
fn text_is_read_in_the_character_set_of_the_message() {
    let interface = interface();
    let with = |charset: &str, ward: &[u8]| {
        let plain = message("ADT^A01", &[PID, PV1]);
        let plain = plain.replacen("|P|2.3", &format!("|P|2.3||||||{charset}"), 1);
        let (before, after) = plain.split_once("Ward A").unwrap();
        let bytes = [before.as_bytes(), ward, after.as_bytes()].concat();
        said(&interface, &bytes)
    };
    let kitchen = "V1 admitted Küche/R1/Bed 9";
    assert_eq!(with("8859/1", b"K\xFCche"), kitchen);
    assert_eq!(with("UNICODE UTF-8", "Küche".as_bytes()), kitchen);
    assert_eq!(with("8859/5", b"\xB4\xDE\xDC"), "V1 admitted Дом/R1/Bed 9");
    let unknown = with("KLINGON", b"Ward A");
    assert!(unknown.contains("CharsetUnknown") && !unknown.contains("KLINGON"));
}

#[test]
fn where_a_message_names_no_character_set_the_agreed_one_holds() {
    let mut interface = interface();
    interface.local.charset = Charset::by_name("8859/15").unwrap();
    let plain = message("ADT^A01", &[PID, PV1]);
    let (before, after) = plain.split_once("Ward A").unwrap();
    let bytes = [before.as_bytes(), b"\xA4", after.as_bytes()].concat();
    assert_eq!(said(&interface, &bytes), "V1 admitted €/R1/Bed 9");
}
