//! The demo's embedded parts, each with what it can't do said when it matters:
//! an MQTT broker and a Kafka inside the process, ClickHouse's engine in a child.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use embedded::{Supervisor, SupervisorOptions};
use ingest::counters;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use simulators::mqtt::Mqtt;

/// Largest MQTT payload that the broker takes, in bytes.
const PAYLOAD_MAX: usize = 1024 * 1024;
/// What the broker keeps for those who are away: so many segments of so many
/// bytes. Beyond that it drops what it has acknowledged.
const SEGMENT_BYTES: usize = 1024 * 1024;
const SEGMENTS: usize = 64;
/// Acknowledged messages that the gateway has not taken: with more of them the
/// broker may be about to drop some. So many of a kilobyte fit.
const UNTAKEN_MAX: u64 = 48_000;
const CONNECTIONS: usize = 1_000;
/// How often to look whether the gateway keeps up.
const LOOK: Duration = Duration::from_millis(500);

/// A Kafka inside the process. Gone with it, and with all that it holds.
pub(super) struct EmbeddedKafka(MockCluster<'static, DefaultProducerContext>);

impl EmbeddedKafka {
    /// Starts it with the topics of `config`.
    pub(super) fn start(config: &ingest::kafka::Config) -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1).context("embedded kafka")?;
        for (topic, lanes) in config.topics() {
            let lanes = i32::try_from(lanes)?;
            cluster
                .create_topic(&topic, lanes, 1)
                .with_context(|| format!("topic {topic}"))?;
        }
        Ok(Self(cluster))
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        self.0.bootstrap_servers()
    }
}

/// Starts an MQTT broker inside the process: version 5 at `port`, version 3.1.1
/// at another. Returns both addresses. It runs as long as the process.
pub(super) fn mqtt_broker(port: u16) -> anyhow::Result<(SocketAddr, SocketAddr)> {
    let v5 = free("--mqtt-port", port)?;
    let v4 = free("--mqtt-port", 0)?;
    let mut broker = Broker::new(Config {
        id: 0,
        router: RouterConfig {
            max_connections: CONNECTIONS,
            max_outgoing_packet_count: 200,
            max_segment_size: SEGMENT_BYTES,
            max_segment_count: SEGMENTS,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([listener("v4", v4)])),
        v5: Some(HashMap::from([listener("v5", v5)])),
        ws: None,
        cluster: None,
        console: None,
        bridge: None,
        prometheus: None,
        metrics: None,
    });
    thread::Builder::new()
        .name("mqtt-broker".to_owned())
        .spawn(move || {
            if let Err(error) = broker.start() {
                tracing::error!(%error, "the embedded mqtt broker has ended");
            }
        })?;
    Ok((v5, v4))
}

/// Comes back, with a sentence, when the broker holds more for the gateway than it
/// can: never quietly.
pub(super) async fn overflows(devices: &Mqtt, ingested: &counters::Counters) -> anyhow::Error {
    loop {
        let (_, acknowledged) = devices.counts();
        let untaken = acknowledged.saturating_sub(ingested.messages_now());
        if untaken > UNTAKEN_MAX {
            return anyhow::anyhow!(
                "the embedded mqtt broker holds {untaken} messages that the gateway has not taken, and \
                 would soon drop some: give a slower --speed, or a real broker with --mqtt"
            );
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn listener(name: &str, listen: SocketAddr) -> (String, ServerSettings) {
    let connections = ConnectionSettings {
        connection_timeout_ms: 5_000,
        max_payload_size: PAYLOAD_MAX,
        max_inflight_count: 100,
        auth: None,
        external_auth: None,
        dynamic_filters: true,
    };
    let settings = ServerSettings {
        name: name.to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections,
    };
    (name.to_owned(), settings)
}

/// A loopback address with the port that `option` gives, or with a free one for 0.
pub(super) fn free(option: &str, port: u16) -> anyhow::Result<SocketAddr> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(wanted).with_context(|| {
        format!("{wanted} is taken by another program; give another port, such as {option} 0")
    })?;
    Ok(listener.local_addr()?)
}

/// Starts ClickHouse's engine as a child that ends with us.
pub(super) async fn clickhouse(root: &Path, data: &Path) -> anyhow::Result<Supervisor> {
    let library = embedded::locate(root)?;
    let options = SupervisorOptions::this_program("clickhouse-engine", library, data.to_owned())?;
    Supervisor::start(options)
        .await
        .context("embedded clickhouse")
}

/// Waits until something listens there.
pub(super) async fn answers(address: SocketAddr) -> anyhow::Result<()> {
    for _ in 0..500 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("nothing answers at {address}")
}
