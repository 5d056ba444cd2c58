//! The MQTT 5 client: QoS 1, a persistent session, manual acknowledgement. It
//! never blocks the client's loop and never holds more than the broker's receive
//! window: while Kafka is slow or away, the broker keeps the backlog. A broker
//! that is away is waited for; a lost session is subscribed again. What is not
//! acknowledged when the process stops comes again.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::time::Clock;
use events::topic::MQTT_FILTER;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnectReturnCode, Filter, Packet, Publish, RetainForwardRule, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{NetworkOptions, TlsConfiguration, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::time::MissedTickBehavior;

use crate::Stop;
use crate::counters::Counters;
use crate::frames::AGE_MAX_MS;
use crate::gateway::{Contents, Gateway, Parcel, Received};
use crate::intake::Tenants;
use crate::kafka_writer::{Delivery, NotSent, WriteError, Writer};

/// Largest packet that we take, in bytes; the broker keeps larger ones from us.
const PACKET_MAX: u32 = 2 * 1024 * 1024;
/// How long the broker keeps our session, and what is published meanwhile, while
/// we are away, in seconds: a day. No setting: the bound that matters in an outage
/// is the broker's own, `max_queued_bytes`.
const SESSION_EXPIRY_S: u32 = 24 * 3_600;
/// How often we prove to be alive. No setting: a broker that has silently gone is
/// noticed within half a minute, and the traffic is nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_LONGEST: Duration = Duration::from_secs(5);

/// Where the broker is and how we speak with it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name or address of the broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Our name at the broker: its session is kept under it, so it never
    /// changes, and no two gateways share one.
    pub client_id: String,
    /// User name and the file that holds the password; white space at the
    /// file's end is not part of it.
    pub login: Option<(String, PathBuf)>,
    /// Certificate authority that signed the broker's certificate; turns TLS on.
    pub ca_file: Option<PathBuf>,
    /// Most messages that the broker may send ahead of our acknowledgements.
    pub receive_maximum: u16,
    /// Whose messages we take.
    pub tenants: Tenants,
    /// Lanes on Kafka.
    pub lanes: u32,
}

/// Why the gateway can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that the configuration names can't be used.
    #[error("file {path} can't be used: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// We can't subscribe; mostly because the broker does not let us.
    #[error("no subscription to {MQTT_FILTER} at the mqtt broker: {0}")]
    Subscription(String),
    /// Kafka does not take a record.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Config {
    /// Defaults for a broker and these tenants, without TLS and login.
    pub fn new(host: impl Into<String>, port: u16, tenants: Tenants, lanes: u32) -> Self {
        Self {
            host: host.into(),
            port,
            client_id: "medaxis-gateway-0".to_owned(),
            login: None,
            ca_file: None,
            receive_maximum: 500,
            tenants,
            lanes,
        }
    }

    /// Reads the files that this names, and checks what stands in them.
    ///
    /// # Errors
    /// One can't be used.
    pub fn check(&self) -> Result<(), Error> {
        options(self).map(drop)
    }
}

/// Runs until `stop`, or until it can't go on.
///
/// # Errors
/// A file of the configuration can't be used, the broker refuses the
/// subscription, or Kafka does not take a record.
pub async fn run(
    config: Config,
    writer: Writer,
    clock: Clock,
    counters: Arc<Counters>,
    mut stop: Stop,
) -> Result<(), Error> {
    // Room for an acknowledgement of every message that the broker may send.
    let requests = usize::from(config.receive_maximum.max(1)) * 4;
    let (client, eventloop) = AsyncClient::new(options(&config)?, requests);
    let mut session = Session::new(config, writer, client, counters);
    let polling = next(eventloop, Duration::ZERO);
    tokio::pin!(polling);
    let mut sealing = tokio::time::interval(Duration::from_millis(AGE_MAX_MS / 2));
    sealing.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            (eventloop, event) = &mut polling, if !session.is_full() => {
                let pause = session.handle(event, &clock)?;
                polling.set(next(eventloop, pause));
            }
            result = front(&mut session.sent) => session.delivered(result)?,
            _ = sealing.tick(), if session.gateway.open() > 0 => {
                session.gateway.seal_due(session.now_ms());
            }
        }
        session.send()?;
        session.acknowledge();
    }
}

/// The next event, after a pause; gives the loop back, because an event that is
/// under way must not be dropped.
async fn next(
    mut eventloop: EventLoop,
    pause: Duration,
) -> (EventLoop, Result<Event, ConnectionError>) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let event = eventloop.poll().await;
    (eventloop, event)
}

/// The outcome of the oldest record that is under way.
async fn front(sent: &mut VecDeque<(Delivery, Contents)>) -> Result<(), WriteError> {
    match sent.front_mut() {
        Some((delivery, _)) => delivery.await,
        None => std::future::pending().await,
    }
}

/// What is decided, and the two connections by which it is carried out.
struct Session {
    config: Config,
    writer: Writer,
    client: AsyncClient,
    counters: Arc<Counters>,
    gateway: Gateway,
    sent: VecDeque<(Delivery, Contents)>,
    started: Instant,
    is_subscribed: bool,
    said_away: bool,
    pause: Duration,
}

impl Session {
    #[expect(clippy::disallowed_methods, reason = "edge: frames age in real time")]
    fn new(config: Config, writer: Writer, client: AsyncClient, counters: Arc<Counters>) -> Self {
        let gateway = Gateway::new(config.tenants.clone(), config.lanes, Arc::clone(&counters));
        Self {
            config,
            writer,
            client,
            counters,
            gateway,
            sent: VecDeque::new(),
            started: Instant::now(),
            is_subscribed: false,
            said_away: false,
            pause: PAUSE_FIRST,
        }
    }

