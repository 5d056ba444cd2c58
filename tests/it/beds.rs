//! The beds that there are: a list of another system goes in, as CSV and as FHIR; a bed of
//! which somebody speaks and that nobody listed is shown as such, and adopted.

use std::net::{Ipv4Addr, SocketAddr};

use harness::{kafka, mosquitto};
use serde_json::Value;

use crate::node::Node;
use crate::program::complaint;
use crate::watch::{pad, shows};

const SITE: [&str; 4] = ["--tenant", "demo", "--site", "north"];

const CSV: &str = "Station,Bett,Zimmer,Offen\n\
                   MED-B,B-01,B1,yes\n\
                   MED-B,B-02,B2,no\n\
                   Tagesklinik,,,\n";

const LOCATIONS: &str = r#"{ "resourceType": "Bundle", "type": "searchset", "entry": [
  { "resource": { "resourceType": "Location", "id": "w", "name": "Medicine B",
    "identifier": [{ "value": "MED-B" }], "physicalType": { "coding": [{ "code": "wa" }] } } },
  { "resource": { "resourceType": "Location", "id": "1", "name": "By the window", "status": "active",
    "identifier": [{ "value": "B-01" }], "physicalType": { "coding": [{ "code": "bd" }] },
    "partOf": { "reference": "Location/w" } } } ] }"#;

#[test]
fn beds_are_imported_adopted_and_shown() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let mut node = Node::new(kafka.address(), mosquitto.address(), nowhere);
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    let beds = |rest: &[&str]| node.command(&[&["control", "beds"], rest, &SITE].concat());
    let does = |rest: &[&str]| -> Value {
        let printed = crate::program::printed(&beds(rest).output().unwrap());
        let json = printed
            .rsplit_once("sent;")
            .map_or(&*printed, |(json, _)| json);
        serde_json::from_str(json).unwrap()
    };

    let file = node.file("beds.csv", CSV);
    let import = ["import", &file, "--map"];
    let map = "ward=Station,bed=Bett,room=Zimmer,staffed=Offen";
    let dry = does(&[&import[..], &[map, "--dry-run"]].concat());
    assert_eq!(dry["added"], Value::from(vec!["MED-B/B-02"]), "{dry:#}");
    let sent = does(&[&import[..], &[map]].concat());
    assert_eq!(sent["added"], dry["added"], "a dry run changes nothing");
    assert_eq!((&sent["wards"], &sent["beds"]), (&2.into(), &2.into()));
    shows(board, "MED-B", "B-02", "staffed", "false");
    let again = does(&[&import[..], &[map]].concat());
    for nothing in ["added", "changed", "no_longer_listed"] {
        assert_eq!(again[nothing], Value::Array(vec![]), "{again:#}");
    }

    let wrong = node.file("wrong.csv", &format!("{CSV}MED-B,B-03,B3,MAYBE\n"));
    let refused = beds(&["import", &wrong, "--map", map]).output().unwrap();
    let said = complaint(&refused);
    let reason = "line 5: staffed (column \"Offen\"): is not 1";
    assert!(!refused.status.success() && said.contains(reason), "{said}");
    assert!(said.contains("nothing is sent: 1 of 4"), "{said}");
    assert!(!said.contains("MAYBE"), "{said}");

    pad(
        mosquitto.address(),
        "B-77",
        r#"{"boot":5,"seq":1,"occupied":true}"#,
    );
    shows(board, "MED-B", "B-77", "listed", "false");
    node.prints(
        &[
            &["control", "beds", "adopt", "MED-B/B-77", "--room", "B9"],
            &SITE[..],
        ]
        .concat(),
    );
    let adopted = shows(board, "MED-B", "B-77", "listed", "true");
    assert_eq!(
        (&adopted["staffed"], &adopted["occupied"]),
        (&true.into(), &true.into())
    );
    shows(board, "MED-B", "B-02", "listed", "true");
    let twice = beds(&["adopt", "MED-B/B-77"]).output().unwrap();
    let said = complaint(&twice);
    assert!(
        !twice.status.success() && said.contains("is listed: nothing is sent"),
        "{said}"
    );

    let bundle = node.file("locations.json", LOCATIONS);
    let report = does(&["import", &bundle, "--format", "fhir"]);
    let gone = Value::from(vec!["MED-B/B-02", "MED-B/B-77"]);
    assert_eq!(report["no_longer_listed"], gone, "{report:#}");
    shows(board, "MED-B", "B-01", "label", r#""By the window""#);
    shows(board, "MED-B", "B-77", "listed", "false");

    let history = node.prints(&[&["control", "history"], &SITE[..]].concat());
    let masters: Vec<u64> = history
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["master"]["beds"].as_u64())
        .collect();
    assert_eq!(masters, [1, 2, 2, 3, 1], "{history}");
    node.ends();
}
