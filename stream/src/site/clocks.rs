//! What the boards show of a bed's three clocks, and of what they come to.

use events::output::{BedClock, BedConflict, BedView, Confidence as Shown};
use events::place::BedKey;

use super::{Bed, SiteFold};
use crate::life::bed::clocks::Word;
use crate::life::bed::reconcile::{Confidence, Verdict, reconcile};
use crate::version::THREE_CLOCKS;

impl SiteFold {
    /// Adds to a bed's view what its clocks say at `now`; nothing by a version that
    /// does not know them.
    pub(super) fn show_clocks(&self, now: i64, key: &BedKey, bed: &Bed, view: &mut BedView) {
        if self.versions.now() < THREE_CLOCKS {
            return;
        }
        let clocks = &bed.state.clocks;
        let verdict = reconcile(self.master.now().source(&key.ward), clocks);
        (view.adt, view.staff, view.sensor) =
            (said(clocks.adt), said(clocks.staff), said(clocks.sensor));
        view.confidence = match verdict.confidence {
            Confidence::Unknown => Shown::Unknown,
            Confidence::Disputed => Shown::Disputed,
            Confidence::Alone => Shown::Alone,
            Confidence::Agreed => Shown::Agreed,
        } as i32;
        let since = clocks.disputed_since();
        let since = since.filter(|since| self.is_conflict(now, key, *since));
        view.conflict = since.map(|since| conflict(since, &verdict));
    }

    /// Whether a dispute that began at `since` has lasted for too long.
    fn is_conflict(&self, now: i64, key: &BedKey, since: i64) -> bool {
        let due = since.saturating_add(self.rules().patience_ms(key, since));
        due <= now && self.master.lists(key, since)
    }
}

fn said(word: Option<Word>) -> Option<BedClock> {
    word.map(|word| BedClock {
        occupied: word.occupied,
        since_ms: word.since,
    })
}

fn conflict(since_ms: i64, verdict: &Verdict) -> BedConflict {
    let [adt, staff, sensor] = verdict.against;
    BedConflict {
        since_ms,
        adt,
        staff,
        sensor,
    }
}
