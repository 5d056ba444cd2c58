//! What every client of Kafka shares: addresses, credentials and settings, the
//! list of topics, and how to wait for a broker that is away.
//!
//! `auto.offset.reset` is `error` throughout: records that the log no longer
//! holds are said, never skipped. Passwords are read from files and appear in no
//! error and no log line.

mod link;
mod number;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::topic::KafkaTopic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::producer::BaseProducer;
use rdkafka::types::RDKafkaErrorCode;

use crate::Stop;

pub(crate) use link::Link;
pub(crate) use number::{kafka_offset, offset, partition};

/// Largest record, in bytes: the facts of a 1 MiB request, whose names may grow
/// when they are encoded.
pub(crate) const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many KiB of records may wait in the producer; then callers wait. No
/// setting: it holds four of the largest records, and more would only be memory
/// in which a backlog hides from the broker that should keep it.
const QUEUE_KIB: usize = 4 * RECORD_BYTES_MAX / 1024;
/// How long a record may wait for its acknowledgement, in milliseconds; then the
/// process stops rather than skip it. No setting: a restart of the brokers must be
/// outlived, and who waits longer for a record holds back all others.
const DELIVERY_MS: u32 = 300_000;

const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// How often new topics are looked for, with that pause: half a minute.
const LOOKS_MAX: u32 = 150;
const PAUSE_LONGEST: Duration = Duration::from_secs(2);

/// Where Kafka is and how to speak with it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bootstrap addresses, `host:port` separated by commas.
    pub brokers: String,
    /// In front of every topic's name.
    pub prefix: String,
    /// Whether it is librdkafka's mock cluster, inside this process.
    pub embedded: bool,
    /// Lanes of every topic that has more than one; fixed for life.
    pub lanes: u32,
    /// Copies of every lane; 1 for a single broker.
    pub replication: u32,
    /// How long records are kept, in hours; at least the 72 h that corrections need.
    pub retention_hours: u32,
    /// Certificate authority that signed the brokers' certificates; turns TLS on.
    pub ca_file: Option<PathBuf>,
    /// Who we are; turns SASL on.
    pub login: Option<Login>,
}

/// A user of Kafka.
#[derive(Clone, Debug)]
pub struct Login {
    /// Name.
    pub user: String,
    /// File that holds the password; white space at its end is not part of it.
    pub password_file: PathBuf,
    /// How the password is proved.
    pub mechanism: Mechanism,
}

/// How a password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Sent as it is; only sensible over TLS.
    Plain,
    /// Challenge and response with SHA-512.
    ScramSha512,
}

/// Why Kafka can't be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client library refused a setting or a request.
    #[error("kafka: {0}")]
    Client(#[from] KafkaError),
    /// A file that the configuration names can't be read.
    #[error("file {path} can't be read: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A topic exists with another number of lanes.
    #[error(
        "topic {topic} has {found} lanes where {expected} are configured; lanes are fixed for life"
    )]
    Lanes {
        /// Which.
        topic: String,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: u32,
    },
    /// A topic could not be created.
    #[error("topic {topic} can't be created: {code}")]
    Create {
        /// Which.
        topic: String,
        /// What the broker said.
        code: RDKafkaErrorCode,
    },
    /// A broker did not say to which cluster it belongs.
    #[error("kafka does not say the id of its cluster")]
    Nameless,
    /// The system gave us no thread.
    #[error("no thread for kafka: {0}")]
    Thread(String),
    /// The process is being stopped.
    #[error("stopped while waiting for kafka")]
    Stopped,
}

