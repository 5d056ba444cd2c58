//! The gateway between Mosquitto and the log: nothing is lost when either of
//! them, or the gateway itself, is away for a while.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use events::metric::{self, Metric};
use events::output::DeadLetter;
use events::reason::Reason;
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use harness::certificates::Certificates;
use harness::mosquitto::{self, Access};
use harness::{Login, Server};
use ingest::counters::Counters;
use ingest::mqtt::{Config, Error, run};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::{Cluster, Folder, clock, cluster, eventually, tenants};

const TOPIC: &str = "medaxis/v1/demo/north/ward-a/r1/b1/pad-1/bed";

struct Gateway {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), Error>>,
    counters: Arc<Counters>,
    runtime: Runtime,
}

fn config(broker: &Server, cluster: &Cluster) -> Config {
    Config {
        receive_maximum: 20,
        ..Config::new("127.0.0.1", port(broker), tenants(), cluster.config.lanes)
    }
}

fn gateway(broker: &Server, cluster: &Cluster) -> Gateway {
    start(config(broker, cluster), cluster)
}

fn start(config: Config, cluster: &Cluster) -> Gateway {
    let (stop, stopped) = watch::channel(false);
    let counters = Arc::new(Counters::default());
    let runtime = Runtime::new().unwrap();
    let counted = Arc::clone(&counters);
    let task = runtime.spawn(run(config, cluster.writer(), clock(), counted, stopped));
    let gateway = Gateway {
        stop,
        task,
        counters,
        runtime,
    };
    eventually("the gateway is connected", || {
        gateway.count(metric::INGEST_RECONNECTS) == 1
    });
    gateway
}

impl Gateway {
    fn count(&self, metric: Metric) -> u64 {
        let samples = self.counters.snapshot();
        let of_metric = samples.iter().filter(|sample| sample.0 == metric);
        of_metric.map(|sample| sample.2).sum()
    }

    fn stop(self) {
        self.stop.send(true).unwrap();
        self.runtime.block_on(self.task).unwrap().unwrap();
    }
}

fn port(broker: &Server) -> u16 {
    broker.address().port()
}

/// Publishes until the broker has acknowledged all of it.
fn publish(broker: &Server, messages: &[(&str, Vec<u8>)]) {
    let mut options = MqttOptions::new("a-device", "127.0.0.1", port(broker));
    options.set_keep_alive(Duration::from_secs(5));
    let (client, mut eventloop) = AsyncClient::new(options, messages.len() + 1);
    for (topic, payload) in messages {
        let payload = payload.clone();
        client
            .try_publish(*topic, QoS::AtLeastOnce, false, payload)
            .unwrap();
    }
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let mut open = messages.len();
        while open > 0 {
            let event = tokio::time::timeout(Duration::from_secs(30), eventloop.poll());
            let event = event.await.expect("the broker acknowledges").unwrap();
            open -= usize::from(matches!(event, Event::Incoming(Packet::PubAck(_))));
        }
    });
}

