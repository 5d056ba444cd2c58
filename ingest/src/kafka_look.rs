//! Looks at the log without following it: where a lane begins and ends, and the
//! records between two offsets. All of it blocks; not for async tasks.

use std::ops::ControlFlow;
use std::time::Duration;

use events::log::LogRecord;
use events::topic::KafkaTopic;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::kafka::{Config, Error, Link, kafka_offset, offset, partition};

const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a lane may be without a leader: so many looks, so long apart.
const ELECTIONS_MAX: u32 = 100;
const ELECTION: Duration = Duration::from_millis(100);

/// Looks at the log without following it.
pub struct Look {
    consumer: BaseConsumer<Link>,
    prefix: String,
}

/// A record that was come across.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its place in its lane.
    pub offset: u64,
    /// Its bytes.
    pub value: &'a [u8],
}

impl Look {
    /// Makes the client; connects in the background.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            consumer: config.consumer()?.create_with_context(Link::new("look"))?,
            prefix: config.prefix.clone(),
        })
    }

    /// Oldest offset of a lane and the offset of its next record. Blocks.
    ///
    /// # Errors
    /// The broker is away, or has no such lane.
    pub fn watermarks(&self, topic: KafkaTopic, lane: u32) -> Result<(u64, u64), Error> {
        let name = topic.full_name(&self.prefix);
        let (low, high) = led(|| {
            self.consumer
                .fetch_watermarks(&name, partition(lane), REQUEST_TIME_MAX)
        })?;
        Ok((offset(low), offset(high)))
    }

    /// Offset of the first record of a lane that was written at `since_ms` of
    /// Kafka's clock or later (milliseconds since 1970). Blocks.
    ///
    /// # Errors
    /// The broker is away, or has no such lane.
    fn first_since(&self, topic: KafkaTopic, lane: u32, since_ms: i64) -> Result<u64, Error> {
        let name = topic.full_name(&self.prefix);
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition_offset(&name, partition(lane), Offset::Offset(since_ms))?;
        let found = led(|| {
            self.consumer
                .offsets_for_times(wanted.clone(), REQUEST_TIME_MAX)
        })?;
        let found = found.find_partition(&name, partition(lane));
        match found.map(|found| (found.error(), found.offset())) {
            Some((Ok(()), Offset::Offset(found))) => Ok(offset(found)),
            Some((Err(error), _)) => Err(error.into()),
            _ => Ok(self.watermarks(topic, lane)?.1),
        }
    }

    /// Takes the records `[from, to)` of a lane one by one, until told to break off;
    /// they must all be there. Blocks.
    ///
    /// # Errors
    /// The broker is away, or does not hold them.
    pub fn scan(
        &self,
        topic: KafkaTopic,
        lane: u32,
        (from, to): (u64, u64),
        mut take: impl FnMut(Seen<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if from >= to {
            return Ok(());
        }
        let mut assignment = TopicPartitionList::new();
        let name = topic.full_name(&self.prefix);
        assignment.add_partition_offset(&name, partition(lane), kafka_offset(from))?;
        self.consumer.assign(&assignment)?;
        let mut next = from;
        while next < to {
            let polled = self.consumer.poll(REQUEST_TIME_MAX);
            let message = polled.unwrap_or(Err(KafkaError::NoMessageReceived))?;
            let offset = offset(message.offset());
            next = offset + 1;
            let value = message.payload().unwrap_or_default();
            if take(Seen { offset, value }).is_break() {
                break;
            }
        }
        Ok(self.consumer.unassign()?)
    }

    /// As [`Look::scan`], from what was written at `since_ms` of Kafka's clock to
    /// the lane's end as it is now. 0 is its beginning, also on a mock cluster,
    /// which can't look for times. Blocks.
    ///
    /// # Errors
    /// The broker is away, or has no such lane.
    pub fn scan_since(
        &self,
        topic: KafkaTopic,
        lane: u32,
        since_ms: i64,
        take: impl FnMut(Seen<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (low, high) = self.watermarks(topic, lane)?;
        let from = match since_ms {
            0 => low,
            _ => self.first_since(topic, lane, since_ms)?.max(low),
        };
        self.scan(topic, lane, (from, high), take)
    }

    /// The records `[from, to)` of a lane, which must all be there. Blocks.
    ///
    /// # Errors
    /// The broker is away, or does not hold them.
    pub fn records(
        &self,
        topic: KafkaTopic,
        lane: u32,
        range: (u64, u64),
    ) -> Result<Vec<LogRecord>, Error> {
        let mut records = Vec::new();
        self.scan(topic, lane, range, |Seen { offset, value }| {
            let value = value.to_vec();
            records.push(LogRecord { offset, value });
            ControlFlow::Continue(())
        })?;
        Ok(records)
    }
}

/// Asks again while a lane has no leader, as for a moment after it was created.
fn led<T>(ask: impl Fn() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    for _ in 0..ELECTIONS_MAX {
        match ask() {
            Err(error) if has_no_leader(&error) => std::thread::sleep(ELECTION),
            answer => return answer,
        }
    }
    ask()
}

fn has_no_leader(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::NotLeaderForPartition | RDKafkaErrorCode::LeaderNotAvailable)
    )
}