impl Config {
    /// Defaults for these brokers and this prefix, without TLS and login.
    pub fn new(brokers: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: prefix.into(),
            embedded: false,
            lanes: 4,
            replication: 1,
            retention_hours: 7 * 24,
            ca_file: None,
            login: None,
        }
    }

    /// Full name and number of lanes of every topic, for whoever creates them
    /// by other means than [`create_topics`].
    pub fn topics(&self) -> Vec<(String, u32)> {
        KafkaTopic::ALL
            .iter()
            .map(|topic| (topic.full_name(&self.prefix), topic.lanes(self.lanes)))
            .collect()
    }

    /// Every lane of the processor's input, in the order in which an epoch is folded.
    pub fn input_lanes(&self) -> Vec<(KafkaTopic, u32)> {
        KafkaTopic::INPUTS
            .iter()
            .flat_map(|topic| (0..topic.lanes(self.lanes)).map(|lane| (*topic, lane)))
            .collect()
    }

    /// Reads the files that this names, and lets the client library judge all of
    /// it. Waits for no broker.
    ///
    /// # Errors
    /// A file can't be read, or a setting is refused.
    pub fn check(&self) -> Result<(), Error> {
        let _: BaseProducer = self.producer()?.create()?;
        Ok(())
    }

    pub(crate) fn producer(&self) -> Result<ClientConfig, Error> {
        let mut client = self.client()?;
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "2")
            .set("batch.size", "262144")
            // An embedded Kafka is to hold records as large as they are.
            .set(
                "compression.type",
                if self.embedded { "none" } else { "lz4" },
            )
            .set("message.max.bytes", RECORD_BYTES_MAX.to_string())
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", QUEUE_KIB.to_string())
            .set("delivery.timeout.ms", DELIVERY_MS.to_string());
        Ok(client)
    }

    pub(crate) fn consumer(&self) -> Result<ClientConfig, Error> {
        let mut client = self.client()?;
        client
            // Required by the library; nothing is ever committed to it.
            .set("group.id", format!("{}reader", self.prefix))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_uncommitted")
            .set("fetch.min.bytes", "1")
            .set("fetch.wait.max.ms", "20")
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.error.backoff.ms", "50")
            // Of each lane, as each has a queue of its own.
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "512")
            // A larger record still comes, alone. What was fetched together stays in
            // memory until the last of it is read.
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.max.bytes", RECORD_BYTES_MAX.to_string())
            .set("check.crcs", "true")
            .set("enable.partition.eof", "false");
        Ok(client)
    }

    fn client(&self) -> Result<ClientConfig, Error> {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "medaxis")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "2000")
            .set("allow.auto.create.topics", "false")
            .set_log_level(RDKafkaLogLevel::Warning);
        let protocol = match (&self.ca_file, &self.login) {
            (None, None) => "plaintext",
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        };
        client.set("security.protocol", protocol);
        if let Some(ca) = &self.ca_file {
            client.set("ssl.ca.pem", read(ca)?);
        }
        if let Some(login) = &self.login {
            let mechanism = match login.mechanism {
                Mechanism::Plain => "PLAIN",
                Mechanism::ScramSha512 => "SCRAM-SHA-512",
            };
            client
                .set("sasl.mechanism", mechanism)
                .set("sasl.username", &login.user)
                .set("sasl.password", read(&login.password_file)?.trim_end());
        }
        Ok(client)
    }
}