fn numbered(seqs: std::ops::Range<u64>) -> Vec<(&'static str, Vec<u8>)> {
    seqs.map(|seq| {
        let payload = format!(r#"{{"boot":1,"seq":{seq},"occupied":true}}"#);
        (TOPIC, payload.into_bytes())
    })
    .collect()
}

fn stored(cluster: &Cluster) -> BTreeSet<u64> {
    let mut seqs = BTreeSet::new();
    for record in cluster.records(KafkaTopic::Signals) {
        let Record::Data(frame) = wire::decode_signals(&record.value).unwrap() else {
            panic!("nobody ticks here");
        };
        seqs.extend(wire::readings(&frame).map(|(_, reading)| reading.seq));
    }
    seqs
}

fn all(count: u64) -> BTreeSet<u64> {
    (0..count).collect()
}

#[test]
fn readings_and_dead_letters_reach_the_log_and_are_acknowledged() {
    let cluster = cluster();
    let broker = mosquitto::start(Access::Open, &[]).unwrap();
    let gateway = gateway(&broker, &cluster);
    let large = vec![b' '; events::sensor::PAYLOAD_MAX + 1];
    let mut messages = numbered(0..300);
    messages.insert(100, (TOPIC, b"nonsense".to_vec()));
    messages.insert(200, (TOPIC, large));
    publish(&broker, &messages);
    eventually("all is in the log", || {
        gateway.count(metric::INGEST_READINGS) == 300
            && gateway.count(metric::INGEST_DEAD_LETTERS) == 2
    });
    eventually("all is acknowledged", || {
        gateway.count(metric::INGEST_IN_FLIGHT) == 0
    });
    assert_eq!(stored(&cluster), all(300));
    let letters: BTreeSet<String> = cluster
        .records(KafkaTopic::DeadLetter)
        .iter()
        .map(|record| wire::decode::<DeadLetter>(&record.value).unwrap().reason)
        .collect();
    let expected = [Reason::NotJson, Reason::PayloadTooLarge];
    assert_eq!(
        letters,
        expected.map(|reason| reason.code().to_owned()).into()
    );
    gateway.stop();
}

#[test]
fn while_kafka_is_away_the_broker_keeps_the_backlog() {
    let cluster = cluster();
    let broker = mosquitto::start(Access::Open, &[]).unwrap();
    let gateway = gateway(&broker, &cluster);
    publish(&broker, &numbered(0..10));
    eventually("the first are in the log", || {
        gateway.count(metric::INGEST_READINGS) == 10
    });
    cluster.mock.broker_down(-1).unwrap();
    publish(&broker, &numbered(10..500));
    eventually("the window is full", || {
        gateway.count(metric::INGEST_IN_FLIGHT) >= 20
    });
    assert!(
        gateway.count(metric::INGEST_IN_FLIGHT) <= 40,
        "our memory is bounded"
    );
    cluster.mock.broker_up(-1).unwrap();
    eventually("nothing is lost", || stored(&cluster) == all(500));
    gateway.stop();
}

#[test]
fn what_is_published_while_the_gateway_or_the_broker_is_away_comes_later() {
    let cluster = cluster();
    let mut broker = mosquitto::start(Access::Open, &[]).unwrap();
    let first = gateway(&broker, &cluster);
    publish(&broker, &numbered(0..50));
    eventually("the first are in the log", || stored(&cluster) == all(50));
    first.stop();
    publish(&broker, &numbered(50..100));
    let second = gateway(&broker, &cluster);
    eventually("the backlog is in the log", || stored(&cluster) == all(100));
    broker.stop().unwrap();
    broker.restart().unwrap();
    eventually("the gateway is connected again", || {
        second.count(metric::INGEST_RECONNECTS) == 2
    });
    publish(&broker, &numbered(100..150));
    eventually("the rest is in the log", || stored(&cluster) == all(150));
    second.stop();
}

#[test]
fn a_broker_may_ask_for_tls_and_a_password() {
    let cluster = cluster();
    let folder = Folder::new("mqtt");
    let certificates = Certificates::generate(folder.path()).unwrap();
    let authority = certificates.authority.clone();
    let login = Login::new("gateway", "horse-staple");
    let broker = mosquitto::start(Access::Tls(login, certificates), &[]).unwrap();
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, "horse-staple\n").unwrap();
    let config = Config {
        ca_file: Some(authority),
        login: Some(("gateway".to_owned(), password_file)),
        ..config(&broker, &cluster)
    };
    start(config, &cluster).stop();
}

#[test]
fn a_session_that_the_broker_has_lost_is_subscribed_again() {
    let cluster = cluster();
    let mut broker = mosquitto::start(Access::Open, &["persistence false"]).unwrap();
    let gateway = gateway(&broker, &cluster);
    publish(&broker, &numbered(0..10));
    eventually("the first are in the log", || stored(&cluster) == all(10));
    broker.kill().unwrap();
    broker.restart().unwrap();
    let mut round = 10;
    eventually("new readings are in the log", || {
        publish(&broker, &numbered(round..round + 1));
        round += 1;
        stored(&cluster).len() > 10
    });
    gateway.stop();
}
