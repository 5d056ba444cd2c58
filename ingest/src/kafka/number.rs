//! Kafka counts lanes and offsets with signed numbers, we with unsigned ones.

/// The partition that a lane is.
pub(crate) fn partition(lane: u32) -> i32 {
    i32::try_from(lane).expect("lanes are few")
}

/// An offset as we count it.
pub(crate) fn offset(kafka: i64) -> u64 {
    u64::try_from(kafka).expect("offsets of a record are counted from 0")
}

/// An offset as Kafka counts it.
pub(crate) fn kafka_offset(offset: u64) -> rdkafka::Offset {
    rdkafka::Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX))
}
