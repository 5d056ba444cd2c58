//! IO: reads back from the log which requests were taken, so that a request
//! which is repeated across a restart is recognised.

use events::topic::KafkaTopic;
use events::wire::{self, Record};

use super::Api;
use crate::kafka::{self, Config};
use crate::kafka_look::Look;

/// Remembers the requests that were written at `since_ms` of Kafka's clock
/// (milliseconds since 1970) or later; 72 h back is enough. Blocks; reads all
/// records of the topic `facts` since then. Gives how many facts it has seen.
///
/// # Errors
/// Kafka is away, or has no such topic.
pub fn recall(api: &Api, config: &Config, since_ms: i64) -> Result<usize, kafka::Error> {
    let look = Look::new(config)?;
    let mut facts = 0;
    for lane in 0..KafkaTopic::Facts.lanes(config.lanes) {
        let (low, high) = look.watermarks(KafkaTopic::Facts, lane)?;
        let from = look
            .first_since(KafkaTopic::Facts, lane, since_ms)?
            .max(low);
        look.scan(KafkaTopic::Facts, lane, (from, high), |record| {
            // What can't be read is the processor's to judge.
            if let Ok(Record::Data(told)) = wire::decode_facts(&record.value) {
                facts += told.facts.len();
                api.remember(&told);
            }
        })?;
    }
    Ok(facts)
}
