//! Everything on one machine, with a real Kafka and a real Mosquitto as it is
//! shipped: how much the gateway takes of what the broker can give, and how long
//! it takes from publishing a pad's reading to the board's frame, at rest and
//! under load, beside a hospital that lives at the speed of life; how fast a day of
//! that hospital is verified; how soon a processor that was killed has caught up; and
//! how many HL7 messages are answered over MLLP; and how fast the stays of a year are
//! folded from a file. `-- --verify`, `-- --recovery`, `-- --mllp` and `-- --backfill`
//! measure one of them alone.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads clocks and stops at what is missing"
)]

mod backfill;
mod mllp;
mod recovery;
mod servers;
mod verify;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use harness::{clickhouse, mosquitto};
use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{Client, Event, MqttOptions};
use serde_json::Value;
use tokio_tungstenite::tungstenite::{Message, connect};

use servers::{
    MEDAXIS, Servers, board_of, finish, live, load, metric, readings, resident_mb, stop,
};

const PAYLOADS: u64 = 30_000;
/// Beds whose pads are watched, how often one of them changes, and how many
/// changes are measured.
const WATCHED: usize = 40;
const CHANGE: Duration = Duration::from_millis(25);
const CHANGES: usize = 1_000;
/// Three hundred readings of each of 5,000 devices.
const REMEMBERED: u64 = 1_500_000;
/// A change that takes longer is lost.
const LOST: Duration = Duration::from_secs(30);

fn main() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores, {}", processor_name());
    println!("| what | result |");
    println!("|---|---|");
    let alone = |named: &str| std::env::args().any(|argument| argument == named);
    if alone("--recovery") {
        return println!("{}", recovery::of_a_million());
    }
    if alone("--verify") {
        return println!("{}", verify::of_a_day());
    }
    if alone("--backfill") {
        return println!("{}", backfill::of_a_year());
    }
    if alone("--mllp") {
        return println!("{}", mllp::answered());
    }
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
        let (mut took, resident) = latency(rate, batch);
        took.sort_unstable();
        let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_millis();
        println!(
            "| bed to board at {rate} readings/s in payloads of {batch} \
             | p50 {} ms, p99 {} ms, max {} ms of {} changes; {resident} MB resident |",
            at(50),
            at(99),
            at(100),
            took.len(),
        );
    }
    println!(
        "| every device remembered as far back as it ever is | {} MB resident |",
        remembering()
    );
    println!("{}", recovery::of_a_million());
    println!("{}", verify::of_a_day());
    println!("{}", mllp::answered());
    println!("{}", backfill::of_a_year());
}

/// Resident memory of a node once each of the load's 5,000 devices has said more
/// than is remembered of it, in MB.
fn remembering() -> u64 {
    let servers = Servers::start();
    let library = clickhouse::library().expect("the engine is fetched");
    let engine = clickhouse::start(Path::new(MEDAXIS), &["clickhouse-engine"], &library);
    let engine = engine.expect("the engine starts");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let node = servers.node(engine.address(), folder.path(), &[]);
    let board = node.address;
    while metric(board, "medaxis_ingest_mqtt_connected") == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    finish(load(servers.mqtt.address(), 20_000, 100, REMEMBERED));
    while readings(board) < REMEMBERED {
        thread::sleep(Duration::from_millis(100));
    }
    // Snapshots have been taken since.
    thread::sleep(Duration::from_secs(25));
    let resident = resident_mb(node.process.id());
    stop(node.process);
    resident
}

