//! How far lanes may drift apart while they are read. An epoch is folded when
//! the slowest lane has passed it: until then, what was read of the others waits
//! in memory. So a lane that is too far ahead is left alone until the slowest
//! has come nearer. Time here is that of the ticks, which every lane of the input
//! holds; so it is the same whether a lane is read from Kafka or from the archive.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use events::topic::KafkaTopic;

/// What was read of each lane, shared by all readers of one consumer.
#[derive(Debug)]
pub struct Pace {
    lead_max_ms: i64,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// The newest tick of each lane; absent until one is read.
    lanes: BTreeMap<(KafkaTopic, u32), Option<i64>>,
    /// Oldest tick of all that were read: where a lane that is unread may begin.
    oldest: Option<i64>,
}

impl Pace {
    /// A lane may be read until it is `lead_max_ms` ahead of the slowest.
    pub fn new(lead_max_ms: i64) -> Self {
        Self {
            lead_max_ms,
            read: Mutex::default(),
        }
    }

    /// Nobody waits for anybody.
    pub fn free() -> Self {
        Self::new(i64::MAX)
    }

    /// This lane will be read: the others wait for it.
    pub(crate) fn expect(&self, topic: KafkaTopic, lane: u32) {
        self.lock().lanes.entry((topic, lane)).or_default();
    }

    /// A tick with this time was read.
    pub(crate) fn note(&self, topic: KafkaTopic, lane: u32, at_ms: i64) {
        let mut read = self.lock();
        let newest = read.lanes.entry((topic, lane)).or_default();
        *newest = Some(newest.map_or(at_ms, |newest| newest.max(at_ms)));
        read.oldest = Some(read.oldest.map_or(at_ms, |oldest| oldest.min(at_ms)));
    }

    /// Up to which time lanes may be read on; without a bound before anything was.
    pub(crate) fn limit(&self) -> i64 {
        let read = self.lock();
        let of_lane = |newest: &Option<i64>| newest.or(read.oldest);
        let slowest = read.lanes.values().filter_map(of_lane).min();
        slowest.map_or(i64::MAX, |slowest| slowest.saturating_add(self.lead_max_ms))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Read> {
        // Whole after each statement, also after a panic.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_waits_for_the_slowest_also_for_one_that_is_unread() {
        let pace = Pace::new(1_000);
        let (facts, signals) = (KafkaTopic::Facts, KafkaTopic::Signals);
        pace.expect(facts, 0);
        pace.expect(signals, 0);
        assert_eq!(pace.limit(), i64::MAX);
        pace.note(facts, 0, 5_000);
        pace.note(facts, 0, 5_700);
        assert_eq!(pace.limit(), 6_000);
        pace.note(signals, 0, 5_600);
        assert_eq!(pace.limit(), 6_600);
        pace.note(signals, 0, 5_500);
        assert_eq!(
            pace.limit(),
            6_600,
            "a clock that was set back changes nothing"
        );
    }

    #[test]
    fn without_a_bound_nobody_waits() {
        let pace = Pace::free();
        pace.expect(KafkaTopic::Kpis, 0);
        pace.note(KafkaTopic::Kpis, 1, 5_000);
        assert_eq!(pace.limit(), i64::MAX);
    }
}
