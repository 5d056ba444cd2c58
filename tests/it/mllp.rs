//! A hospital's interface engine sends HL7 to the real binary, as it is configured: by a
//! mapping file, in a zone and a character set, and across a kill.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use events::fact::{Told, VisitEvent, What};
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use harness::port::Port;
use harness::{kafka, mosquitto, wait_for};
use ingest::kafka_look::Look;

use crate::node::Node;
use crate::program::complaint;
use crate::watch::counts;

/// Sent from Berlin, in Latin-1.
const ADMISSION: &[u8] = b"\x0BMSH|^~\\&|ADT1|HOSP|||20260102040000||ADT^A01|M1|P|2.3\rPID|1||4711^^^HOSP^MR\rPV1|1|I|Innere S\xFCd^1^9||||||||||||||||V1\r\x1C\r";

const MAPPING: &str = "[beds]\n\"Innere Süd^1^9\" = \"MED-B^B1^B-01\"\n";

/// Sends it until it is answered, as an interface engine does.
fn answer(address: SocketAddr) -> String {
    let answered = wait_for(Duration::from_secs(60), "an answer", || {
        let Ok(mut stream) = TcpStream::connect(address) else {
            return Ok(None);
        };
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(ADMISSION)?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1C\r") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.extend(byte);
        }
        Ok(Some(String::from_utf8(answer)?))
    });
    answered.unwrap_or_else(|error| panic!("{error:#}"))
}

fn told(kafka: SocketAddr) -> Vec<Told> {
    let look = Look::new(&ingest::kafka::Config::new(kafka.to_string(), "medaxis.")).unwrap();
    let lanes = 0..KafkaTopic::Facts.lanes(4);
    let records = lanes.flat_map(|lane| {
        let range = look.watermarks(KafkaTopic::Facts, lane).unwrap();
        look.records(KafkaTopic::Facts, lane, range).unwrap()
    });
    records
        .filter_map(|record| match wire::decode_facts(&record.value).unwrap() {
            Record::Data(told) => Some(told),
            Record::Tick(_) => None,
        })
        .collect()
}

#[test]
fn a_message_that_was_answered_is_answered_again_after_a_kill_and_told_once() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let mut gateway = Node::new(kafka.address(), mosquitto.address(), nowhere);
    let mapping = gateway.file("adt1.toml", MAPPING);
    let port = Port::reserve().unwrap();
    let listen = port.address();
    gateway.is_told(&format!(
        "[[hl7.listeners]]\nlisten = \"{listen}\"\ntenant = \"demo\"\nsite = \"north\"\n\
         zone = \"Europe/Berlin\"\ncharset = \"8859/1\"\nmapping = \"{mapping}\"\n"
    ));
    for _ in 0..2 {
        gateway.start_as(&["gateway"]);
        let door = gateway.board();
        let first = answer(listen);
        assert!(first.contains("\rMSA|AA|M1\r"), "{first}");
        assert!(answer(listen).contains("\rMSA|AA|M1\r"));
        let repeated = "medaxis_ingest_mllp_messages_total{outcome=\"repeated\"}";
        counts(door, repeated, 1);
        gateway.is_killed();
    }
    let told = told(kafka.address());
    let [Told { facts, source, .. }] = &told[..] else {
        panic!("told once: {told:?}");
    };
    assert_eq!(source, "hl7:ADT1");
    assert_eq!(facts[0].at.to_string(), "2026-01-02T03:00:00.000Z");
    let What::Visit { event, .. } = &facts[0].what else {
        panic!("{facts:?}");
    };
    let VisitEvent::Admitted(place) = event else {
        panic!("{facts:?}");
    };
    let bed = place.bed_key().unwrap();
    assert_eq!((bed.ward.as_str(), bed.bed.as_str()), ("MED-B", "B-01"));
}

#[test]
fn what_is_wrong_with_a_listener_is_said_before_anything_starts() {
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let refused = |listener: &str| {
        let node = Node::new(nowhere, nowhere, nowhere);
        let mapping = node.file("wrong.toml", "[bed_statuses]\n1 = \"free\"\n");
        let listener = listener.replace("WRONG", &mapping);
        let site = "tenant = \"demo\"\nsite = \"north\"\n";
        node.is_told(&format!("[[hl7.listeners]]\n{site}{listener}"));
        let output = node.command(&["check-config"]).output().unwrap();
        assert!(!output.status.success());
        complaint(&output)
    };
    let local = "listen = \"127.0.0.1:2575\"\n";
    for (listener, words) in [
        ("listen = \"0.0.0.0:2575\"\n".to_owned(), "client_ca_file"),
        (format!("{local}zone = \"Mars\"\n"), "zone"),
        (format!("{local}charset = \"KLINGON\"\n"), "charset"),
        (
            format!("{local}mapping = \"WRONG\"\n"),
            "bed_statuses: \"free\"",
        ),
        (format!("{local}key_file = \"x\"\n"), "cert_file"),
        (format!("{local}port = 1\n"), "unknown field `port`"),
    ] {
        let said = refused(&listener);
        assert!(said.contains(words), "{listener}: {said}");
    }
}
