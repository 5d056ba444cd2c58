//! Follows lanes of the log on one thread: `assign()`, never groups, from
//! positions that the caller gives. Each lane comes in its order, in chunks. The
//! caller's bounded channel is the back-pressure: while it is full, nothing more
//! is fetched; a lane that is ahead of the [`Pace`] is not, either. A broker that
//! is away is waited for. A position that the log no longer holds ends the reader
//! with a sentence that says so; what comes before it may be given beside, and is
//! then read first.

mod followed;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use events::log::Chunk;
use events::topic::KafkaTopic;
use rdkafka::Offset;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::kafka::{self, Config, Error, Link, kafka_offset, partition};
use crate::pace::Pace;
use followed::Followed;
use tokio::sync::mpsc;

/// How long to wait for a record before looking whether there is anything else to do.
const IDLE: Duration = Duration::from_millis(50);
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

/// What comes before Kafka's part of a lane, in order; an error is the last.
pub type Earlier = mpsc::Receiver<Result<Chunk, String>>;

/// A lane to follow.
#[derive(Debug)]
pub struct Lane {
    /// Which topic.
    pub topic: KafkaTopic,
    /// Which of its lanes.
    pub lane: u32,
    /// From where.
    pub start: Start,
    /// What is read first: it ends where `start` begins.
    pub earlier: Option<Earlier>,
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
    /// What comes before Kafka's part can't be read.
    #[error("{0}")]
    Earlier(String),
    /// It came to its end too early.
    #[error(
        "topic {topic} lane {lane} was read up to offset {read}, and kafka's part begins elsewhere"
    )]
    EarlierEnds {
        /// Which topic.
        topic: String,
        /// Which lane.
        lane: u32,
        /// Where it ended.
        read: u64,
    },
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
    /// Starts to follow `lanes` into `chunks`, as fast as `pace` lets each. When
    /// the reader ends, it drops the sender; [`Reader::stop`] then tells why.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn start(
        config: &Config,
        lanes: Vec<Lane>,
        chunks: SyncSender<Chunk>,
        pace: Arc<Pace>,
    ) -> Result<Self, ReadError> {
        let follower = Follower::new(config, lanes, pace)?;
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

struct Follower {
    consumer: Arc<BaseConsumer<Link>>,
    link: Link,
    lanes: Vec<Followed>,
    pace: Arc<Pace>,
    /// Something was fetched.
    woken: Receiver<()>,
}

impl Follower {
    fn new(config: &Config, lanes: Vec<Lane>, pace: Arc<Pace>) -> Result<Self, ReadError> {
        let link = Link::new("reader");
        let consumer: BaseConsumer<Link> = config.consumer()?.create_with_context(link.clone())?;
        let consumer = Arc::new(consumer);
        let mut assignment = TopicPartitionList::new();
        for lane in &lanes {
            let name = lane.topic.full_name(&config.prefix);
            assignment.add_partition_offset(&name, partition(lane.lane), position(lane.start))?;
        }
        consumer.assign(&assignment)?;
        let (wake, woken) = sync_channel(1);
        let mut followed = Vec::with_capacity(lanes.len());
        for lane in lanes {
            pace.expect(lane.topic, lane.lane);
            let name = lane.topic.full_name(&config.prefix);
            let mut fetched = consumer
                .split_partition_queue(&name, partition(lane.lane))
                .expect("an assigned lane has a queue");
            let wake = wake.clone();
            // Full: it is already awake.
            fetched.set_nonempty_callback(move || {
                let _ = wake.try_send(());
            });
            followed.push(Followed::new(lane, name, fetched));
        }
        Ok(Self {
            consumer,
            link,
            lanes: followed,
            pace,
            woken,
        })
    }

    fn run(mut self, chunks: &SyncSender<Chunk>, stop: &AtomicBool) -> Result<(), ReadError> {
        while !stop.load(Ordering::Relaxed) {
            self.events()?;
            let limit = self.pace.limit();
            let mut idle = true;
            for place in 0..self.lanes.len() {
                if self.lanes[place].at_ms > limit {
                    continue;
                }
                let chunk = self.collect(place)?;
                if chunk.records.is_empty() {
                    continue;
                }
                idle = false;
                self.link.is_up();
                if !hand_over(chunks, chunk, stop) {
                    return Ok(());
                }
            }
            if idle {
                // Woken, or it is time to look again. Only Kafka wakes us.
                let from_kafka = self.lanes.iter().all(Followed::is_in_kafka);
                let idle = if from_kafka { IDLE } else { FULL_PAUSE };
                let _ = self.woken.recv_timeout(idle);
            }
        }
        Ok(())
    }

    /// Serves what concerns no single lane.
    fn events(&self) -> Result<(), ReadError> {
        match self.consumer.poll(Duration::ZERO) {
            Some(Err(error)) => self.judge(error),
            // Every lane has its own queue.
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// Takes what has arrived of a lane.
    fn collect(&mut self, place: usize) -> Result<Chunk, ReadError> {
        let followed = &mut self.lanes[place];
        let (topic, lane) = (followed.topic, followed.lane);
        let (records, failed) = followed.collect()?;
        if let Some(at_ms) = followed.note(&records) {
            self.pace.note(topic, lane, at_ms);
        }
        failed.map_or(Ok(()), |error| self.judge(error))?;
        Ok(Chunk {
            topic,
            lane,
            records,
        })
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
