//! When a device was heard: stretches in which no two readings lie further apart
//! than [`BASE_GAP_MS`]. Readings may come in any order; what is kept does not
//! depend on it.

use serde::{Deserialize, Serialize};

/// Readings closer together than this are one stretch: shorter than any
/// threshold of silence, longer than a heartbeat. Milliseconds.
pub const BASE_GAP_MS: i64 = 90_000;

/// The stretches of one device, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hearing {
    stretches: Vec<(i64, i64)>,
}

impl Hearing {
    /// Takes a reading's time. Returns whether the gaps are others than before.
    pub fn hear(&mut self, at: i64) -> bool {
        if let Some(last) = self.stretches.last_mut()
            && last.1 <= at
            && at - last.1 <= BASE_GAP_MS
        {
            last.1 = at;
            return false;
        }
        self.insert(at)
    }

    /// When it was last heard.
    pub fn last(&self) -> Option<i64> {
        self.stretches.last().map(|stretch| stretch.1)
    }

    /// From the last reading before each gap to the first one after it.
    pub fn gaps(&self) -> Vec<(i64, i64)> {
        self.stretches
            .windows(2)
            .map(|pair| (pair[0].1, pair[1].0))
            .collect()
    }

    /// Forgets the gaps that ended before `edge`.
    pub fn forget(&mut self, edge: i64) {
        let old = self
            .stretches
            .windows(2)
            .take_while(|pair| pair[1].0 < edge)
            .count();
        self.stretches.drain(..old);
    }

    fn insert(&mut self, at: i64) -> bool {
        let after = self.stretches.partition_point(|stretch| stretch.0 <= at);
        if after > 0 && at <= self.stretches[after - 1].1 {
            return false;
        }
        let joins_before = after > 0 && at - self.stretches[after - 1].1 <= BASE_GAP_MS;
        let joins_after =
            after < self.stretches.len() && self.stretches[after].0 - at <= BASE_GAP_MS;
        let is_first = after == 0;
        let is_last = after == self.stretches.len();
        match (joins_before, joins_after) {
            (true, true) => {
                self.stretches[after - 1].1 = self.stretches[after].1;
                self.stretches.remove(after);
                true
            }
            (true, false) => {
                self.stretches[after - 1].1 = at;
                !is_last
            }
            (false, true) => {
                self.stretches[after].0 = at;
                !is_first
            }
            (false, false) => {
                self.stretches.insert(after, (at, at));
                !(is_first && is_last)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_are_one_stretch() {
        let mut hearing = Hearing::default();
        assert!((0..100).all(|beat| !hearing.hear(beat * 60_000)));
        assert_eq!(hearing.gaps(), []);
        assert_eq!(hearing.last(), Some(99 * 60_000));
    }

    #[test]
    fn a_late_reading_closes_a_gap() {
        let mut hearing = Hearing::default();
        for at in [0, 60, 240, 300] {
            hearing.hear(at * 1_000);
        }
        assert_eq!(hearing.gaps(), [(60_000, 240_000)]);
        assert!(hearing.hear(150_000));
        assert_eq!(hearing.gaps(), []);
    }

    #[test]
    fn a_gap_is_kept_until_its_end_is_old() {
        let mut hearing = Hearing::default();
        for at in [0, 240, 300] {
            hearing.hear(at * 1_000);
        }
        hearing.forget(240_000);
        assert_eq!(hearing.gaps(), [(0, 240_000)]);
        hearing.forget(240_001);
        assert_eq!(hearing.gaps(), []);
        assert_eq!(hearing.last(), Some(300_000));
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let times = [0, 50, 100, 300, 310, 600, 650, 740, 1_000, 1_089, 1_180];
        let mut in_order = Hearing::default();
        for at in times {
            in_order.hear(at * 1_000);
        }
        for rotation in 1..times.len() {
            let mut other = Hearing::default();
            for i in 0..times.len() {
                other.hear(times[(i * 7 + rotation) % times.len()] * 1_000);
            }
            assert_eq!(other.gaps(), in_order.gaps());
        }
    }
}
