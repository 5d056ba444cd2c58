//! Writes records to the log, durably: idempotent producer, `acks=all`. A
//! [`Delivery`] tells when a record is durable; nothing is acknowledged to
//! anybody before. The queue is bounded: when it is full, callers wait. A record
//! that can't be delivered ends the process; it is never skipped.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use events::topic::KafkaTopic;
use rdkafka::ClientContext;
use rdkafka::Message;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::oneshot;

use crate::kafka::{Config, Error, Link, partition};

/// What a record of an embedded Kafka takes at least. It walks through all that it
/// holds of a lane (5 MiB) to find a record: with many small ones it would do little
/// else.
pub const EMBEDDED_RECORD_BYTES: usize = 1024;
const PADDING: [u8; EMBEDDED_RECORD_BYTES] = [0; EMBEDDED_RECORD_BYTES];

/// How long a caller waits before it tries a full queue again.
const FULL_PAUSE: Duration = Duration::from_millis(5);

/// A record on its way to a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Which topic.
    pub topic: KafkaTopic,
    /// Which of its lanes.
    pub lane: u32,
    /// Kafka's key, for people who look at the log with other tools.
    pub key: Option<String>,
    /// The bytes, see [`events::wire`].
    pub value: Vec<u8>,
}

/// Why a record is not in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The broker refused it, or did not answer for as long as is configured.
    #[error(
        "kafka did not take a record of topic {topic} lane {lane}: {error}; nothing is acknowledged, so start again when kafka is well"
    )]
    Lost {
        /// Which topic.
        topic: String,
        /// Which lane.
        lane: i32,
        /// What the client library said.
        error: KafkaError,
    },
    /// The writer was dropped while the record was under way.
    #[error("the writer was closed before kafka had taken a record")]
    Closed,
}

/// Why [`Writer::try_send`] did not take a record.
#[derive(Debug)]
pub enum NotSent {
    /// The queue is full; here is the record again.
    Full(Outgoing),
    /// It can never be sent.
    Failed(WriteError),
}

/// Whether one record is durable yet: a future, or something to look at.
#[derive(Debug)]
pub struct Delivery(oneshot::Receiver<Result<(), WriteError>>);

/// The handle to the producer; clones share its queue. What is still in the
/// queue when the last one is dropped is not written, and told so: keep one until
/// the deliveries are in, or [`Writer::flush`].
#[derive(Clone)]
pub struct Writer {
    producer: ThreadedProducer<Reports>,
    prefix: String,
    record_bytes_min: usize,
}

impl Writer {
    /// Makes the producer; connects in the background.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let reports = Reports {
            link: Link::new("writer"),
        };
        Ok(Self {
            producer: config.producer()?.create_with_context(reports)?,
            prefix: config.prefix.clone(),
            record_bytes_min: if config.embedded {
                EMBEDDED_RECORD_BYTES
            } else {
                0
            },
        })
    }

    /// Hands a record to the producer, or gives it back when the queue is full.
    ///
    /// # Errors
    /// The queue is full, or the record can never be sent.
    pub fn try_send(&self, record: Outgoing) -> Result<Delivery, NotSent> {
        let topic = record.topic.full_name(&self.prefix);
        let lane = partition(record.lane);
        let (report, delivery) = oneshot::channel();
        let mut message: BaseRecord<'_, str, [u8], Report> =
            BaseRecord::with_opaque_to(&topic, Box::new(report))
                .partition(lane)
                .payload(&record.value);
        if let Some(key) = &record.key {
            message = message.key(key);
        }
        let missing = self.record_bytes_min.saturating_sub(record.value.len());
        if missing > 0 {
            let padding = Header {
                key: "padding",
                value: Some(&PADDING[..missing]),
            };
            message = message.headers(OwnedHeaders::new().insert(padding));
        }
        let error = match self.producer.send(message) {
            Ok(()) => return Ok(Delivery(delivery)),
            Err((error, _)) => error,
        };
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Err(NotSent::Full(record)),
            _ => Err(NotSent::Failed(WriteError::Lost { topic, lane, error })),
        }
    }

    /// Hands a record to the producer; waits while its queue is full.
    ///
    /// # Errors
    /// The record can never be sent.
    pub async fn send(&self, mut record: Outgoing) -> Result<Delivery, WriteError> {
        loop {
            match self.try_send(record) {
                Ok(delivery) => return Ok(delivery),
                Err(NotSent::Full(back)) => record = back,
                Err(NotSent::Failed(error)) => return Err(error),
            }
            tokio::time::sleep(FULL_PAUSE).await;
        }
    }

    /// As [`Writer::send`], for a thread of its own.
    ///
    /// # Errors
    /// The record can never be sent.
    pub fn send_blocking(&self, mut record: Outgoing) -> Result<Delivery, WriteError> {
        loop {
            match self.try_send(record) {
                Ok(delivery) => return Ok(delivery),
                Err(NotSent::Full(back)) => record = back,
                Err(NotSent::Failed(error)) => return Err(error),
            }
            std::thread::sleep(FULL_PAUSE);
        }
    }

    /// Waits until everything that was sent is durable or has failed. Blocks.
    ///
    /// # Errors
    /// It took longer than `patience`.
    pub fn flush(&self, patience: Duration) -> Result<(), Error> {
        Ok(self.producer.flush(patience)?)
    }
}

impl Delivery {
    /// Waits on a thread of its own until the record is durable.
    ///
    /// # Errors
    /// It will never be.
    pub fn wait_blocking(self) -> Result<(), WriteError> {
        self.0.blocking_recv().unwrap_or(Err(WriteError::Closed))
    }

    /// Looks without waiting: `None` while it is under way. To be asked no more
    /// once it has answered.
    pub fn look(&mut self) -> Option<Result<(), WriteError>> {
        match self.0.try_recv() {
            Ok(result) => Some(result),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(WriteError::Closed)),
        }
    }
}

impl Future for Delivery {
    type Output = Result<(), WriteError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|result| result.unwrap_or(Err(WriteError::Closed)))
    }
}

type Report = Box<oneshot::Sender<Result<(), WriteError>>>;

/// Carries the producer's delivery reports to those who wait for them.
struct Reports {
    link: Link,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.link.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.error(error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Report;

    fn delivery(&self, result: &DeliveryResult<'_>, report: Report) {
        let outcome = match result {
            Ok(_) => {
                self.link.is_up();
                Ok(())
            }
            Err((error, message)) => Err(match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => {
                    WriteError::Closed
                }
                _ => WriteError::Lost {
                    topic: message.topic().to_owned(),
                    lane: message.partition(),
                    error: error.clone(),
                },
            }),
        };
        // Nobody may be waiting any more, which is fine.
        let _ = report.send(outcome);
    }
}
