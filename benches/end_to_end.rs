//! Everything on one machine, with a real Kafka and a real Mosquitto: how much
//! the gateway takes of what the broker can give, and how long it takes from a
//! bed's change to the board's frame, at rest and under load.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads clocks and stops at what is missing"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use harness::{kafka, mosquitto};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{Client, Event, MqttOptions};
use serde_json::Value;

const MEDAXIS: &str = env!("CARGO_BIN_EXE_medaxis");
/// What the broker writes to disk for each message is not what is measured here.
const BROKER: [&str; 2] = ["persistence false", "autosave_on_changes false"];
const PAYLOADS: u64 = 30_000;

fn main() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores, {}", processor_name());
    println!("| what | result |");
    println!("|---|---|");
    for batch in [1, 10] {
        let ceiling = ceiling(batch);
        let gateway = gateway(batch);
        println!(
            "| MQTT payloads of {batch}: a bare subscriber | {ceiling} payloads/s |\n\
             | MQTT payloads of {batch}: gateway, durable in Kafka | {gateway} payloads/s, {} % |",
            gateway * 100 / ceiling.max(1)
        );
    }
    for (rate, batch) in [(0, 1), (10_000, 10), (2_000, 1)] {
        let report = latency(rate, batch);
        let latency = &report["latency_ms"];
        println!(
            "| bed to board at {rate} readings/s in payloads of {batch} | p50 {} ms, p99 {} ms, max {} ms, n {}; {} MB resident; {} mismatches |",
            latency["p50"],
            latency["p99"],
            latency["max"],
            latency["n"],
            report["resident_mb"],
            report["mismatches"]
        );
    }
}

/// Payloads a second from broker to a client that does nothing with them.
fn ceiling(batch: usize) -> u64 {
    let broker = mosquitto::start(mosquitto::Access::Open, &BROKER).expect("mosquitto starts");
    let address: SocketAddr = broker.address();
    let mut options = MqttOptions::new("ceiling", address.ip().to_string(), address.port());
    options.set_clean_start(true);
    let (client, mut connection) = Client::new(options, 100);
    client
        .subscribe("medaxis/v1/#", QoS::AtLeastOnce)
        .expect("there is room");
    let load = load(broker.address(), 0, batch, PAYLOADS * batch as u64);
    let (mut began, mut received) = (Instant::now(), 0_u64);
    for event in connection.iter() {
        if let Ok(Event::Incoming(Packet::Publish(_))) = event {
            if received == 0 {
                began = Instant::now();
            }
            received += 1;
            if received == PAYLOADS {
                break;
            }
        }
    }
    let rate = per_second(received, began.elapsed());
    finish(load);
    rate
}

/// Payloads a second from broker to Kafka's acknowledgement.
fn gateway(batch: usize) -> u64 {
    let servers = Servers::start();
    let (demo, lines) = servers.demo(&["--history-hours", "0"]);
    let board = board_of(lines);
    let load = load(servers.mqtt.address(), 0, batch, PAYLOADS * batch as u64);
    let before = readings(board);
    while readings(board) == before {
        thread::sleep(Duration::from_millis(1));
    }
    let (began, first) = (Instant::now(), readings(board));
    let wanted = before + PAYLOADS * batch as u64;
    while readings(board) < wanted {
        thread::sleep(Duration::from_millis(5));
    }
    let rate = per_second((wanted - first) / batch as u64, began.elapsed());
    finish(load);
    stop(demo);
    rate
}

/// The report of a hospital that lives beside a load.
fn latency(rate: u64, batch: usize) -> Value {
    let servers = Servers::start();
    let seconds = 40;
    let arguments = [
        "--history-hours",
        "1",
        "--speed",
        "10",
        "--for",
        "40s",
        "--report",
        "json",
    ];
    let (mut demo, _lines) = servers.demo(&arguments);
    let load = (rate > 0).then(|| {
        thread::sleep(Duration::from_secs(5));
        load(servers.mqtt.address(), rate, batch, rate * seconds)
    });
    let mut out = String::new();
    demo.stdout
        .take()
        .expect("it is piped")
        .read_to_string(&mut out)
        .expect("it is text");
    demo.wait().expect("the demo ends");
    if let Some(mut load) = load {
        let _ = load.kill();
        let _ = load.wait();
    }
    let last = out.lines().last().expect("the demo reports");
    serde_json::from_str(last).expect("the report is JSON")
}

struct Servers {
    kafka: harness::Server,
    mqtt: harness::Server,
}

impl Servers {
    fn start() -> Self {
        Self {
            kafka: kafka::start(kafka::Access::Open).expect("kafka starts"),
            mqtt: mosquitto::start(mosquitto::Access::Open, &BROKER).expect("mosquitto starts"),
        }
    }

    fn demo(&self, arguments: &[&str]) -> (Child, ChildStderr) {
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
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = demo.stderr.take().expect("it is piped");
        (demo, lines)
    }
}

/// The board's address, from what the demo says; the rest is read and dropped.
fn board_of(lines: ChildStderr) -> SocketAddr {
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

/// Readings that are durable in Kafka, as the gateway counts them.
fn readings(board: SocketAddr) -> u64 {
    let mut stream = TcpStream::connect(board).expect("the board answers");
    stream
        .write_all(
            format!("GET /metrics HTTP/1.1\r\nHost: {board}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .expect("it can be asked");
    let mut page = String::new();
    stream
        .read_to_string(&mut page)
        .expect("it answers with text");
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix("medaxis_ingest_readings_total "));
    line.and_then(|number| number.trim().parse().ok())
        .expect("the metric is there")
}

fn load(mqtt: SocketAddr, rate: u64, batch: usize, readings: u64) -> Child {
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

fn finish(mut load: Child) {
    load.wait().expect("the load ends");
}

fn stop(mut demo: Child) {
    let id = demo.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status();
    asked.expect("the demo can be asked to end");
    demo.wait().expect("the demo ends");
}

fn per_second(count: u64, took: Duration) -> u64 {
    count * 1_000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn processor_name() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(
        || "unknown".to_owned(),
        |name| name.trim_matches([' ', '\t', ':']).to_owned(),
    )
}
