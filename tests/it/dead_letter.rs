//! A message that nobody could understand: found, corrected, sent again, and seen
//! on the board.

use std::net::{Ipv4Addr, SocketAddr};

use harness::{kafka, mosquitto};
use serde_json::Value;

use crate::node::Node;
use crate::program::complaint;
use crate::watch::{counts, pad, shows};

#[test]
fn a_message_that_was_not_understood_is_corrected_and_changes_the_board() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    // History is kept later: no ClickHouse is needed for any of this.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let mut node = Node::new(kafka.address(), mosquitto.address(), nowhere);
    node.start();
    let board = node.board();
    counts(board, "medaxis_ingest_mqtt_connected", 1);
    node.has_a_ward(board);
    let broken = r#"{"boot":1,"seq":1,"occupied":"yes"}"#;
    pad(mosquitto.address(), "B-01", broken);
    counts(
        board,
        "medaxis_ingest_dead_letters_total{reason=\"type_wrong\"}",
        1,
    );

    let list = node.prints(&["dead-letter", "list"]);
    assert!(!list.contains("yes"), "a list shows no contents: {list}");
    let letter: Value = serde_json::from_str(list.trim()).unwrap();
    assert_eq!(letter["reason"], "type_wrong");
    assert_eq!(
        letter["position"],
        "medaxis/v1/demo/north/MED-B/B9/B-01/pad-B-01/bed"
    );
    let none = node.prints(&["dead-letter", "list", "--reason", "not_json"]);
    assert_eq!(none, "");
    let id = letter["id"].as_str().unwrap();
    assert_eq!(node.prints(&["dead-letter", "show", id]), broken);

    let as_it_was = node
        .command(&["dead-letter", "retry", id])
        .output()
        .unwrap();
    assert!(!as_it_was.status.success());
    let said = complaint(&as_it_was);
    assert!(said.contains("still not understood: type_wrong"), "{said}");
    let corrected = node.file("corrected", &broken.replace("\"yes\"", "true"));
    let retry = ["dead-letter", "retry", id, "--with", &corrected];
    node.prints(&retry);
    let bed = shows(board, "MED-B", "B-01", "occupied", "true");
    let received: jiff::Timestamp = letter["received"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        bed["occupied_since_ms"],
        received.as_millisecond(),
        "it counts from when it first came"
    );
    node.prints(&retry);
    counts(board, "medaxis_stream_duplicates_total", 1);
    node.ends();
}
