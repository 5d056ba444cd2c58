//! IO: reads back from the log which messages were told before, so that a file
//! which is replayed again tells nothing twice.

use std::ops::ControlFlow;

use events::place::Site;
use events::topic::KafkaTopic;
use events::wire::{self, Record};

use super::seen::Seen;
use crate::kafka::{self, Config};
use crate::kafka_look::Look;
use crate::told;

/// The messages of a site that were written at `since_ms` of Kafka's clock
/// (milliseconds since 1970) or later. Blocks; reads one lane of the topic `facts`.
///
/// # Errors
/// Kafka is away, or has no such topic.
pub fn recall(config: &Config, site: &Site, since_ms: i64) -> Result<Seen, kafka::Error> {
    let lane = told::lane(site, config.lanes);
    let mut seen = Seen::default();
    Look::new(config)?.scan_since(KafkaTopic::Facts, lane, since_ms, |record| {
        // What can't be read is the processor's to judge.
        if let Ok(Record::Data(told)) = wire::decode_facts(record.value)
            && told.site == *site
            && told.source.starts_with(super::SOURCE)
            && let Some(receipt) = &told.receipt
        {
            seen.hear(receipt);
        }
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}
