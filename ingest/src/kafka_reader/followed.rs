//! One lane as it is followed: first what comes before Kafka's part, then Kafka's.

use std::time::Duration;

use events::log::LogRecord;
use events::topic::KafkaTopic;
use events::wire::tick;
use rdkafka::Message;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::KafkaError;
use tokio::sync::mpsc::error::TryRecvError;

use super::{Earlier, Lane, ReadError, Start};
use crate::kafka::{self, Link};

/// Records of a lane before the next has its turn.
const RECORDS_MAX: usize = 1024;

/// One lane as it is followed.
pub(super) struct Followed {
    pub(super) topic: KafkaTopic,
    pub(super) name: String,
    pub(super) lane: u32,
    start: Start,
    earlier: Option<Earlier>,
    fetched: PartitionQueue<Link>,
    /// Offset that comes next, once it is known.
    pub(super) next: Option<u64>,
    /// The newest tick that was read.
    pub(super) at_ms: i64,
}

impl Followed {
    pub(super) fn new(lane: Lane, name: String, fetched: PartitionQueue<Link>) -> Self {
        let next = match lane.start {
            // Known when something was read of what comes before.
            Start::Offset(offset) if lane.earlier.is_none() => Some(offset),
            Start::Offset(_) | Start::Beginning | Start::End => None,
        };
        Self {
            topic: lane.topic,
            name,
            lane: lane.lane,
            start: lane.start,
            earlier: lane.earlier,
            fetched,
            next,
            at_ms: i64::MIN,
        }
    }

    /// Whether nothing is left of what comes before Kafka's part.
    pub(super) fn is_in_kafka(&self) -> bool {
        self.earlier.is_none()
    }

    /// What has arrived of it, and why there is no more.
    pub(super) fn collect(&mut self) -> Result<(Vec<LogRecord>, Option<KafkaError>), ReadError> {
        let mut records = Vec::new();
        if let Some(earlier) = &mut self.earlier {
            match earlier.try_recv() {
                Ok(chunk) => records = chunk.map_err(ReadError::Earlier)?.records,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    self.earlier = None;
                    self.ends_where_kafka_begins()?;
                }
            }
            return Ok((records, None));
        }
        while records.len() < RECORDS_MAX
            && let Some(polled) = self.fetched.poll(Duration::ZERO)
        {
            match polled {
                Ok(message) => records.push(LogRecord {
                    offset: kafka::offset(message.offset()),
                    value: message.payload().unwrap_or_default().to_vec(),
                }),
                Err(error) => return Ok((records, Some(error))),
            }
        }
        Ok((records, None))
    }

    fn ends_where_kafka_begins(&self) -> Result<(), ReadError> {
        if self.next.map(Start::Offset) == Some(self.start) {
            return Ok(());
        }
        Err(ReadError::EarlierEnds {
            topic: self.name.clone(),
            lane: self.lane,
            read: self.next.unwrap_or(0),
        })
    }

    /// Remembers how far it was read. Says the newest tick, if there is a new one.
    pub(super) fn note(&mut self, records: &[LogRecord]) -> Option<i64> {
        self.next = Some(records.last()?.offset + 1);
        if !KafkaTopic::INPUTS.contains(&self.topic) {
            return None;
        }
        let newest = records
            .iter()
            .rev()
            .find_map(|record| tick(&record.value))?;
        self.at_ms = self.at_ms.max(newest.at.0);
        Some(self.at_ms)
    }
}
