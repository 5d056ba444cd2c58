//! What is measured and what it runs on: servers, nodes, demos, loads, and what can
//! be asked of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use harness::{access, kafka, mosquitto};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;

pub(crate) const MEDAXIS: &str = env!("CARGO_BIN_EXE_medaxis");

/// Resident memory of a process, in MB.
pub(crate) fn resident_mb(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("a process has memory") / 1_024
}

/// A running part of a node, or all of one, and where it serves.
pub(crate) struct Node {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
}

pub(crate) struct Servers {
    kafka: harness::Server,
    pub(crate) mqtt: harness::Server,
    folder: TempDir,
}

impl Servers {
    pub(crate) fn start() -> Self {
        Self {
            kafka: kafka::start(kafka::Access::Open).expect("kafka starts"),
            mqtt: mosquitto::start(mosquitto::Access::Open, &[]).expect("mosquitto starts"),
            folder: tempfile::tempdir().expect("there is room for a folder"),
        }
    }

    /// A node as an operator runs it, its store and configuration in `folder`.
    pub(crate) fn node(&self, clickhouse: SocketAddr, folder: &Path, roles: &[&str]) -> Node {
        let config = folder.join("medaxis.toml");
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[kafka]\nbrokers = \"{}\"\nlanes = 4\n\
             [mqtt]\nport = {}\n[clickhouse]\nurl = \"http://{clickhouse}\"\n\
             [store]\nfolder = \"{}\"\n[privacy]\npseudonym_key_file = \"{}\"\n\
             [access]\nfile = \"{}\"\n",
            self.kafka.address(),
            self.mqtt.address().port(),
            folder.join("store").display(),
            folder.join("key").display(),
            access::write(folder).display(),
        );
        std::fs::write(&config, text).expect("the folder can be written to");
        let mut node = Command::new(MEDAXIS)
            .args(["run", "--config"])
            .arg(&config)
            .args(roles)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = node.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(lines).lines().map_while(Result::ok);
        let address = lines.find_map(|line| board_in(&line));
        thread::spawn(move || lines.for_each(drop));
        Node {
            process: node,
            address: address.expect("the node says where it serves"),
        }
    }

    pub(crate) fn demo(&self, arguments: &[&str]) -> (Child, ChildStderr) {
        let access = access::write(self.folder.path());
        let mut demo = Command::new(MEDAXIS)
            .args([
                "demo",
                "--port",
                "0",
                "--kafka",
                &self.kafka.address().to_string(),
                "--mqtt",
                &self.mqtt.address().to_string(),
            ])
            .arg("--access")
            .arg(access)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = demo.stderr.take().expect("it is piped");
        (demo, lines)
    }
}

/// Where a line of a log says that the board is.
fn board_in(line: &str) -> Option<SocketAddr> {
    let rest = line.split("board=").nth(1)?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The board's address, from what the demo says; the rest is read and dropped.
pub(crate) fn board_of(lines: ChildStderr) -> SocketAddr {
    let mut lines = BufReader::new(lines).lines().map_while(Result::ok);
    let line = lines
        .find(|line| line.starts_with("The board:"))
        .expect("the demo says where the board is");
    thread::spawn(move || lines.for_each(drop));
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    address
        .and_then(|address| address.parse().ok())
        .expect("it is an address")
}

/// A request for the socket of a board.
pub(crate) fn live(board: SocketAddr) -> ClientRequestBuilder {
    let uri = format!("ws://{board}/live?site=demo/north").parse();
    let header = access::header("charge_nurse");
    let (name, value) = header.split_once(": ").expect("a header has two parts");
    ClientRequestBuilder::new(uri.expect("it is an address")).with_header(name, value)
}

/// Readings that are durable in Kafka, as the gateway counts them.
pub(crate) fn readings(board: SocketAddr) -> u64 {
    metric(board, "medaxis_ingest_readings_total")
}

/// A number of `/metrics`.
pub(crate) fn metric(board: SocketAddr, name: &str) -> u64 {
    let page = get(board, "/metrics");
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.trim().parse().ok())
        .expect("the metric is there")
}

/// What is at a path, with its head.
pub(crate) fn get(board: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(board).expect("the board answers");
    let who = access::header("charge_nurse");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {board}\r\n{who}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("it can be asked");
    let mut page = String::new();
    stream
        .read_to_string(&mut page)
        .expect("it answers with text");
    page
}

pub(crate) fn load(mqtt: SocketAddr, rate: u64, batch: usize, readings: u64) -> Child {
    Command::new(MEDAXIS)
        .args([
            "load",
            "--mqtt",
            &mqtt.to_string(),
            "--rate",
            &rate.to_string(),
        ])
        .args([
            "--batch",
            &batch.to_string(),
            "--readings",
            &readings.to_string(),
        ])
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts")
}

pub(crate) fn finish(mut load: Child) {
    load.wait().expect("the load ends");
}

pub(crate) fn stop(mut demo: Child) {
    let id = demo.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status();
    asked.expect("the demo can be asked to end");
    demo.wait().expect("the demo ends");
}
