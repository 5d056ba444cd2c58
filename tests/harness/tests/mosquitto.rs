//! Mosquitto with the project's own configuration: what it promises ingest, seen from outside.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

#[expect(dead_code, reason = "shared with the Kafka tests")]
mod wire;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use harness::certificates::Certificates;
use harness::mosquitto::{self, Access};
use harness::{Login, Server, wait_for};

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH_QOS1: u8 = 0x32;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const DISCONNECT: u8 = 0xe0;

#[test]
fn a_message_for_an_absent_client_survives_a_power_cut() {
    let mut mosquitto = mosquitto::start(Access::Open, &[]).unwrap();
    let address = mosquitto.address();
    subscribe_and_leave(&mosquitto);
    publish(&mosquitto, 1, b"occupied-7F3A");
    let database = mosquitto.folder().join("data/mosquitto.db");
    wait_for(Duration::from_secs(10), "the message on disk", || {
        let bytes = std::fs::read(&database).unwrap_or_default();
        Ok(bytes
            .windows(13)
            .any(|part| part == b"occupied-7F3A")
            .then_some(()))
    })
    .unwrap();

    mosquitto.kill().unwrap();
    mosquitto.restart().unwrap();
    assert_eq!(mosquitto.address(), address);
    assert_eq!(count_waiting(&mosquitto), 1);
}

#[test]
fn more_messages_than_mosquitto_s_own_default_wait_for_an_absent_client() {
    let mosquitto = mosquitto::start(Access::Open, &[]).unwrap();
    subscribe_and_leave(&mosquitto);
    publish(&mosquitto, 1_500, b"occupied");
    assert_eq!(count_waiting(&mosquitto), 1_500);
}

#[test]
fn what_waits_is_bounded_in_bytes() {
    let settings = ["max_queued_bytes 20000", "max_inflight_bytes 10000"];
    let mosquitto = mosquitto::start(Access::Open, &settings).unwrap();
    subscribe_and_leave(&mosquitto);
    publish(&mosquitto, 100, &[b'x'; 1_000]);
    let waiting = count_waiting(&mosquitto);
    assert!(
        (20..=35).contains(&waiting),
        "{waiting} messages of 1 kB were kept"
    );
}

#[test]
fn a_packet_above_one_mebibyte_ends_the_connection() {
    let mosquitto = mosquitto::start(Access::Open, &[]).unwrap();
    let mut stream = wire::tcp(mosquitto.address());
    assert_eq!(connect(&mut stream, "pad", None), 0);
    let packet = wire::mqtt_packet(
        PUBLISH_QOS1,
        &[&wire::text("ward/bed"), &[0, 1], &vec![0; 1 << 20]],
    );
    // The broker may hang up before it has read all of it.
    let _ = stream.write_all(&packet);
    assert!(wire::mqtt_read(&mut stream).is_err(), "no acknowledgement");
}

#[test]
fn a_paused_broker_keeps_its_connections_and_goes_on() {
    let mut mosquitto = mosquitto::start(Access::Open, &[]).unwrap();
    let mut stream = wire::tcp(mosquitto.address());
    assert_eq!(connect(&mut stream, "pad", None), 0);
    mosquitto.pause().unwrap();
    stream.write_all(&[0xc0, 0]).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert_eq!(
        wire::mqtt_read(&mut stream).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    mosquitto.resume().unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    assert_eq!(wire::mqtt_read(&mut stream).unwrap().0, 0xd0);
}

#[test]
fn with_a_password_over_tls_it_lets_in_its_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::generate(folder.path()).unwrap();
    let authority = certificates.authority.clone();
    let mosquitto = mosquitto::start(
        Access::Tls(Login::new("medaxis", "right"), certificates),
        &[],
    )
    .unwrap();
    let tls = || wire::tls(mosquitto.address(), &authority);
    assert_eq!(connect(&mut tls(), "a", Some(("medaxis", "right"))), 0);
    assert_eq!(connect(&mut tls(), "b", Some(("medaxis", "wrong"))), 5);
    assert_eq!(connect(&mut tls(), "c", None), 5);
}

#[test]
fn it_is_gone_after_drop_with_its_folder() {
    let mosquitto = mosquitto::start(Access::Open, &[]).unwrap();
    let (address, folder, id) = (
        mosquitto.address(),
        mosquitto.folder().to_owned(),
        mosquitto.id().unwrap(),
    );
    drop(mosquitto);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{id}")).exists());
}

#[test]
fn a_failed_start_shows_the_log_and_keeps_the_folder() {
    let settings = ["allow_anonymous false", "password_file /nowhere"];
    let Err(error) = mosquitto::start(Access::Open, &settings) else {
        panic!("must not start");
    };
    let error = format!("{error:#}");
    assert!(
        error.contains("Unable to open pwfile \"/nowhere\""),
        "{error}"
    );
    let folder = error
        .lines()
        .find_map(|line| line.strip_prefix("its folder is kept: "));
    std::fs::remove_dir_all(folder.unwrap()).unwrap();
}

/// The return code of a connection as `client`, whose session is kept; 0 is welcome.
fn connect(stream: &mut (impl Read + Write), client: &str, login: Option<(&str, &str)>) -> u8 {
    let mut tail = wire::text(client);
    let mut flags = 0;
    if let Some((user, password)) = login {
        flags = 0xc0;
        tail.extend([wire::text(user), wire::text(password)].concat());
    }
    let packet = wire::mqtt_packet(CONNECT, &[&wire::text("MQTT"), &[4, flags, 0, 60], &tail]);
    stream.write_all(&packet).unwrap();
    let (kind, body) = wire::mqtt_read(stream).unwrap();
    assert_eq!(kind, CONNACK);
    body[1]
}

fn subscribe_and_leave(mosquitto: &Server) {
    let mut stream = wire::tcp(mosquitto.address());
    assert_eq!(connect(&mut stream, "ingest", None), 0);
    stream
        .write_all(&wire::mqtt_packet(
            SUBSCRIBE,
            &[&[0, 1], &wire::text("ward/#"), &[1]],
        ))
        .unwrap();
    wire::mqtt_read(&mut stream).unwrap();
    stream.write_all(&[DISCONNECT, 0]).unwrap();
    // The broker closes after it has put the session away.
    assert!(wire::mqtt_read(&mut stream).is_err());
}

fn publish(mosquitto: &Server, count: u16, payload: &[u8]) {
    let mut stream = wire::tcp(mosquitto.address());
    assert_eq!(connect(&mut stream, "pad", None), 0);
    for id in 1..=count {
        let packet = wire::mqtt_packet(
            PUBLISH_QOS1,
            &[&wire::text("ward/bed"), &id.to_be_bytes(), payload],
        );
        stream.write_all(&packet).unwrap();
        assert_eq!(wire::mqtt_read(&mut stream).unwrap().0, PUBACK);
    }
}

/// How many messages the absent client gets when it comes back.
fn count_waiting(mosquitto: &Server) -> usize {
    let mut stream = wire::tcp(mosquitto.address());
    assert_eq!(connect(&mut stream, "ingest", None), 0);
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let mut count = 0;
    while let Ok((_, body)) = wire::mqtt_read(&mut stream) {
        let id = &body[2 + "ward/bed".len()..][..2];
        stream.write_all(&wire::mqtt_packet(PUBACK, &[id])).unwrap();
        count += 1;
    }
    count
}
