//! What a Location says of a bed.

use super::*;

fn location(code: &str) -> Json {
    json!({
        "resourceType": "Location",
        "id": "b9",
        "meta": { "lastUpdated": "2026-01-02T03:00:00Z" },
        "identifier": [{ "value": "A^1^9" }],
        "name": "Bed 9",
        "operationalStatus": { "code": code },
    })
}

#[test]
fn a_bed_status_says_what_would_have_been_tapped() {
    let said = [
        ("C", &["03:00 A^1^9 blocked closed"][..]),
        ("H", &["03:00 A^1^9 dirty"]),
        ("I", &["03:00 A^1^9 blocked isolated"]),
        ("K", &["03:00 A^1^9 dirty"]),
        ("O", &[]),
        ("U", &["03:00 A^1^9 open", "03:00 A^1^9 clean"]),
    ];
    for (code, expected) in said {
        assert_eq!(lines(&location(code)), expected, "{code}");
    }
}

#[test]
fn a_location_without_a_status_says_nothing() {
    let mut ward = location("U");
    ward.as_object_mut().unwrap().remove("operationalStatus");
    assert_eq!(read(&ward).unwrap(), Said::default());
}

#[test]
fn a_bed_and_its_codes_go_by_the_mapping() {
    let mut mapped = location("1");
    mapped["id"] = "17".into();
    let mut local = mapping();
    let unoccupied = crate::hl7::local::BedStatus::Unoccupied;
    local.bed_statuses.insert("1".to_owned(), unoccupied);
    let said = read_with(&local, &mapped).unwrap();
    assert_eq!(line(&said.facts[1].fact), "03:00 MED-A^R1^A-09 clean");
}
