//! What was set, read back from a real Kafka by the commands of an operator; and what
//! is asked while ClickHouse is away.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use harness::{kafka, mosquitto};
use serde_json::Value;

use crate::node::Node;
use crate::program::{complaint, printed, run};

const SITE: [&str; 4] = ["--tenant", "demo", "--site", "north"];

#[test]
fn what_was_set_is_shown_with_the_time_from_which_it_holds() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let mut node = Node::new(kafka.address(), mosquitto.address(), nowhere);
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    let control = |command: &[&str], rest: &[&str]| {
        let args = [&["control"], command, &SITE, rest].concat();
        node.prints(&args)
    };
    control(&["set"], &["bed_dirty", "minutes", "45"]);
    control(&["set"], &["--ward", "MED-B", "bed_dirty", "minutes", "20"]);
    let horizons = ["--correction-hours", "48", "--disorder-s", "30"];
    control(&["horizons"], &horizons);
    control(&["version"], &["1"]);

    let get = |rest: &[&str]| -> Value { serde_json::from_str(&control(&["get"], rest)).unwrap() };
    let dirty = |in_force: &Value| -> Value {
        let thresholds = in_force["thresholds"].as_array().unwrap();
        let dirty = thresholds.iter().find(|found| found["rule"] == "bed_dirty");
        dirty.unwrap().clone()
    };
    let (site, ward) = (get(&[]), get(&["--ward", "MED-B"]));
    assert_eq!(site["master"]["beds"], 1);
    assert_eq!(
        (&dirty(&site)["value"], &dirty(&site)["set_for"]),
        (&45.into(), &"site".into())
    );
    assert_eq!(
        (&dirty(&ward)["value"], &dirty(&ward)["set_for"]),
        (&20.into(), &"ward".into())
    );
    let held = &site["horizons"];
    assert_eq!(
        (&held["correction_hours"], &held["disorder_s"]),
        (&48.into(), &30.into())
    );
    assert!(
        held["since"].is_string() && site["version"]["since"].is_string(),
        "{site}"
    );

    let history = control(&["history"], &[]);
    let history: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [master, set, of_ward, horizons, version] = &history[..] else {
        panic!("{history:?}");
    };
    assert_eq!(master["offset"], site["master"]["version"]);
    assert_eq!(set["threshold"]["value"], 45);
    assert_eq!(of_ward["threshold"]["ward"], "MED-B");
    assert_eq!(of_ward["since"], dirty(&ward)["since"]);
    assert_eq!(horizons["horizons"]["correction_hours"], 48);
    assert_eq!(
        (&version["version"], site["version"]["value"].as_u64()),
        (&1.into(), Some(1))
    );
    let epoch = |line: &Value| line["epoch"].as_u64().unwrap();
    assert!(
        epoch(master) < epoch(set) && epoch(set) < epoch(of_ward),
        "{history:?}"
    );

    takes_facts_while_clickhouse_is_away(board);
    node.ends();
}

/// At the path at which beds are asked for.
fn takes_facts_while_clickhouse_is_away(board: SocketAddr) {
    let url = format!("http://{board}/v1/demo/north/beds");
    let curl = |role: &str, rest: &[&str]| {
        let asked = Command::new("curl")
            .args(["-sS", "-i", &url])
            .args(["-H", &harness::access::header(role)])
            .args(rest)
            .output();
        printed(&asked.unwrap())
    };
    let asked = curl("charge_nurse", &[]).to_ascii_lowercase();
    assert!(
        asked.starts_with("http/1.1 503") && asked.contains("retry-after: 1"),
        "{asked}"
    );
    let tap = r#"{"ward":"MED-B","bed":"B-01","event":"clean"}"#;
    let told = curl("source", &["-d", tap]);
    assert!(told.starts_with("HTTP/1.1 202"), "{told}");
}

#[test]
fn what_can_not_be_set_is_refused_with_what_can() {
    let refuses = |args: &[&str], words: &str| {
        let args = [&["control"], args, &SITE].concat();
        let output = run(&args);
        let said = complaint(&output);
        assert!(!output.status.success() && said.contains(words), "{said}");
    };
    let horizons = ["horizons", "--disorder-s", "60", "--correction-hours"];
    let reach = "--correction-hours: must be from 1 to stream.horizon_hours, 72";
    for hours in ["0", "73", "9223372036854775807"] {
        refuses(&[&horizons[..], &[hours]].concat(), reach);
    }
    let waits = [
        "horizons",
        "--correction-hours",
        "72",
        "--disorder-s",
        "3601",
    ];
    refuses(&waits, "--disorder-s: must be from 0 to 3600");
    for version in ["0", "6"] {
        refuses(
            &["version", version],
            "version: this program computes the versions 1 to 5",
        );
    }
}
