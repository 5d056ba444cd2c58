//! When snapshots are taken: all lanes and all sites at the end of the same epoch,
//! whichever worker comes there first. Whether one is wanted changes nothing that
//! is said; it is decided by the first lane that gets there, for all.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Snapshots are taken at the ends of epochs that this divides.
pub const EVERY_EPOCHS: u64 = 50;

/// The plan that all workers share.
#[derive(Debug, Default)]
pub struct Plan {
    wanted: AtomicBool,
    agreed: Mutex<Agreed>,
}

#[derive(Debug, Default)]
struct Agreed {
    /// How far the furthest lane has been read.
    reached: u64,
    /// Snapshots that are being taken.
    taken: BTreeSet<u64>,
}

impl Plan {
    /// A plan for a log that was folded up to `epoch`.
    pub fn from(epoch: u64) -> Self {
        let plan = Self::default();
        plan.agreed().reached = epoch;
        plan
    }

    /// Asks for one more snapshot, at the next occasion.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// A lane that was read up to the end of epoch `from` is now read up to the end
    /// of `to`. Returns where between a snapshot is taken, oldest first.
    pub(crate) fn lane_passes(&self, from: u64, to: u64) -> Vec<u64> {
        if to / EVERY_EPOCHS == from / EVERY_EPOCHS {
            return Vec::new();
        }
        let mut agreed = self.agreed();
        if to > agreed.reached {
            let end = to - to % EVERY_EPOCHS;
            if end > agreed.reached && self.wanted.swap(false, Ordering::Relaxed) {
                agreed.taken.insert(end);
            }
            agreed.reached = to;
        }
        agreed.taken.range(from + 1..=to).copied().collect()
    }

    /// Everything up to the end of `to` is complete, as was everything up to the
    /// end of `from` before: where between a snapshot is taken, oldest first.
    pub(crate) fn sites_pass(&self, from: u64, to: u64) -> Vec<u64> {
        if to / EVERY_EPOCHS == from / EVERY_EPOCHS {
            return Vec::new();
        }
        self.agreed().taken.range(from + 1..=to).copied().collect()
    }

    /// A snapshot is whole: every worker has passed there.
    pub fn is_whole(&self, epoch: u64) {
        self.agreed().taken.remove(&epoch);
    }

    fn agreed(&self) -> MutexGuard<'_, Agreed> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_first_decides_for_all() {
        let plan = Plan::default();
        plan.want();
        assert_eq!(plan.lane_passes(40, 120), [100]);
        assert_eq!(plan.lane_passes(49, 99), [0; 0], "its end is still to come");
        assert_eq!(plan.lane_passes(99, 260), [100]);
        assert_eq!(plan.sites_pass(0, 99), [0; 0]);
        assert_eq!(plan.sites_pass(99, 260), [100]);
    }

    #[test]
    fn nobody_is_asked_for_what_somebody_has_passed() {
        let plan = Plan::default();
        plan.lane_passes(0, 149);
        plan.want();
        assert_eq!(plan.lane_passes(0, 149), [0; 0]);
        assert_eq!(plan.lane_passes(149, 150), [150]);
        assert_eq!(plan.lane_passes(150, 300), [0; 0], "one was wanted");
    }

    #[test]
    fn a_log_that_goes_on_from_a_snapshot_is_not_written_down_there_again() {
        let plan = Plan::from(100);
        plan.want();
        assert_eq!(plan.lane_passes(99, 100), [0; 0]);
        assert_eq!(plan.lane_passes(100, 151), [150]);
        plan.is_whole(150);
        assert_eq!(plan.lane_passes(100, 151), [0; 0]);
    }
}
