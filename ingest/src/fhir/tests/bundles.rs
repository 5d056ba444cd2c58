//! Several resources in one request.

use super::*;
use crate::fhir::bundle::{self, Bundle, ENTRIES_MAX, Kind};

fn read(json: &Json) -> Result<Bundle, Fault> {
    let (site, pseudonyms, local) = (site(), Pseudonyms::new(&[7; 32]), mapping());
    let speaker = Speaker {
        site: &site,
        pseudonyms: &pseudonyms,
        local: &local,
    };
    bundle::read(&speaker, json, NOW)
}

fn entry(method: &str, url: &str) -> Json {
    let resource = encounter("in-progress", json!({ "location": [at("A^1^9", "01:00")] }));
    json!({ "resource": resource, "request": { "method": method, "url": url } })
}

fn batch(entries: &[Json]) -> Json {
    json!({ "resourceType": "Bundle", "type": "batch", "entry": entries })
}

#[test]
fn each_entry_says_what_it_would_have_said_alone() {
    let good = [entry("POST", "Encounter"), entry("PUT", "Encounter/e1")];
    let bundle = read(&batch(&good)).unwrap();
    assert_eq!(bundle.kind, Kind::Batch);
    for said in bundle.entries {
        let facts = said.unwrap().facts;
        assert_eq!(line(&facts[0].fact), "01:00 V-1 admitted A^1^9");
    }
}

#[test]
fn an_entry_that_is_wrong_says_where() {
    let mut no_status = entry("POST", "Encounter");
    no_status["resource"]
        .as_object_mut()
        .unwrap()
        .remove("status");
    let mut empty = entry("POST", "Encounter");
    empty.as_object_mut().unwrap().remove("resource");
    let cases = [
        (no_status, "resource.status"),
        (empty, "resource"),
        (entry("PUT", "Encounter/e2"), "resource.id"),
        (entry("PUT", "Encounter"), "request.url"),
        (entry("PUT", "Encounter/e1/_history/1"), "request.url"),
        (entry("POST", "Encounter/e1"), "request.url"),
        (entry("DELETE", "Encounter/e1"), "request.method"),
        (entry("POST", "Patient"), "resource"),
        (json!({}), "request.method"),
    ];
    for (entry, path) in cases {
        let bundle = read(&batch(&[entry])).unwrap();
        assert_eq!(bundle.entries[0].as_ref().unwrap_err().path, path);
    }
}

#[test]
fn a_bundle_of_another_kind_or_size_is_refused_whole() {
    let path = |json: Json| read(&json).unwrap_err().path;
    assert_eq!(path(json!({ "resourceType": "Bundle" })), "type");
    assert_eq!(
        path(json!({ "resourceType": "Bundle", "type": "message" })),
        "type"
    );
    assert_eq!(path(batch(&[])), "entry");
    assert_eq!(path(json!({ "resourceType": "Encounter" })), "resourceType");
    assert_eq!(path(batch(&[json!({ "request": 1 })])), "entry[0].request");
    let many = vec![json!({}); ENTRIES_MAX + 1];
    assert_eq!(read(&batch(&many)).unwrap_err().issue, Issue::TooCostly);
    assert!(read(&batch(&many[1..])).is_ok());
}
