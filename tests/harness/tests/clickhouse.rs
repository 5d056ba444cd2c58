//! The ClickHouse engine starts, answers SQL, keeps its data over restarts and is gone after drop.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use harness::{Server, clickhouse};

#[test]
fn it_answers_and_keeps_its_data() {
    let library = clickhouse::library().unwrap();
    let mut engine = clickhouse::start(&program(), &[], &library).unwrap();
    let address = engine.address();
    query(
        &engine,
        "CREATE TABLE bed (id String) ENGINE = MergeTree ORDER BY id",
    );
    query(&engine, "INSERT INTO bed VALUES ('7F3A')");

    engine.restart().unwrap();
    assert_eq!(engine.address(), address);
    assert_eq!(query(&engine, "SELECT id FROM bed"), "7F3A\n");

    engine.kill().unwrap();
    assert!(TcpStream::connect(address).is_err());
    engine.restart().unwrap();
    assert_eq!(query(&engine, "SELECT id FROM bed"), "7F3A\n");

    let folder = engine.folder().to_owned();
    drop(engine);
    assert!(TcpStream::connect(address).is_err());
    assert!(!folder.exists());
}

/// The engine's program, built as this test was.
fn program() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            "embedded",
            "--example",
            "clickhouse_engine",
        ])
        .status()
        .unwrap();
    assert!(built.success());
    let test = std::env::current_exe().unwrap();
    test.ancestors()
        .nth(2)
        .unwrap()
        .join("examples/clickhouse_engine")
}

/// The body of the answer to `sql`, which must be a success.
fn query(engine: &Server, sql: &str) -> String {
    let mut stream = TcpStream::connect(engine.address()).unwrap();
    let (host, length) = (engine.address(), sql.len());
    let head = format!("POST / HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{sql}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    body.to_owned()
}
