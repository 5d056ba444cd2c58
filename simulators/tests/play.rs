//! An hour of the hospital, played to a real broker and to a small server.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::time::{CellTime, Clock};
use harness::mosquitto::{self, Access};
use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use simulators::delivery::{Delivery, Message, deliveries};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::load::{self, Load};
use simulators::mqtt::{Mqtt, MqttConfig};
use simulators::player::{Server, play};
use simulators::scenario::Scenario;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const START: CellTime = CellTime(1_767_600_000_000);
/// What the broker writes to its disk is not the matter here.
const SETTINGS: &[&str] = &["persistence false"];
const DEADLINE: Duration = Duration::from_secs(60);

type Keys = Arc<Mutex<BTreeSet<String>>>;

fn an_hour(faults: Faults) -> Vec<Delivery> {
    let scenario = Scenario::load("quiet_night").unwrap();
    deliveries(1, &scenario, faults, START, 1).collect()
}

fn open(broker: SocketAddr) -> Mqtt {
    Mqtt::open(&MqttConfig {
        host: broker.ip().to_string(),
        port: broker.port(),
        client_id: "play".to_owned(),
        credentials: None,
        connections: 3,
    })
}

/// Everything that is due has been due for long.
fn late_clock() -> Clock {
    Arc::new(|| CellTime(i64::MAX))
}

/// Subscribed to all devices.
async fn subscriber(broker: SocketAddr, id: &str) -> EventLoop {
    let mut options = MqttOptions::new(id, broker.ip().to_string(), broker.port());
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    let (client, mut events) = AsyncClient::new(options, 8);
    let all = client.subscribe("medaxis/v1/#", QoS::AtLeastOnce).await;
    all.unwrap();
    loop {
        if let Event::Incoming(Packet::SubAck(_)) = events.poll().await.unwrap() {
            return events;
        }
    }
}

/// The first so many messages: topic, payload, whether it was a retained copy.
async fn messages(events: &mut EventLoop, count: usize) -> Vec<(String, Vec<u8>, bool)> {
    let mut messages = Vec::new();
    while messages.len() < count {
        if let Event::Incoming(Packet::Publish(message)) = events.poll().await.unwrap() {
            let topic = String::from_utf8(message.topic.to_vec()).unwrap();
            messages.push((topic, message.payload.to_vec(), message.retain));
        }
    }
    messages
}

/// Accepts every request, and keeps the idempotency keys.
async fn serve(listener: TcpListener, keys: Keys) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(BufReader::new(stream), keys.clone()));
    }
}

async fn answer(mut stream: BufReader<TcpStream>, keys: Keys) -> std::io::Result<()> {
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).await? > 0 {
        if let Some(key) = line.strip_prefix("idempotency-key: ") {
            keys.lock().unwrap().insert(key.trim().to_owned());
        }
        if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.trim().parse().unwrap();
        }
        if line == "\r\n" {
            stream.read_exact(&mut vec![0; length]).await?;
            let accepted = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
            stream.get_mut().write_all(accepted).await?;
        }
        line.clear();
    }
    Ok(())
}

#[tokio::test]
async fn everything_that_is_played_arrives() {
    let broker = mosquitto::start(Access::Open, SETTINGS).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (http, keys) = (listener.local_addr().unwrap(), Keys::default());
    tokio::spawn(serve(listener, keys.clone()));
    let hour = an_hour("repeat=0.1".parse().unwrap());
    let (mut payloads, mut facts, mut requests) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut sent = 0;
    for delivery in &hour {
        match &delivery.told {
            Message::Payload { topic, bytes } => {
                sent += 1;
                payloads.insert((topic.clone(), bytes.clone()));
            }
            Message::Http { key, .. } => {
                requests += 1;
                facts.insert(key.clone());
            }
        }
    }
    let mut events = subscriber(broker.address(), "watch").await;
    let received = tokio::spawn(async move { messages(&mut events, sent).await });
    let mqtt = open(broker.address());
    let server = Server {
        address: http,
        token: "token",
    };
    let played = play(hour.into_iter(), late_clock(), &mqtt, server);
    let played = played.await.unwrap();
    assert!(mqtt.settle(DEADLINE).await);
    assert_eq!(played.published, sent as u64);
    assert_eq!((played.accepted, played.failed), (requests, 0));
    assert_eq!(*keys.lock().unwrap(), facts);
    let received = tokio::time::timeout(DEADLINE, received).await;
    let received = received.unwrap().unwrap().into_iter();
    let received: BTreeSet<_> = received.map(|(topic, bytes, _)| (topic, bytes)).collect();
    assert!(received == payloads, "the broker gave something else");
    // Who comes later is told of every device, and of nothing else.
    let mut late = subscriber(broker.address(), "late").await;
    let devices = Hospital::devices().len();
    let births = tokio::time::timeout(DEADLINE, messages(&mut late, devices)).await;
    for (topic, bytes, retained) in births.unwrap() {
        assert!(retained && topic.ends_with("/state"));
        assert_eq!(bytes, br#"{"boot":1,"online":true}"#);
    }
}

#[tokio::test]
async fn a_broker_that_goes_away_is_waited_for() {
    let mut broker = mosquitto::start(Access::Open, SETTINGS).unwrap();
    let mqtt = open(broker.address());
    let mut source = load::Source::new(Load {
        devices: 20,
        rate: 0,
        batch: 5,
        readings: 0,
    });
    for turn in 0..100 {
        if turn == 50 {
            broker.restart().unwrap();
        }
        let (topic, bytes, _) = source.next_payload(START);
        mqtt.publish(topic, bytes, false).await.unwrap();
    }
    assert!(mqtt.settle(DEADLINE).await, "{:?}", mqtt.counts());
}

#[tokio::test]
async fn a_load_is_measured_until_it_is_acknowledged() {
    let broker = mosquitto::start(Access::Open, SETTINGS).unwrap();
    let mqtt = open(broker.address());
    let start = tokio::time::Instant::now();
    let clock: Clock =
        Arc::new(move || CellTime(i64::try_from(start.elapsed().as_millis()).unwrap()));
    let load = Load {
        devices: 100,
        rate: 0,
        batch: 10,
        readings: 5_000,
    };
    let report = load::run(load, &mqtt, &clock).await.unwrap();
    assert_eq!((report.readings, report.payloads), (5_000, 500));
    assert_eq!(report.acknowledged, 500);
    assert!(report.rate() > 0);
}
