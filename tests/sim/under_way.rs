//! What is under way to Kafka: outputs, acknowledged lane by lane, some lanes sooner than
//! others; and snapshots that wait for all outputs before them.

use std::collections::{BTreeMap, VecDeque};

use events::output::Output;
use simulators::rng::Rng;
use stream::snapshot::{Part, Piece};

use crate::marks::Marks;
use crate::topics::{self, Lane, Topics};

/// A snapshot that is whole.
pub(crate) struct Manifest {
    pub(crate) epoch: u64,
    pub(crate) parts: BTreeMap<Part, Piece>,
}

#[derive(Default)]
pub(crate) struct UnderWay {
    /// How many records have been given to Kafka, and the newest that it has.
    given: u64,
    acknowledged: u64,
    /// Those that it has not acknowledged, each with its number.
    lanes: BTreeMap<Lane, VecDeque<(u64, Vec<u8>)>>,
    /// Each with the number of the record that it follows.
    snapshots: VecDeque<(u64, Manifest)>,
}

impl UnderWay {
    /// Gives Kafka what one epoch says.
    pub(crate) fn say(&mut self, outputs: &[Output]) {
        topics::write(outputs, |lane, value| {
            self.given += 1;
            let of_lane = self.lanes.entry(lane).or_default();
            of_lane.push_back((self.given, value));
        });
    }

    /// A snapshot that follows everything that was said.
    pub(crate) fn follow(&mut self, manifest: Manifest) {
        self.snapshots.push_back((self.given, manifest));
    }

    /// Kafka takes some more of each lane.
    pub(crate) fn acknowledge_some(&mut self, rng: &mut Rng, topics: &mut Topics) {
        for (lane, records) in &mut self.lanes {
            let all = i64::try_from(records.len()).unwrap();
            let some = usize::try_from(rng.between(0, all)).unwrap();
            for (number, value) in records.drain(..some) {
                self.acknowledged = number.max(self.acknowledged);
                topics.entry(*lane).or_default().push(value);
            }
        }
    }

    /// Kafka takes everything.
    pub(crate) fn acknowledge_all(self, topics: &mut Topics) {
        for (lane, records) in self.lanes {
            let values = records.into_iter().map(|(_, value)| value);
            topics.entry(lane).or_default().extend(values);
        }
    }

    /// The snapshots before which everything is acknowledged.
    pub(crate) fn take_settled(&mut self) -> impl Iterator<Item = Manifest> {
        let open = self.first_open();
        let settled = self.snapshots.partition_point(|(after, _)| *after < open);
        self.snapshots
            .drain(..settled)
            .map(|(_, manifest)| manifest)
    }

    /// Notes what is lost with a kill.
    pub(crate) fn note_loss(&self, marks: &mut Marks) {
        let open = self.first_open();
        if open <= self.given {
            marks.note("killed with outputs under way");
        }
        if open < self.acknowledged {
            marks.note("killed when some lanes were acknowledged further than others");
        }
    }

    /// Number of the oldest record that is not acknowledged.
    fn first_open(&self) -> u64 {
        let first = |records: &VecDeque<(u64, Vec<u8>)>| records.front().map(|(number, _)| *number);
        self.lanes
            .values()
            .filter_map(first)
            .min()
            .unwrap_or(self.given + 1)
    }
}
