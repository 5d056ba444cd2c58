//! How far the log is folded, said in the boards' lanes for whoever reads them: a silent
//! lane says nothing.

use std::time::{Duration, Instant};

use events::output::Folded;
use events::topic::KafkaTopic;
use events::wire::{self, OutputBytes};
use sinks::BOARD_TOPICS;
use stream::site::epoch_time;

/// Real time between two marks, at least. What is folded in between is known later.
const PERIOD: Duration = Duration::from_secs(1);

/// Which mark comes next, and when.
pub(crate) struct Marks {
    lanes: Vec<(KafkaTopic, u32)>,
    /// The epoch that was marked last, and when.
    last: Option<(u64, Instant)>,
}

impl Marks {
    /// For a log with so many lanes.
    pub(crate) fn new(lanes: u32) -> Self {
        let of_topic = |topic: KafkaTopic| (0..topic.lanes(lanes)).map(move |lane| (topic, lane));
        Self {
            lanes: BOARD_TOPICS.into_iter().flat_map(of_topic).collect(),
            last: None,
        }
    }

    /// The marks that are due when everything up to `epoch` has been said: one for each
    /// lane, or none.
    #[expect(
        clippy::disallowed_methods,
        reason = "the pace of real time, at the edge"
    )]
    pub(crate) fn due(&mut self, epoch: u64) -> Vec<OutputBytes> {
        let is_due = self
            .last
            .is_none_or(|(marked, at)| epoch > marked && at.elapsed() >= PERIOD);
        if epoch == 0 || !is_due {
            return Vec::new();
        }
        self.last = Some((epoch, Instant::now()));
        let value = wire::encode_folded(Folded {
            epoch,
            as_of_ms: epoch_time(epoch),
        });
        let record = |(topic, lane): &(KafkaTopic, u32)| OutputBytes {
            topic: *topic,
            lane: *lane,
            key: None,
            value: value.clone(),
        };
        self.lanes.iter().map(record).collect()
    }
}
