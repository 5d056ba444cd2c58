//! IO: how far a follower of the log has come, kept in Kafka itself as the committed offsets of a
//! group, each with a note. The group has no members: lanes are assigned, as everywhere. All of it
//! blocks; not for async tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use events::topic::KafkaTopic;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::{Config, Error, Link, kafka_offset, offset, partition};

const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// What is kept for one follower.
pub struct Group {
    consumer: BaseConsumer<Link>,
    prefix: String,
}

/// The next record of a lane, and what was noted beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Offset of the next record.
    pub offset: u64,
    /// The note.
    pub note: String,
}

impl Group {
    /// The group of this name, within the log's prefix; connects in the background.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn new(config: &Config, name: &str) -> Result<Self, Error> {
        let mut client = config.consumer()?;
        client.set("group.id", format!("{}{name}", config.prefix));
        Ok(Self {
            consumer: client.create_with_context(Link::new("group"))?,
            prefix: config.prefix.clone(),
        })
    }

    /// What was kept of the lanes of a topic; a lane of which nothing was is missing. Blocks.
    ///
    /// # Errors
    /// The broker is away, or refuses.
    pub fn read(&self, topic: KafkaTopic, lanes: u32) -> Result<BTreeMap<u32, Noted>, Error> {
        let name = topic.full_name(&self.prefix);
        let mut asked = TopicPartitionList::new();
        for lane in 0..topic.lanes(lanes) {
            asked.add_partition(&name, partition(lane));
        }
        let kept = self.consumer.committed_offsets(asked, REQUEST_TIME_MAX)?;
        let mut found = BTreeMap::new();
        for lane in 0..topic.lanes(lanes) {
            let Some(kept) = kept.find_partition(&name, partition(lane)) else {
                continue;
            };
            kept.error()?;
            if let Offset::Offset(next) = kept.offset() {
                let note = kept.metadata().to_owned();
                let offset = offset(next);
                found.insert(lane, Noted { offset, note });
            }
        }
        Ok(found)
    }

    /// Keeps these; it is durable when this comes back. Blocks.
    ///
    /// # Errors
    /// The broker is away, or refuses.
    pub fn write(&self, topic: KafkaTopic, kept: &[(u32, Noted)]) -> Result<(), Error> {
        let name = topic.full_name(&self.prefix);
        let mut offsets = TopicPartitionList::new();
        for (lane, noted) in kept {
            let mut of_lane = offsets.add_partition(&name, partition(*lane));
            of_lane.set_offset(kafka_offset(noted.offset))?;
            of_lane.set_metadata(&noted.note);
        }
        Ok(self.consumer.commit(&offsets, CommitMode::Sync)?)
    }
}
