//! What was told, as a record of the log: everything of one site is in one lane.
//! Pure.

use events::fact::Told;
use events::place::Site;
use events::topic::{self, KafkaTopic};
use events::wire;

use crate::kafka_writer::Outgoing;

/// The lane of the topic `facts` that holds what is told of a site.
pub fn lane(site: &Site, lanes: u32) -> u32 {
    topic::lane(&topic::site_key(site), KafkaTopic::Facts.lanes(lanes))
}

/// What was told as a record for Kafka. `lanes` as on Kafka.
pub fn outgoing(told: &Told, lanes: u32) -> Outgoing {
    Outgoing {
        topic: KafkaTopic::Facts,
        lane: lane(&told.site, lanes),
        key: Some(topic::site_key(&told.site)),
        value: wire::encode_facts(told),
    }
}
