//! Who lies there: staff see it, nobody else does, and nothing that is kept tells it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use events::topic::KafkaTopic;
use harness::access::{entry, header, token};
use harness::{clickhouse, kafka, mosquitto, wait_for};
use ingest::kafka_look::Look;
use serde_json::{Value, json};

use crate::browser::{Browser, link};
use crate::node::Node;
use crate::program::get;
use crate::watch::shows;

/// Until a label shows; one that was looked up is believed for half a minute.
const SHOWS: Duration = Duration::from_secs(90);

/// A ward of which visits tell who is there.
const MASTER: &str = r#"
tenant = "demo"
site = "north"

[[ward]]
name = "MED-B"
source = "visits"
bed = [
    { name = "B-01", room = "B1" },
    { name = "B-02", room = "B1" },
    { name = "B-03", room = "B1" },
]
"#;

#[test]
fn staff_see_who_lies_there_and_nothing_that_is_kept_tells_it() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    let wide = "sites = \"all\"\nwards = \"all\"\ntier = \"corridor\"\n";
    let corridor = entry("demo", "cleaner", "test-corridor", wide);
    let tokens = std::fs::read_to_string(node.tokens()).unwrap() + &corridor;
    std::fs::write(node.tokens(), tokens).unwrap();
    node.start();
    let board = node.board();
    let master = node.file("master.toml", MASTER);
    node.prints(&["control", "master", &master]);
    shows(board, "MED-B", "B-03", "listed", "true");

    let visits = [
        ("v1", "B-01", "Müllerowa", "Karla", "MRN-004712"),
        ("v2", "B-02", "MÜLLEROWA", "Otto", "MRN-000817"),
        ("v3", "B-03", "Zwierzak", "Ada", "MRN-000099"),
    ];
    for (visit, bed, family, given, patient) in visits {
        let admitted = json!({ "visit": visit, "patient": patient, "event": "admitted",
            "ward": "MED-B", "room": "B1", "bed": bed, "family": family, "given": given });
        tells(board, &admitted);
        shows(board, "MED-B", bed, "visit", &format!("\"{visit}\""));
    }
    let all = || {
        let labels = labels(board)?;
        Ok((labels.len() == 3).then_some(labels))
    };
    let found = wait_for(SHOWS, "three labels", all).unwrap();
    let alike = [
        json!({ "visit": "v1", "label": "KM 12", "same_name": true }),
        json!({ "visit": "v2", "label": "OM 17", "same_name": true }),
        json!({ "visit": "v3", "label": "AZ 99", "same_name": false }),
    ];
    assert_eq!(found, alike);
    may_not_look(board);

    let browser = Browser::start();
    let nurse = browser.opens("nurse", &link(board, "charge_nurse"));
    nurse.goes("#/ward/MED-B");
    nurse.shows("[data-visit=v1]", "KM 12");
    nurse.shows("[data-visit=v2]", "same name");
    assert_eq!(nurse.count("[data-visit=v3] .same"), 0);

    // Somebody wishes not to be named, which is heard with the next event of the visit.
    tells(
        board,
        &json!({ "visit": "v1", "event": "ready_to_leave", "private": true }),
    );
    nurse.shows("[data-visit=v1]", "not named");
    let hidden = || {
        let labels = labels(board)?;
        Ok((labels[0]["label"].is_null() && labels[1]["same_name"] == false).then_some(()))
    };
    wait_for(SHOWS, "no label", hidden).unwrap();

    node.is_killed();
    node.start();
    let board = node.board();
    wait_for(SHOWS, "labels after a kill", || {
        let labels = labels(board).unwrap_or_default();
        Ok((labels.get(2) == Some(&alike[2])).then_some(()))
    })
    .unwrap();
    let snapshot = get(board, "/v1/demo/north/snapshot").unwrap();
    let log = std::fs::read_to_string(node.log()).unwrap();
    tells_nobody("the snapshot", snapshot.as_bytes());
    tells_nobody("what it says", log.as_bytes());
    tells_nobody("metrics", get(board, "/metrics").unwrap().as_bytes());
    every_record(kafka.address(), &|record| tells_nobody("the log", record));
    node.is_killed();
    every_file(&node.store(), &|file| tells_nobody("the store", file));
}

fn tells(board: SocketAddr, visit: &Value) {
    let mut curl = Command::new("curl");
    let url = format!("http://{board}/v1/demo/north/visits");
    let body = visit.to_string();
    curl.args([
        "-sS",
        "-w",
        "%{http_code}",
        "-o",
        "-",
        "-H",
        &header("source"),
    ]);
    let said = curl.args(["--data-binary", &body, &url]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.ends_with("202"), "{said}");
}

fn labels(board: SocketAddr) -> anyhow::Result<Vec<Value>> {
    let told: Value = serde_json::from_str(&get(board, "/v1/demo/north/labels")?)?;
    Ok(told["labels"].as_array().cloned().unwrap_or_default())
}

/// Who looks from a corridor, tells facts, is of another tenant or nobody.
#[track_caller]
fn may_not_look(board: SocketAddr) {
    let url = format!("http://{board}/v1/demo/north/labels");
    let source = token("demo", "source");
    for (token, status) in [("test-corridor", 403), (&*source, 403), ("nobody", 401)] {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-w", "\n%{http_code}", &url]);
        curl.args(["-H", &format!("Authorization: Bearer {token}")]);
        let said = String::from_utf8(curl.output().unwrap().stdout).unwrap();
        assert!(said.ends_with(&format!("\n{status}")), "{token}: {said}");
        tells_nobody(token, said.as_bytes());
    }
}

/// Neither a name nor a label nor the number on a wristband is in there.
#[track_caller]
fn tells_nobody(what: &str, content: &[u8]) {
    for word in [
        "Müllerowa",
        "MÜLLEROWA",
        "Zwierzak",
        "Karla",
        "KM 12",
        "AZ 99",
        "MRN-00",
    ] {
        let is_there = content
            .windows(word.len())
            .any(|part| part == word.as_bytes());
        assert!(!is_there, "{what} has {word}");
    }
}

fn every_record(kafka: SocketAddr, look: &dyn Fn(&[u8])) {
    let log = Look::new(&ingest::kafka::Config::new(kafka.to_string(), "medaxis.")).unwrap();
    let mut facts = 0;
    for topic in KafkaTopic::ALL {
        for lane in 0..topic.lanes(4) {
            let range = log.watermarks(topic, lane).unwrap();
            for record in log.records(topic, lane, range).unwrap() {
                look(&record.value);
                facts += u32::from(topic == KafkaTopic::Facts);
            }
        }
    }
    assert!(facts >= 4, "{facts} records of facts");
}

fn every_file(folder: &Path, look: &dyn Fn(&[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => every_file(&path, look),
            false => look(&std::fs::read(&path).unwrap()),
        }
    }
}
