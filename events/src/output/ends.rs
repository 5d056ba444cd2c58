//! How an epoch ends: what it has said in each lane of each output topic, counted and
//! hashed. A pure function of the bytes of its outputs, so that whoever reads them
//! counts along and comes to the same.

use std::collections::BTreeMap;

use twox_hash::XxHash3_64;

use crate::proto::EpochEnd;
use crate::topic::KafkaTopic;

impl EpochEnd {
    /// The end of an epoch that has said nothing yet.
    pub const fn of(epoch: u64) -> Self {
        Self {
            epoch,
            count: 0,
            hash: 0,
        }
    }

    /// Counts the next output of the epoch, by its bytes on Kafka.
    pub fn count_in(&mut self, value: &[u8]) {
        self.count = self.count.saturating_add(1);
        self.hash = XxHash3_64::oneshot_with_seed(self.hash, value);
    }
}

/// How one epoch ends, lane by lane.
#[derive(Debug)]
pub struct EpochEnds {
    epoch: u64,
    ends: BTreeMap<(KafkaTopic, u32), EpochEnd>,
}

impl EpochEnds {
    /// An epoch that has said nothing yet.
    pub const fn of(epoch: u64) -> Self {
        Self {
            epoch,
            ends: BTreeMap::new(),
        }
    }

    /// Counts the next output of a lane, by its bytes on Kafka.
    pub fn count_in(&mut self, topic: KafkaTopic, lane: u32, value: &[u8]) {
        let end = self.ends.entry((topic, lane));
        end.or_insert(EpochEnd::of(self.epoch)).count_in(value);
    }
}

impl IntoIterator for EpochEnds {
    type Item = ((KafkaTopic, u32), EpochEnd);
    type IntoIter = std::collections::btree_map::IntoIter<(KafkaTopic, u32), EpochEnd>;

    /// The end of each lane in which something was said.
    fn into_iter(self) -> Self::IntoIter {
        self.ends.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(values: &[&[u8]]) -> u64 {
        let mut end = EpochEnd::of(1);
        values.iter().for_each(|value| end.count_in(value));
        end.hash
    }

    #[test]
    fn order_number_and_borders_of_outputs_make_another_hash() {
        let known = hash(&[b"ab", b"c"]);
        for other in [
            &[b"ab".as_slice(), b"d"][..],
            &[b"c", b"ab"],
            &[b"ab", b"c", b"c"],
            &[b"a", b"bc"],
            &[b"abc"],
        ] {
            assert_ne!(hash(other), known, "{other:?}");
        }
    }

    #[test]
    fn each_lane_of_each_topic_ends_by_itself() {
        let mut ends = EpochEnds::of(7);
        ends.count_in(KafkaTopic::Kpis, 0, b"a");
        ends.count_in(KafkaTopic::Alerts, 0, b"b");
        ends.count_in(KafkaTopic::Kpis, 3, b"c");
        ends.count_in(KafkaTopic::Kpis, 0, b"d");
        let ends: Vec<_> = ends.into_iter().collect();
        let counts: Vec<_> = ends.iter().map(|(lane, end)| (*lane, end.count)).collect();
        let expected = [
            ((KafkaTopic::Alerts, 0), 1),
            ((KafkaTopic::Kpis, 0), 2),
            ((KafkaTopic::Kpis, 3), 1),
        ];
        assert_eq!(counts, expected);
        assert!(ends.iter().all(|(_, end)| end.epoch == 7));
        assert_eq!(ends[1].1.hash, hash(&[b"a", b"d"]));
    }
}
