//! Publishing over MQTT 5, QoS 1. A real device has a connection and a last will
//! of its own; here many devices share a few connections, so the simulator
//! publishes their births and wills itself, retained, as the broker would.
//! A lost connection is opened again with back-off; then the messages of the
//! last minute are sent again, as devices do: a broker that is killed may have
//! acknowledged what it had not yet written down.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Messages that may wait in front of one connection.
const QUEUE_MAX: usize = 64;
/// Messages of one connection that the broker has not yet acknowledged.
const UNACKNOWLEDGED_MAX: u16 = 200;
const SESSION_EXPIRY_S: u32 = 3_600;
const BACK_OFF_MAX: Duration = Duration::from_secs(5);
/// What is sent again after a reconnect: not older than this, and the newest of one
/// connection at most.
const AGAIN_AGE_MAX: Duration = Duration::from_secs(60);
const AGAIN_MAX: usize = 2_000;

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
    wires: Vec<Arc<Wire>>,
    _loops: JoinSet<()>,
}

/// One connection, which some devices share.
struct Wire {
    client: AsyncClient,
    published: AtomicU64,
    /// Messages that the broker has acknowledged, or that the client has let go of.
    done: AtomicU64,
    recent: Mutex<VecDeque<(Instant, Sent)>>,
}

/// A message as it was sent.
#[derive(Clone)]
struct Sent {
    topic: String,
    bytes: Vec<u8>,
    retain: bool,
}

/// The connections were closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mqtt connection is closed")]
pub struct Closed;

impl Mqtt {
    /// Opens the connections in the background; until a broker is there,
    /// publishing waits.
    pub fn open(config: &MqttConfig) -> Self {
        let (mut wires, mut loops) = (Vec::new(), JoinSet::new());
        for number in 0..config.connections.max(1) {
            let (client, event_loop) = AsyncClient::new(options(config, number), QUEUE_MAX);
            let wire = Arc::new(Wire {
                client,
                published: AtomicU64::new(0),
                done: AtomicU64::new(0),
                recent: Mutex::default(),
            });
            loops.spawn(drive(event_loop, Arc::clone(&wire)));
            wires.push(wire);
        }
        Self {
            wires,
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
        let count = self.wires.len() as u64;
        let index = usize::try_from(hash % count).expect("less than the number of wires");
        let wire = &self.wires[index];
        let sent = Sent {
            topic,
            bytes,
            retain,
        };
        wire.remember(sent.clone());
        wire.send(sent).await
    }

    /// How many messages were published, repetitions included, and how many of
    /// them the broker has acknowledged.
    pub fn counts(&self) -> (u64, u64) {
        let sum = |number: fn(&Wire) -> &AtomicU64| {
            let numbers = self.wires.iter().map(|wire| number(wire));
            numbers.map(|number| number.load(Ordering::Relaxed)).sum()
        };
        (sum(|wire| &wire.published), sum(|wire| &wire.done))
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

impl Wire {
    async fn send(&self, sent: Sent) -> Result<(), Closed> {
        self.published.fetch_add(1, Ordering::Relaxed);
        let Sent {
            topic,
            bytes,
            retain,
        } = sent;
        let published = self.client.publish(topic, QoS::AtLeastOnce, retain, bytes);
        published.await.map_err(|_| Closed)
    }

    fn remember(&self, sent: Sent) {
        let (mut recent, now) = (self.recent(), Instant::now());
        recent.push_back((now, sent));
        while recent.len() > AGAIN_MAX
            || recent
                .front()
                .is_some_and(|(at, _)| now - *at > AGAIN_AGE_MAX)
        {
            recent.pop_front();
        }
    }

    /// Sends the last minute again.
    async fn again(self: Arc<Self>) {
        let recent: Vec<Sent> = self.recent().iter().map(|(_, sent)| sent.clone()).collect();
        for sent in recent {
            if self.send(sent).await.is_err() {
                return;
            }
        }
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<(Instant, Sent)>> {
        // Whole after each statement, also after a panic.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn options(config: &MqttConfig, number: usize) -> MqttOptions {
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
    options
}

async fn drive(mut event_loop: EventLoop, wire: Arc<Wire>) {
    let mut back_off = Duration::from_millis(50);
    let mut was_connected = false;
    let mut repeating = JoinSet::new();
    loop {
        // What the client holds for the next connection; it lets go of it when the
        // broker has forgotten the session.
        let held = event_loop.pending.len();
        match event_loop.poll().await {
            Ok(Event::Incoming(Packet::PubAck(_))) => {
                wire.done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Event::Incoming(Packet::ConnAck(ack))) => {
                back_off = Duration::from_millis(50);
                if !ack.session_present {
                    wire.done.fetch_add(held as u64, Ordering::Relaxed);
                }
                if was_connected {
                    repeating.spawn(Arc::clone(&wire).again());
                }
                was_connected = true;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "mqtt connection lost, opening it again");
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(BACK_OFF_MAX);
            }
        }
    }
}
