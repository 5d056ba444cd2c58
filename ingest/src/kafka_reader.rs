//! Follows lanes of the log on one thread: `assign()`, never groups, from
//! positions that the caller gives. Each lane comes in its order, in chunks. The
//! caller's bounded channel is the back-pressure: while it is full, nothing more
//! is fetched. A broker that is away is waited for. A position that the log no
//! longer holds ends the reader with a sentence that says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use events::log::{Chunk, LogRecord};
use events::topic::KafkaTopic;
use rdkafka::Message;
use rdkafka::Offset;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::kafka::{self, Config, Error, Link, kafka_offset, partition};

const RECORDS_MAX: usize = 4096;
const POLL_PATIENCE: Duration = Duration::from_millis(50);
const FULL_PAUSE: Duration = Duration::from_millis(1);
const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// Where in a lane to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is there.
    Beginning,
    /// With this offset, which must be there or come next.
    Offset(u64),
    /// With the next record that is written.
    End,
}

/// A lane to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which topic.
    pub topic: KafkaTopic,
    /// Which of its lanes.
    pub lane: u32,
    /// From where.
    pub start: Start,
}

/// Why the log can't be followed further.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Kafka has deleted records that were not read yet, or never had them.
    #[error(
        "the log no longer holds what is needed: topic {topic} lane {lane} is needed from offset {needed} and holds {low} to {high}"
    )]
    Gone {
        /// Which topic.
        topic: String,
        /// Which lane.
        lane: u32,
        /// What is needed.
        needed: u64,
        /// Oldest offset that is there.
        low: u64,
        /// Offset of the next record.
        high: u64,
    },
    /// As above, when it can't be said for which lane.
    #[error("the log no longer holds what is needed")]
    GoneSomewhere,
    /// Kafka refuses for good.
    #[error("kafka refuses to be read: {0}")]
    Refused(KafkaError),
    /// The settings or the first request failed.
    #[error(transparent)]
    Setup(#[from] Error),
}

impl From<KafkaError> for ReadError {
    fn from(error: KafkaError) -> Self {
        Self::Setup(error.into())
    }
}

/// The running reader.
pub struct Reader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), ReadError>>,
}

impl Reader {
    /// Starts to follow `lanes` into `chunks`. When the reader ends, it drops
    /// the sender; [`Reader::stop`] then tells why.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn start(
        config: &Config,
        lanes: &[Lane],
        chunks: SyncSender<Chunk>,
    ) -> Result<Self, ReadError> {
        let follower = Follower::new(config, lanes)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("kafka-reader".to_owned())
            .spawn(move || follower.run(&chunks, &stopped))
            .map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self { stop, thread })
    }

    /// Whether the reader has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends the reader, and says how it went.
    ///
    /// # Errors
    /// It had ended by itself, for this reason.
    pub fn stop(self) -> Result<(), ReadError> {
        self.stop.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// One lane as it is followed.
struct Followed {
    topic: KafkaTopic,
    name: String,
    lane: u32,
    /// Offset that comes next, once it is known.
    next: Option<u64>,
    collected: Vec<LogRecord>,
}

struct Follower {
    consumer: BaseConsumer<Link>,
    link: Link,
    lanes: Vec<Followed>,
}

impl Follower {
    fn new(config: &Config, lanes: &[Lane]) -> Result<Self, ReadError> {
        let link = Link::new("reader");
        let consumer: BaseConsumer<Link> = config.consumer()?.create_with_context(link.clone())?;
        let mut assignment = TopicPartitionList::new();
        let mut followed = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let name = lane.topic.full_name(&config.prefix);
            assignment.add_partition_offset(&name, partition(lane.lane), position(lane.start))?;
            followed.push(Followed {
                topic: lane.topic,
                name,
                lane: lane.lane,
                next: match lane.start {
                    Start::Offset(offset) => Some(offset),
                    Start::Beginning | Start::End => None,
                },
                collected: Vec::new(),
            });
        }
        consumer.assign(&assignment)?;
        Ok(Self {
            consumer,
            link,
            lanes: followed,
        })
    }

    fn run(mut self, chunks: &SyncSender<Chunk>, stop: &AtomicBool) -> Result<(), ReadError> {
        while !stop.load(Ordering::Relaxed) {
            self.collect()?;
            for chunk in self.chunks() {
                if !hand_over(chunks, chunk, stop) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes what has arrived; waits a little when that is nothing.
    fn collect(&mut self) -> Result<(), ReadError> {
        let mut patience = POLL_PATIENCE;
        for _ in 0..RECORDS_MAX {
            let Some(polled) = self.consumer.poll(patience) else {
                return Ok(());
            };
            patience = Duration::ZERO;
            match polled {
                Ok(message) => {
                    let lane = kafka::lane(message.partition());
                    let followed = self
                        .lanes
                        .iter_mut()
                        .find(|known| known.lane == lane && known.name == message.topic())
                        .expect("only assigned lanes are fetched");
                    let offset = kafka::offset(message.offset());
                    followed.next = Some(offset + 1);
                    followed.collected.push(LogRecord {
                        offset,
                        value: message.payload().unwrap_or_default().to_vec(),
                    });
                }
                Err(error) => return self.judge(error),
            }
        }
        Ok(())
    }

    fn chunks(&mut self) -> Vec<Chunk> {
        let chunks: Vec<Chunk> = self
            .lanes
            .iter_mut()
            .filter(|followed| !followed.collected.is_empty())
            .map(|followed| Chunk {
                topic: followed.topic,
                lane: followed.lane,
                records: std::mem::take(&mut followed.collected),
            })
            .collect();
        if !chunks.is_empty() {
            self.link.is_up();
        }
        chunks
    }

    /// What passes by itself is waited for; the rest ends the reader.
    fn judge(&self, error: KafkaError) -> Result<(), ReadError> {
        if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(ReadError::Refused(error));
        }
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Err(self.gone())
            }
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition,
            ) => Err(ReadError::Refused(error)),
            _ => Ok(()),
        }
    }

    /// Finds the lane whose position is not in the log.
    fn gone(&self) -> ReadError {
        for followed in &self.lanes {
            let watermarks = self.consumer.fetch_watermarks(
                &followed.name,
                partition(followed.lane),
                REQUEST_TIME_MAX,
            );
            let (Ok((low, high)), Some(needed)) = (watermarks, followed.next) else {
                continue;
            };
            let (low, high) = (kafka::offset(low), kafka::offset(high));
            if needed < low || needed > high {
                return ReadError::Gone {
                    topic: followed.name.clone(),
                    lane: followed.lane,
                    needed,
                    low,
                    high,
                };
            }
        }
        ReadError::GoneSomewhere
    }
}

/// Waits for room; `false` when there is nobody to hand over to any more.
fn hand_over(chunks: &SyncSender<Chunk>, mut chunk: Chunk, stop: &AtomicBool) -> bool {
    while !stop.load(Ordering::Relaxed) {
        match chunks.try_send(chunk) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(back)) => chunk = back,
        }
        thread::sleep(FULL_PAUSE);
    }
    false
}

fn position(start: Start) -> Offset {
    match start {
        Start::Beginning => Offset::Beginning,
        Start::End => Offset::End,
        Start::Offset(offset) => kafka_offset(offset),
    }
}
