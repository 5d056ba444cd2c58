//! What A20 says of beds.

use events::fact::BedTap;

use super::*;

#[track_caller]
fn check(npu: &str, expected: &[&str]) {
    let said: Vec<String> = told(&message("ADT^A20", &[npu]))
        .facts
        .iter()
        .map(tapped)
        .collect();
    assert_eq!(said, expected, "{npu}");
}

fn tapped(fact: &Fact) -> String {
    let What::Bed { place, tap } = &fact.what else {
        panic!("not about a bed: {fact:?}");
    };
    let bed = place.bed.as_ref().unwrap().label();
    let tap = match tap {
        BedTap::Clean => "clean".to_owned(),
        BedTap::Dirty => "dirty".to_owned(),
        BedTap::Open => "open".to_owned(),
        BedTap::Blocked { reason, .. } => format!("blocked {reason}"),
    };
    format!("{}/{bed} {tap}", place.ward.label())
}

#[test]
fn a_status_is_what_its_table_says() {
    check("NPU|Ward A^R1^9|H", &["Ward A/9 dirty"]);
    check("NPU|Ward A^R1^9|K", &["Ward A/9 dirty"]);
    check("NPU|Ward A^R1^9|C", &["Ward A/9 blocked closed"]);
    check("NPU|Ward A^R1^9|I", &["Ward A/9 blocked isolated"]);
    check("NPU|Ward A^R1^9|U", &["Ward A/9 open", "Ward A/9 clean"]);
    let occupied = message("ADT^A20", &["NPU|Ward A^R1^9|O"]);
    assert_eq!(read(occupied), Outcome::Ignored("ADT^A20".to_owned()));
}

#[test]
fn a_status_that_is_in_no_table_needs_a_mapping() {
    let mut interface = interface();
    let two = message("ADT^A20", &["NPU|Ward A^R1^9|2"]);
    let Outcome::Dead(rejected) = interface.read(two.as_bytes(), None) else {
        panic!("2 is no status");
    };
    assert_eq!(rejected.reason, Reason::CodeUnknown);
    assert!(rejected.detail.starts_with("NPU-2 "), "{rejected}");
    let dirty = local::BedStatus::Dirty;
    interface.local.bed_statuses.insert("2".to_owned(), dirty);
    let Outcome::Facts(told) = interface.read(two.as_bytes(), None) else {
        panic!("2 is mapped");
    };
    assert_eq!(tapped(&told.facts[0]), "Ward A/9 dirty");
}

#[test]
fn what_is_missing_is_said() {
    let reason = |npu: &str| match read(message("ADT^A20", &[npu])) {
        Outcome::Dead(rejected) => rejected.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason("NTE|1"), "hl7_no_place: NPU is missing");
    assert_eq!(reason("NPU||H"), "hl7_no_place: NPU-1.1 is missing");
    assert_eq!(reason("NPU|Ward A|H"), "hl7_no_place: NPU-1.3 is missing");
    assert_eq!(reason("NPU|Ward A^^9|"), "field_missing: NPU-2 is missing");
}
