//! As of when the boards are complete. Their lanes hold changes only, so that a silent lane says
//! nothing: neither that all is well nor that something is on its way. So the processor says in
//! each of them, again and again, up to when it has folded the log: all that it says up to then
//! stands before that record. A board is as of the time that every lane has reached.

use std::collections::BTreeMap;

use events::output::Folded;
use events::time::CellTime;
use events::topic::KafkaTopic;

/// The topics that boards are fed with.
pub const BOARD_TOPICS: [KafkaTopic; 3] = [KafkaTopic::Alerts, KafkaTopic::Board, KafkaTopic::Kpis];

/// Up to when each lane was read.
pub(crate) struct Fresh(BTreeMap<(KafkaTopic, u32), CellTime>);

impl Fresh {
    /// Nothing was read of so many lanes.
    pub(crate) fn new(lanes: u32) -> Self {
        let of_topic = |topic: KafkaTopic| (0..topic.lanes(lanes)).map(move |lane| (topic, lane));
        let all = BOARD_TOPICS.into_iter().flat_map(of_topic);
        Self(all.map(|lane| (lane, CellTime::default())).collect())
    }

    /// A lane was read up to there. A processor that starts again says earlier times, and what
    /// was said up to later ones is there all the same.
    pub(crate) fn folded(&mut self, topic: KafkaTopic, lane: u32, folded: Folded) {
        if let Some(read) = self.0.get_mut(&(topic, lane)) {
            *read = CellTime(folded.as_of_ms).max(*read);
        }
    }

    /// Everything that was said up to here has been read; 0 while that is not known.
    pub(crate) fn as_of(&self) -> CellTime {
        self.0.values().min().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(as_of_ms: i64) -> Folded {
        Folded { epoch: 1, as_of_ms }
    }

    #[test]
    fn the_lane_that_lags_holds_everything_back() {
        let mut fresh = Fresh::new(2);
        assert_eq!(fresh.as_of(), CellTime(0));
        for topic in BOARD_TOPICS {
            fresh.folded(topic, 0, folded(100));
            assert_eq!(fresh.as_of(), CellTime(0), "{topic:?} has another lane");
        }
        for topic in BOARD_TOPICS {
            fresh.folded(topic, 1, folded(200));
        }
        assert_eq!(fresh.as_of(), CellTime(100));
    }

    #[test]
    fn a_processor_that_starts_again_does_not_take_anything_back() {
        let mut fresh = Fresh::new(1);
        for as_of_ms in [500, 100, 600] {
            for topic in BOARD_TOPICS {
                fresh.folded(topic, 0, folded(as_of_ms));
            }
            assert_eq!(fresh.as_of(), CellTime(as_of_ms.max(500)));
        }
    }
}