/// Waits until a broker answers; says once that it waits, and for what. Each
/// attempt is bounded, the waiting is not. Blocks: not for async tasks.
///
/// # Errors
/// The settings are wrong, or the process is being stopped.
pub fn wait(config: &Config, stop: &Stop) -> Result<(), Error> {
    let consumer: BaseConsumer<Link> = config.consumer()?.create_with_context(Link::new("wait"))?;
    let mut pause = PAUSE_FIRST;
    let mut said = false;
    loop {
        match consumer.fetch_metadata(None, REQUEST_TIME_MAX) {
            Ok(_) if said => {
                tracing::info!(brokers = config.brokers, "kafka is there");
                return Ok(());
            }
            Ok(_) => return Ok(()),
            Err(error) if !said => {
                said = true;
                tracing::warn!(brokers = config.brokers, %error, "waiting for kafka");
            }
            Err(_) => {}
        }
        if *stop.borrow() {
            return Err(Error::Stopped);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(PAUSE_LONGEST);
    }
}

/// Creates the topics that are missing, and checks the lanes of all. For Apache
/// Kafka; a mock cluster has no such request and is given [`Config::topics`].
///
/// # Errors
/// The broker refuses, is away, or a topic has another number of lanes.
pub async fn create_topics(config: &Config) -> Result<(), Error> {
    let admin: AdminClient<DefaultClientContext> = config.client()?.create()?;
    let names = config.topics();
    // Who starts again finds them there. To ask for them nevertheless would take a second
    // or more: the client first has to find out who the controller is.
    let found = admin.inner().fetch_metadata(None, REQUEST_TIME_MAX)?;
    let is_missing = |name: &str| found.topics().iter().all(|known| known.name() != name);
    let missing: Vec<_> = names.iter().filter(|(name, _)| is_missing(name)).collect();
    if !missing.is_empty() {
        create(&admin, config, &missing).await?;
    }
    let mut looks = LOOKS_MAX;
    loop {
        match check_topics(&admin, &names) {
            // A broker that is busy tells of a new topic only some time later.
            Err(Error::Lanes { found: 0, .. }) if looks > 0 => looks -= 1,
            checked => return checked,
        }
        tokio::time::sleep(PAUSE_FIRST).await;
    }
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    config: &Config,
    missing: &[&(String, u32)],
) -> Result<(), Error> {
    let retention = (u64::from(config.retention_hours) * 3_600_000).to_string();
    let record_bytes = RECORD_BYTES_MAX.to_string();
    let in_sync = if config.replication >= 3 { "2" } else { "1" };
    let replication = i32::try_from(config.replication).unwrap_or(i32::MAX);
    let topics: Vec<NewTopic<'_>> = missing
        .iter()
        .map(|(name, lanes)| {
            let lanes = i32::try_from(*lanes).unwrap_or(i32::MAX);
            NewTopic::new(name, lanes, TopicReplication::Fixed(replication))
                .set("retention.ms", &retention)
                .set("max.message.bytes", &record_bytes)
                .set("min.insync.replicas", in_sync)
        })
        .collect();
    let options = AdminOptions::new()
        .request_timeout(Some(Duration::from_secs(30)))
        .operation_timeout(Some(Duration::from_secs(30)));
    for result in admin.create_topics(&topics, &options).await? {
        match result {
            Ok(topic) => tracing::info!(topic, "topic created"),
            // By another process, or before this broker knew of it.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(Error::Create { topic, code }),
        }
    }
    Ok(())
}

/// The name of this log: the cluster's own id, and the prefix. Brokers may move or
/// be added; another cluster at the same address is another log. Blocks.
///
/// # Errors
/// The settings are wrong, or no broker answers.
pub fn log_id(config: &Config) -> Result<String, Error> {
    let consumer: BaseConsumer<Link> = config.consumer()?.create_with_context(Link::new("id"))?;
    // The name comes with it. Who only waits for the name, waits for a second or more until
    // the client asks for it.
    consumer.fetch_metadata(None, REQUEST_TIME_MAX)?;
    let cluster = consumer.client().fetch_cluster_id(REQUEST_TIME_MAX);
    let cluster = cluster.ok_or(Error::Nameless)?;
    Ok(format!("{cluster}/{}", config.prefix))
}

fn check_topics(
    admin: &AdminClient<DefaultClientContext>,
    names: &[(String, u32)],
) -> Result<(), Error> {
    let found = admin.inner().fetch_metadata(None, REQUEST_TIME_MAX)?;
    names
        .iter()
        .try_for_each(|(topic, lanes)| check_lanes(&found, topic, *lanes))
}

fn check_lanes(found: &Metadata, topic: &str, expected: u32) -> Result<(), Error> {
    let lanes = found
        .topics()
        .iter()
        .find(|known| known.name() == topic)
        .map_or(0, |known| known.partitions().len());
    if lanes == expected as usize {
        return Ok(());
    }
    Err(Error::Lanes {
        topic: topic.to_owned(),
        found: lanes,
        expected,
    })
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::File {
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests;