    /// Handles what the client's loop reports; gives the pause before its next turn.
    fn handle(
        &mut self,
        event: Result<Event, ConnectionError>,
        clock: &Clock,
    ) -> Result<Duration, Error> {
        match event {
            Ok(Event::Incoming(Packet::ConnAck(ack))) => self.connected(ack.session_present)?,
            Ok(Event::Incoming(Packet::SubAck(ack))) => self.subscribed(&ack.return_codes)?,
            Ok(Event::Incoming(Packet::Publish(publish))) => self.received(&publish, clock),
            Ok(_) => {}
            Err(error) => return Ok(self.disconnected(&error)),
        }
        Ok(Duration::ZERO)
    }

    fn connected(&mut self, session_present: bool) -> Result<(), Error> {
        self.gateway.connect();
        self.counters.reconnect();
        self.counters
            .mqtt_connected(session_present && self.is_subscribed);
        self.said_away = false;
        self.pause = PAUSE_FIRST;
        if !session_present {
            self.is_subscribed = false;
        }
        tracing::info!(
            host = self.config.host,
            port = self.config.port,
            session_present,
            "connected to the mqtt broker"
        );
        if self.is_subscribed {
            return Ok(());
        }
        // The copies that the broker keeps are wanted once a session only.
        let filter = Filter {
            retain_forward_rule: RetainForwardRule::OnNewSubscribe,
            ..Filter::new(MQTT_FILTER, QoS::AtLeastOnce)
        };
        self.client
            .try_subscribe_many([filter])
            .map_err(|error| Error::Subscription(error.to_string()))
    }

    fn subscribed(&mut self, codes: &[SubscribeReasonCode]) -> Result<(), Error> {
        for code in codes {
            if !matches!(code, SubscribeReasonCode::Success(_)) {
                return Err(Error::Subscription(format!("{code:?}")));
            }
        }
        self.is_subscribed = true;
        self.counters.mqtt_connected(true);
        Ok(())
    }

    fn received(&mut self, publish: &Publish, clock: &Clock) {
        self.counters.message();
        let message = Received {
            topic: &publish.topic,
            payload: &publish.payload,
            retained: publish.retain,
            packet: (publish.qos != QoS::AtMostOnce).then_some(publish.pkid),
        };
        let now_ms = self.now_ms();
        self.gateway.receive(message, clock(), now_ms);
    }

    /// Notes the loss of the connection; says it once. The pauses grow.
    fn disconnected(&mut self, error: &ConnectionError) -> Duration {
        self.gateway.disconnect();
        self.counters.mqtt_connected(false);
        let (host, port) = (&self.config.host, self.config.port);
        if !self.said_away {
            self.said_away = true;
            if is_refused(error) {
                tracing::error!(host, port, %error, "the mqtt broker refuses our login");
            } else {
                tracing::warn!(host, port, %error, "waiting for the mqtt broker");
            }
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_LONGEST);
        pause
    }

    /// Hands records to Kafka's producer while it has room.
    fn send(&mut self) -> Result<(), WriteError> {
        while let Some(Parcel { record, contents }) = self.gateway.next_parcel() {
            match self.writer.try_send(record) {
                Ok(delivery) => self.sent.push_back((delivery, contents)),
                Err(NotSent::Failed(error)) => return Err(error),
                Err(NotSent::Full(record)) => {
                    self.gateway.put_back(Parcel { record, contents });
                    break;
                }
            }
        }
        Ok(())
    }

    fn delivered(&mut self, result: Result<(), WriteError>) -> Result<(), WriteError> {
        result?;
        if let Some((_, contents)) = self.sent.pop_front() {
            self.gateway.delivered(contents);
        }
        Ok(())
    }

    /// Hands acknowledgements to the client's loop while it has room; the rest
    /// waits for the next turn.
    fn acknowledge(&mut self) {
        while let Some(packet) = self.gateway.next_acknowledgement() {
            let publish = Publish {
                qos: QoS::AtLeastOnce,
                pkid: packet,
                ..Publish::default()
            };
            if self.client.try_ack(&publish).is_err() {
                return;
            }
            self.gateway.acknowledged();
        }
    }

    /// More than the receive window: only a broker that ignores it, or messages
    /// that want no acknowledgement, get here. Then nothing more is read.
    fn is_full(&self) -> bool {
        self.gateway.open() >= usize::from(self.config.receive_maximum.max(1)) * 2
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn is_refused(error: &ConnectionError) -> bool {
    matches!(
        error,
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized
        )
    )
}

fn options(config: &Config) -> Result<MqttOptions, Error> {
    let mut options = MqttOptions::new(&config.client_id, &config.host, config.port);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_clean_start(false)
        .set_manual_acks(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_session_expiry_interval(Some(SESSION_EXPIRY_S))
        .set_receive_maximum(Some(config.receive_maximum.max(1)))
        .set_max_packet_size(Some(PACKET_MAX))
        .set_network_options(network);
    if let Some((user, file)) = &config.login {
        let password = std::fs::read_to_string(file).map_err(|error| unusable(file, &error))?;
        options.set_credentials(user, password.trim_end());
    }
    if let Some(file) = &config.ca_file {
        options.set_transport(Transport::tls_with_config(tls(file)?));
    }
    Ok(options)
}

/// TLS that trusts one authority only.
fn tls(file: &Path) -> Result<TlsConfiguration, Error> {
    let mut roots = rustls::RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| unusable(file, &error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(file, &error))?;
        roots
            .add(certificate)
            .map_err(|error| unusable(file, &error))?;
    }
    if roots.is_empty() {
        return Err(unusable(file, &"it holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(file, &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConfiguration::Rustls(Arc::new(client)))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        error: error.to_string(),
    }
}
