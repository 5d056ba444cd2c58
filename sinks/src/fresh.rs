//! As of when the boards are complete. Their lanes hold changes only, so that a silent lane says
//! nothing: neither that all is well nor that something is on its way. So the processor leaves marks
//! beside the log, each with a time and the place where every lane ended then, and a board is as of
//! the newest mark whose ends it has itself read back from Kafka.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use events::output::Output;
use events::time::CellTime;
use events::topic::KafkaTopic;

use crate::record::{self, Seq};

/// The topics that boards are fed with.
pub const BOARD_TOPICS: [KafkaTopic; 3] = [KafkaTopic::Alerts, KafkaTopic::Board, KafkaTopic::Kpis];
/// Marks that wait to be reached. One more takes the place of the last: then fewer times are
/// known, and none too early.
const MARKS_MAX: usize = 256;

/// Where lanes end: the place of the newest output in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends(BTreeMap<(KafkaTopic, u32), Seq>);

impl Ends {
    /// Notes an output of a lane.
    pub fn note(&mut self, topic: KafkaTopic, lane: u32, output: &Output) {
        let end = self.0.entry((topic, lane)).or_default();
        *end = record::seq(output).max(*end);
    }

    /// Whether everything on the boards' topics up to the `other` ends is in these.
    fn reach(&self, other: &Self) -> bool {
        other.0.iter().all(|(lane, end)| {
            !BOARD_TOPICS.contains(&lane.0) || self.0.get(lane).is_some_and(|mine| mine >= end)
        })
    }
}

/// What the processor has said so far, for those who show it. Shared between the two.
#[derive(Debug, Default)]
pub struct Freshness {
    marks: Mutex<Marks>,
}

#[derive(Debug, Default)]
struct Marks {
    reached: CellTime,
    waiting: VecDeque<(CellTime, Ends)>,
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// It has everything that was said up to here.
    pub(crate) as_of: CellTime,
    /// It has everything that was ever said.
    pub(crate) all: bool,
}

impl Freshness {
    /// The processor has folded everything up to `as_of`, and what it has said of it ends here.
    pub fn folded(&self, as_of: CellTime, ends: &Ends) {
        let mut marks = self.marks();
        if let Some((last, _)) = marks.waiting.back_mut().filter(|(_, last)| last == ends) {
            *last = as_of;
            return;
        }
        if marks.waiting.len() == MARKS_MAX {
            marks.waiting.pop_back();
        }
        marks.waiting.push_back((as_of, ends.clone()));
    }

    /// How far a reader is that has read up to `seen`.
    pub(crate) fn reached(&self, seen: &Ends) -> Reached {
        let mut marks = self.marks();
        while let Some((as_of, _)) = marks.waiting.pop_front_if(|(_, ends)| seen.reach(ends)) {
            marks.reached = as_of;
        }
        Reached {
            as_of: marks.reached,
            all: marks.waiting.is_empty(),
        }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        // Whole after each statement, also after a panic.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use events::output::KpiValue;

    use super::*;

    fn said(epoch: u64) -> Output {
        Output::Kpi(KpiValue {
            epoch,
            index: 1,
            ..Default::default()
        })
    }

    fn ends(lanes: &[(KafkaTopic, u64)]) -> Ends {
        let mut ends = Ends::default();
        for (topic, epoch) in lanes {
            ends.note(*topic, 0, &said(*epoch));
        }
        ends
    }

    fn as_of(fresh: &Freshness, seen: &Ends) -> (i64, bool) {
        let reached = fresh.reached(seen);
        (reached.as_of.0, reached.all)
    }

    #[test]
    fn what_was_said_and_not_read_back_is_not_shown_as_known() {
        let fresh = Freshness::default();
        let first = ends(&[(KafkaTopic::Board, 5)]);
        fresh.folded(CellTime(100), &first);
        fresh.folded(CellTime(200), &ends(&[(KafkaTopic::Board, 9)]));
        assert_eq!(as_of(&fresh, &Ends::default()), (0, false));
        assert_eq!(as_of(&fresh, &first), (100, false));
        let all = ends(&[(KafkaTopic::Board, 9)]);
        assert_eq!(as_of(&fresh, &all), (200, true));
    }

    #[test]
    fn one_lane_that_lags_holds_everything_back() {
        let fresh = Freshness::default();
        let both = ends(&[(KafkaTopic::Board, 5), (KafkaTopic::Alerts, 5)]);
        fresh.folded(CellTime(100), &both);
        let one = ends(&[(KafkaTopic::Board, 7)]);
        assert_eq!(as_of(&fresh, &one), (0, false));
    }

    #[test]
    fn where_nothing_happens_time_goes_on() {
        let fresh = Freshness::default();
        let quiet = ends(&[(KafkaTopic::Board, 5)]);
        for time in 1..10_000 {
            fresh.folded(CellTime(time), &quiet);
        }
        assert_eq!(as_of(&fresh, &quiet), (9_999, true));
    }

    #[test]
    fn what_no_board_shows_holds_nothing_back() {
        let fresh = Freshness::default();
        fresh.folded(CellTime(100), &ends(&[(KafkaTopic::Late, 5)]));
        assert_eq!(as_of(&fresh, &Ends::default()), (100, true));
    }

    #[test]
    fn marks_beyond_the_bound_are_coarser_and_never_too_early() {
        let fresh = Freshness::default();
        let count = 2 * u64::try_from(MARKS_MAX).unwrap();
        for epoch in 1..=count {
            let at = CellTime(epoch.cast_signed());
            fresh.folded(at, &ends(&[(KafkaTopic::Board, epoch)]));
        }
        let seen = ends(&[(KafkaTopic::Board, count - 1)]);
        let (known, all) = as_of(&fresh, &seen);
        assert!(known < count.cast_signed() && !all, "{known}");
        let seen = ends(&[(KafkaTopic::Board, count)]);
        assert_eq!(as_of(&fresh, &seen), (count.cast_signed(), true));
    }
}
