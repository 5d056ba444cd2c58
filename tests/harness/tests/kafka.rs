//! Kafka starts, answers its protocol, survives what tests do to it, and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

#[expect(dead_code, reason = "shared with the MQTT tests")]
mod wire;

use std::net::TcpStream;
use std::path::Path;

use harness::certificates::Certificates;
use harness::kafka::{self, Access};
use harness::{Login, Server};

const API_VERSIONS: u16 = 18;
const SASL_HANDSHAKE: u16 = 17;
const SASL_AUTHENTICATE: u16 = 36;

#[test]
fn it_keeps_its_port_and_its_data_and_is_gone_after_drop() {
    let mut kafka = kafka::start(Access::Open).unwrap();
    let address = kafka.address();
    assert!(answers(&kafka));

    let format = kafka.folder().join("data/meta.properties");
    let formatted = std::fs::read_to_string(&format).unwrap();
    kafka.restart().unwrap();
    kafka.kill().unwrap();
    assert!(
        TcpStream::connect(address).is_err(),
        "a killed broker must not listen"
    );
    kafka.restart().unwrap();
    assert_eq!(kafka.address(), address);
    assert!(answers(&kafka));
    assert_eq!(std::fs::read_to_string(&format).unwrap(), formatted);

    let (folder, id) = (kafka.folder().to_owned(), kafka.id().unwrap());
    drop(kafka);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists(), "a test that passes leaves no folder");
    assert!(
        !Path::new(&format!("/proc/{id}")).exists(),
        "a test leaves no process"
    );
}

#[test]
fn with_a_password_over_tls_it_lets_in_its_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::generate(folder.path()).unwrap();
    let authority = certificates.authority.clone();
    let kafka = kafka::start(Access::Tls(Login::new("medaxis", "right"), certificates)).unwrap();
    assert_eq!(login(wire::tls(kafka.address(), &authority), "right"), 0);
    assert_eq!(login(wire::tls(kafka.address(), &authority), "wrong"), 58);
}

#[test]
fn with_a_password_it_lets_in_its_user_only() {
    let kafka = kafka::start(Access::Password(Login::new("medaxis", "right"))).unwrap();
    assert_eq!(login(wire::tcp(kafka.address()), "right"), 0);
    assert_eq!(login(wire::tcp(kafka.address()), "wrong"), 58);
}

fn answers(kafka: &Server) -> bool {
    let response = wire::kafka(&mut wire::tcp(kafka.address()), API_VERSIONS, 0, &[]).unwrap();
    response[..2] == [0, 0]
}

/// The error code of a login as `medaxis`.
fn login(mut stream: impl std::io::Read + std::io::Write, password: &str) -> u16 {
    let handshake = wire::kafka(&mut stream, SASL_HANDSHAKE, 1, &wire::text("PLAIN")).unwrap();
    assert_eq!(handshake[..2], [0, 0]);
    let secret = format!("\0medaxis\0{password}");
    let body = [&(secret.len() as u32).to_be_bytes()[..], secret.as_bytes()].concat();
    let answer = wire::kafka(&mut stream, SASL_AUTHENTICATE, 0, &body).unwrap();
    u16::from_be_bytes([answer[0], answer[1]])
}
