//! The beds that there are: a list of another system goes in, as CSV and as FHIR; a bed of
//! which somebody speaks and that nobody listed is shown as such, and adopted.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Output;

use harness::{kafka, mosquitto};
use serde_json::Value;

use crate::node::Node;
use crate::program::{complaint, printed};
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

/// What an operator gives to `medaxis control beds` of this node.
struct Operator<'a> {
    node: &'a Node,
}

impl Operator<'_> {
    fn gives(&self, rest: &[&str]) -> Output {
        let args = [&["control", "beds"], rest, &SITE].concat();
        self.node.command(&args).output().unwrap()
    }

    /// The report of an import.
    #[track_caller]
    fn imports(&self, rest: &[&str]) -> Value {
        let said = printed(&self.gives(&[&["import"], rest].concat()));
        serde_json::from_str(&said).unwrap()
    }

    #[track_caller]
    fn is_refused(&self, rest: &[&str], words: &[&str]) -> String {
        let output = self.gives(rest);
        let said = complaint(&output);
        assert!(!output.status.success(), "{said}");
        for words in words {
            assert!(said.contains(words), "{said}");
        }
        said
    }
}

#[test]
fn beds_are_imported_adopted_and_shown() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let mut node = Node::new(kafka.address(), mosquitto.address(), nowhere);
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    let operator = Operator { node: &node };
    a_list_is_imported(&operator, board);
    an_unlisted_bed_is_adopted(&operator, board, mosquitto.address());
    locations_are_imported(&operator, board);

    let history = node.prints(&[&["control", "history"], &SITE[..]].concat());
    let masters: Vec<u64> = history
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["master"]["beds"].as_u64())
        .collect();
    assert_eq!(masters, [1, 2, 2, 3, 1], "{history}");
    node.ends();
}

fn a_list_is_imported(operator: &Operator<'_>, board: SocketAddr) {
    let map = "ward=Station,bed=Bett,room=Zimmer,staffed=Offen";
    let file = operator.node.file("beds.csv", CSV);
    let dry = operator.imports(&[&file, "--map", map, "--dry-run"]);
    assert_eq!(dry["added"], Value::from(vec!["MED-B/B-02"]), "{dry:#}");
    let sent = operator.imports(&[&file, "--map", map]);
    assert_eq!(sent["added"], dry["added"], "a dry run changes nothing");
    assert_eq!((&sent["wards"], &sent["beds"]), (&2.into(), &2.into()));
    shows(board, "MED-B", "B-02", "staffed", "false");
    let again = operator.imports(&[&file, "--map", map]);
    for nothing in ["added", "changed", "no_longer_listed"] {
        assert_eq!(again[nothing], Value::Array(vec![]), "{again:#}");
    }
    let wrong = format!("{CSV}MED-B,B-03,B3,MAYBE\n");
    let wrong = operator.node.file("wrong.csv", &wrong);
    let reason = "line 5: staffed (column \"Offen\"): is not 1";
    let words = [reason, "nothing is sent: 1 of 4"];
    let said = operator.is_refused(&["import", &wrong, "--map", map], &words);
    assert!(!said.contains("MAYBE"), "{said}");
}

fn an_unlisted_bed_is_adopted(operator: &Operator<'_>, board: SocketAddr, broker: SocketAddr) {
    pad(broker, "B-77", r#"{"boot":5,"seq":1,"occupied":true}"#);
    shows(board, "MED-B", "B-77", "listed", "false");
    printed(&operator.gives(&["adopt", "MED-B/B-77", "--room", "B9"]));
    let adopted = shows(board, "MED-B", "B-77", "listed", "true");
    assert_eq!(
        (&adopted["staffed"], &adopted["occupied"]),
        (&true.into(), &true.into())
    );
    shows(board, "MED-B", "B-02", "listed", "true");
    operator.is_refused(&["adopt", "MED-B/B-77"], &["is listed: nothing is sent"]);
}

fn locations_are_imported(operator: &Operator<'_>, board: SocketAddr) {
    let bundle = operator.node.file("locations.json", LOCATIONS);
    let report = operator.imports(&[&bundle, "--format", "fhir"]);
    let gone = Value::from(vec!["MED-B/B-02", "MED-B/B-77"]);
    assert_eq!(report["no_longer_listed"], gone, "{report:#}");
    shows(board, "MED-B", "B-01", "label", r#""By the window""#);
    shows(board, "MED-B", "B-77", "listed", "false");
}
