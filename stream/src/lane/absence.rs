//! When a device was gone: from its last will until its birth, or until one of
//! its readings of a later time. A will of an older boot than the device has
//! already spoken in is ignored: the broker found out too late.

use serde::{Deserialize, Serialize};

/// Most absences that are kept of one device. Further wills are not taken until
/// the oldest is beyond the horizon: what comes and goes so often is not gone.
pub const KEPT_MOST: usize = 1_024;

/// A stretch in which a device was gone, in milliseconds of event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// When the will was told.
    pub from: i64,
    /// When it was back; absent while it is gone.
    pub to: Option<i64>,
    /// The boot whose will it was.
    pub boot: u32,
}

/// The absences of one device, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Absences {
    kept: Vec<Absence>,
    newest_boot: Option<u32>,
}

impl Absences {
    /// Takes a will told at `from`; `spoken` is the newest boot of its readings.
    /// Returns whether the absences are others than before.
    pub fn will(&mut self, from: i64, boot: u32, spoken: Option<u32>) -> bool {
        if self.newest_boot.max(spoken) > Some(boot) {
            return false;
        }
        self.newest_boot = Some(boot);
        let place = self.kept.partition_point(|kept| kept.from < from);
        let is_known = self.kept.get(place).is_some_and(|kept| kept.from == from);
        if is_known || self.kept.len() >= KEPT_MOST {
            return false;
        }
        let to = None;
        self.kept.insert(place, Absence { from, to, boot });
        true
    }

    /// Takes a birth told at `at`. Returns whether the absences are others than
    /// before.
    pub fn birth(&mut self, at: i64, boot: u32) -> bool {
        self.newest_boot = self.newest_boot.max(Some(boot));
        self.end(at + 1, at, boot)
    }

    /// Takes a reading: one of the very instant of the will may be what came
    /// before it. Returns whether the absences are others than before.
    pub fn heard(&mut self, at: i64, boot: u32) -> bool {
        self.end(at, at, boot)
    }

    /// All within the horizon, oldest first.
    pub fn all(&self) -> &[Absence] {
        &self.kept
    }

    /// Forgets the absences that ended before `edge`.
    pub fn forget(&mut self, edge: i64) {
        self.kept.retain(|kept| kept.to.is_none_or(|to| to >= edge));
    }

    /// Ends at `at` what began before `begun`. Who left later is back later, too.
    fn end(&mut self, begun: i64, at: i64, boot: u32) -> bool {
        let ended = |kept: &Absence| kept.from < begun && kept.boot <= boot;
        let mut changed = false;
        for kept in self.kept.iter_mut().rev().filter(|kept| ended(kept)) {
            if kept.to.is_some_and(|to| to <= at) {
                break;
            }
            kept.to = Some(at);
            changed = true;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(absences: &Absences) -> Vec<(i64, Option<i64>)> {
        let all = absences.all().iter();
        all.map(|absence| (absence.from, absence.to)).collect()
    }

    #[test]
    fn a_will_lasts_until_the_birth_or_a_later_reading() {
        let mut absences = Absences::default();
        assert!(absences.will(100, 7, Some(7)));
        assert!(!absences.heard(100, 7), "before the will, or with it");
        assert_eq!(stretches(&absences), [(100, None)]);
        assert!(absences.birth(200, 8));
        assert_eq!(stretches(&absences), [(100, Some(200))]);
        assert!(absences.heard(150, 8), "it was back before it said so");
        assert!(!absences.heard(190, 8));
        assert_eq!(stretches(&absences), [(100, Some(150))]);
    }

    #[test]
    fn a_will_of_an_older_boot_is_ignored_whoever_spoke_of_the_newer_one() {
        let mut absences = Absences::default();
        absences.birth(100, 8);
        assert!(!absences.will(110, 7, None), "a birth has spoken");
        assert!(absences.will(120, 8, None));
        assert!(!absences.will(130, 7, None), "a will has spoken");
        assert!(!absences.will(130, 8, Some(9)), "a reading has spoken");
        assert_eq!(stretches(&absences), [(120, None)]);
    }

    #[test]
    fn what_an_older_boot_says_does_not_bring_a_newer_one_back() {
        let mut absences = Absences::default();
        absences.will(100, 8, None);
        assert!(!absences.heard(150, 7) && !absences.birth(150, 7));
        assert!(absences.heard(160, 8));
    }

    #[test]
    fn no_more_are_kept_than_the_bound_and_old_ones_go() {
        let mut absences = Absences::default();
        for at in 0..2_000 {
            absences.will(at * 10, 1, None);
        }
        assert_eq!(absences.all().len(), KEPT_MOST);
        assert!(absences.birth(30_000, 1));
        absences.forget(30_001);
        assert!(absences.all().is_empty());
        assert!(absences.will(40_000, 1, None));
    }
}
