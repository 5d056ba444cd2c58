//! The output topics: what the processor's records stand for, lane by lane.

use std::collections::BTreeMap;
use std::convert::Infallible;

use events::output::Output;
use events::topic::{self, KafkaTopic};
use events::wire;
use sinks::Seq;

use crate::log::LANES;

/// A lane of an output topic.
pub(crate) type Lane = (KafkaTopic, u32);

/// The output topics as they stand in Kafka.
pub(crate) type Topics = BTreeMap<Lane, Vec<Vec<u8>>>;

/// Each output once, by its place.
pub(crate) type Rows = BTreeMap<Lane, BTreeMap<Seq, Vec<u8>>>;

/// The rows that these outputs are.
pub(crate) fn rows(outputs: &[Output]) -> Rows {
    let mut rows = Rows::new();
    for output in outputs {
        let topic = output.topic();
        let lane = topic::lane(&output.site_key(), topic.lanes(LANES));
        let (epoch, index) = output.placed();
        let of_lane = rows.entry((topic, lane)).or_default();
        of_lane.insert(Seq { epoch, index }, wire::encode_output(output));
    }
    rows
}

/// Writes what one epoch says, with its ends.
pub(crate) fn write(outputs: &[Output], mut write: impl FnMut(Lane, Vec<u8>)) {
    let written = wire::write_epoch(outputs, LANES, |record| {
        write((record.topic, record.lane), record.value);
        Ok::<(), Infallible>(())
    });
    written.unwrap();
}