/// Payloads a second from broker to a client that does nothing with them.
fn ceiling(batch: usize) -> u64 {
    let broker = mosquitto::start(mosquitto::Access::Open, &[]).expect("mosquitto starts");
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

/// How long changes take from publish to frame beside a load, and the program's
/// resident memory in MB at the end of it.
fn latency(rate: u64, batch: usize) -> (Vec<Duration>, u64) {
    let servers = Servers::start();
    let (demo, lines) = servers.demo(&["--history-hours", "1"]);
    let board = board_of(lines);
    let mut pads = Pads::open(servers.mqtt.address());
    let frames = watch(board);
    let load = (rate > 0).then(|| {
        let seconds = CHANGES as u64 * u64::try_from(CHANGE.as_millis()).unwrap_or(0) / 1_000 + 30;
        let load = load(servers.mqtt.address(), rate, batch, rate * seconds);
        thread::sleep(Duration::from_secs(5));
        load
    });
    let began = Instant::now();
    let mut published: BTreeMap<(usize, bool), Instant> = BTreeMap::new();
    let mut took = Vec::new();
    for change in 0..CHANGES {
        let (bed, occupied) = (change % WATCHED, (change / WATCHED).is_multiple_of(2));
        published.insert((bed, occupied), Instant::now());
        pads.publish(bed, occupied);
        let next = began + CHANGE * u32::try_from(change + 1).unwrap_or(u32::MAX);
        collect(&frames, next, &mut published, &mut took);
    }
    collect(&frames, Instant::now() + LOST, &mut published, &mut took);
    assert!(published.is_empty(), "lost: {published:?}");
    let resident = resident_mb(demo.id());
    if let Some(mut load) = load {
        load.kill().expect("it runs");
        load.wait().expect("it ends");
    }
    stop(demo);
    (took, resident)
}

/// Notes which changes have arrived, until `until` or until all have.
fn collect(
    frames: &Receiver<(usize, bool, Instant)>,
    until: Instant,
    published: &mut BTreeMap<(usize, bool), Instant>,
    took: &mut Vec<Duration>,
) {
    while !published.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        let Ok((bed, occupied, at)) = frames.recv_timeout(left) else {
            break;
        };
        if let Some(since) = published.remove(&(bed, occupied)) {
            took.push(at - since);
        }
    }
    thread::sleep(
        until
            .min(Instant::now() + CHANGE)
            .saturating_duration_since(Instant::now()),
    );
}

/// Pads of beds of their own, on one connection.
struct Pads {
    client: Client,
    sent: u64,
}

impl Pads {
    fn open(broker: SocketAddr) -> Self {
        let mut options = MqttOptions::new("watched", broker.ip().to_string(), broker.port());
        options.set_clean_start(true);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        let (client, mut connection) = Client::new(options, 100);
        thread::spawn(move || while connection.iter().next().is_some_and(|event| event.is_ok()) {});
        Self { client, sent: 0 }
    }

    fn publish(&mut self, bed: usize, occupied: bool) {
        self.sent += 1;
        let (topic, seq) = (
            format!("medaxis/v1/demo/north/MED-B/W/{}/pad-{bed}/bed", name(bed)),
            self.sent,
        );
        let reading = format!(r#"{{"boot":1,"seq":{seq},"occupied":{occupied}}}"#);
        self.client
            .publish(topic, QoS::AtLeastOnce, false, reading)
            .expect("there is room");
    }
}

fn name(bed: usize) -> String {
    format!("W-{bed}")
}

/// What a board's frames say of the watched beds: which, occupied or not, when.
fn watch(board: SocketAddr) -> Receiver<(usize, bool, Instant)> {
    let (told, frames) = sync_channel(10_000);
    let (mut socket, _) = connect(live(board)).expect("the board takes another client");
    thread::spawn(move || {
        while let Ok(message) = socket.read() {
            let at = Instant::now();
            let Message::Text(text) = message else {
                continue;
            };
            let frame: Value = serde_json::from_str(text.as_str()).expect("frames are JSON");
            for bed in frame["beds"].as_array().into_iter().flatten() {
                let number = bed["place"]["bed"]
                    .as_str()
                    .and_then(|bed| bed.strip_prefix("W-")?.parse().ok());
                if let (Some(number), Some(occupied)) = (number, bed["occupied"].as_bool()) {
                    let _ = told.send((number, occupied, at));
                }
            }
        }
    });
    frames
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
