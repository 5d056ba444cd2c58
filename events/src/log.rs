//! Records as they stand in a lane of the log, before they are decoded: what a
//! reader of Kafka hands to the processor and to the sinks.

use crate::topic::KafkaTopic;

/// Some consecutive records of one lane, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which topic.
    pub topic: KafkaTopic,
    /// Which of its lanes.
    pub lane: u32,
    /// The records.
    pub records: Vec<LogRecord>,
}

/// One record and its place in the lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Its place.
    pub offset: u64,
    /// Its bytes, see [`crate::wire`].
    pub value: Vec<u8>,
}
