//! Publishing over MQTT 5, QoS 1. A real device has a connection and a last will
//! of its own; here many devices share a few connections, so the simulator
//! publishes their births and wills itself, retained, as the broker would.
//! A lost connection is opened again with back-off, and what was not
//! acknowledged is sent again by the client.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::task::JoinSet;

/// Messages that may wait in front of one connection.
const QUEUE_MAX: usize = 64;
/// Messages of one connection that the broker has not yet acknowledged.
const UNACKNOWLEDGED_MAX: u16 = 200;
const SESSION_EXPIRY_S: u32 = 3_600;
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

/// Where to publish.
#[derive(Clone, Debug)]
pub struct MqttConfig {
    /// Host of the broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// First part of the client ids.
    pub client_id: String,
    /// Name and password, if the broker wants them.
    pub credentials: Option<(String, String)>,
    /// How many connections share the devices; at least one.
    pub connections: usize,
}

/// Connections to a broker. Dropping them closes them.
pub struct Mqtt {
    clients: Vec<AsyncClient>,
    published: AtomicU64,
    acknowledged: Arc<AtomicU64>,
    _loops: JoinSet<()>,
}

/// The connections were closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mqtt connection is closed")]
pub struct Closed;

impl Mqtt {
    /// Opens the connections in the background; until a broker is there,
    /// publishing waits.
    pub fn open(config: &MqttConfig) -> Self {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (mut clients, mut loops) = (Vec::new(), JoinSet::new());
        for number in 0..config.connections.max(1) {
            let id = format!("{}-{number}", config.client_id);
            let mut options = MqttOptions::new(id, &config.host, config.port);
            options.set_keep_alive(Duration::from_secs(30));
            // Without a session the client lets go of what was not acknowledged.
            options.set_clean_start(false);
            options.set_session_expiry_interval(Some(SESSION_EXPIRY_S));
            // Small messages go out at once.
            let mut network = NetworkOptions::new();
            network.set_tcp_nodelay(true);
            options.set_network_options(network);
            options.set_outgoing_inflight_upper_limit(UNACKNOWLEDGED_MAX);
            if let Some((name, password)) = &config.credentials {
                options.set_credentials(name, password);
            }
            let (client, event_loop) = AsyncClient::new(options, QUEUE_MAX);
            loops.spawn(drive(event_loop, acknowledged.clone()));
            clients.push(client);
        }
        Self {
            clients,
            published: AtomicU64::new(0),
            acknowledged,
            _loops: loops,
        }
    }

    /// Publishes; waits while the connection's queue is full. Messages of one
    /// device go over one connection, in order.
    ///
    /// # Errors
    /// The connection has been closed.
    pub async fn publish(&self, topic: String, bytes: Vec<u8>, retain: bool) -> Result<(), Closed> {
        // Wherever it stands: its name is the level before the stream's.
        let device = topic.rsplit('/').nth(1).unwrap_or(&topic);
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(device);
        let count = self.clients.len() as u64;
        let index = usize::try_from(hash % count).expect("less than the number of clients");
        let published = self.clients[index].publish(topic, QoS::AtLeastOnce, retain, bytes);
        published.await.map_err(|_| Closed)?;
        self.published.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// How many messages were published, and how many acknowledged by the broker.
    pub fn counts(&self) -> (u64, u64) {
        let acknowledged = self.acknowledged.load(Ordering::Relaxed);
        (self.published.load(Ordering::Relaxed), acknowledged)
    }

    /// Waits until everything is acknowledged, or for so long.
    pub async fn settle(&self, at_most: Duration) -> bool {
        let all = async {
            while self.counts().0 > self.counts().1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(at_most, all).await.is_ok()
    }
}

async fn drive(mut event_loop: EventLoop, acknowledged: Arc<AtomicU64>) {
    let mut back_off = Duration::from_millis(50);
    loop {
        match event_loop.poll().await {
            Ok(Event::Incoming(Packet::PubAck(_))) => {
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Event::Incoming(Packet::ConnAck(_))) => back_off = Duration::from_millis(50),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "mqtt connection lost, opening it again");
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(BACK_OFF_MAX);
            }
        }
    }
}
