//! Versions of the computation. Whoever changes what the same log is answered with
//! makes a new version, and keeps the old one for as long as its numbers are to be
//! recomputed. A site goes by the version that `control` has put in force, so that a
//! new program says what the old one said until somebody decides; each output says
//! which version that was.

use events::time::Resolution;
use serde::{Deserialize, Serialize};

/// The oldest that this program computes, and what a site goes by until told.
pub const OLDEST: u32 = 1;
/// The newest that this program computes. Each says all that the one before says, and
/// more KPIs: those of its `version`. The third says them of days, too, and knows three
/// clocks of a bed. The fourth says what adds up of weeks, knows sources that fall silent
/// and the hours at which beds are open, and says of each number how much of its window the
/// sources covered. The fifth knows what people make of alerts.
pub const NEWEST: u32 = 5;
/// From this one on the three clocks of a bed are said and compared, and a discharge
/// dirties no bed that was cleaned after its patient had left.
pub(crate) const THREE_CLOCKS: u32 = 3;
/// From this one on sources that fall silent are told, and numbers say what they lack.
pub(crate) const SILENT_SOURCES: u32 = 4;
/// From this one on people answer alerts: they acknowledge, and who does not is told again.
pub(crate) const ANSWERS: u32 = 5;

/// The version that was the first to say windows of a resolution.
pub(crate) const fn since(resolution: Resolution) -> u32 {
    match resolution {
        Resolution::Minute | Resolution::Quarter | Resolution::Hour => OLDEST,
        Resolution::Day => 3,
        Resolution::Week => 4,
    }
}

/// From this one on a bed that has hours counts while it is open only.
pub(crate) const OPENING_HOURS: u32 = 4;
/// From this one on a conflict of a closed bed is shown in time, and a bed that nobody may
/// use waits for no cleaning.
pub(crate) const CLOSED_BEDS: u32 = 5;

/// Whether this program computes a version.
pub fn is_known(version: u32) -> bool {
    (OLDEST..=NEWEST).contains(&version)
}

/// The version to compute with when one was put in force. No record of the log may
/// end the fold: of those that are not known the nearest is taken.
pub(crate) fn known(version: u32) -> u32 {
    version.clamp(OLDEST, NEWEST)
}

/// The versions within the horizon, by when they came into force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Versions {
    of: Vec<(i64, u32)>,
}

impl Default for Versions {
    fn default() -> Self {
        Self {
            of: vec![(i64::MIN, OLDEST)],
        }
    }
}

impl Versions {
    /// Puts a version into force at `now`.
    pub(crate) fn set(&mut self, now: i64, version: u32) {
        self.of.push((now, known(version)));
    }

    /// The one in force.
    pub(crate) fn now(&self) -> u32 {
        self.at(i64::MAX)
    }

    /// The one that was in force at a time.
    pub(crate) fn at(&self, time: i64) -> u32 {
        let after = self.of.partition_point(|(from, _)| *from <= time);
        self.of[after.max(1) - 1].1
    }

    /// The one that was in force before a time.
    pub(crate) fn before(&self, time: i64) -> u32 {
        self.at(time.saturating_sub(1))
    }

    /// When, from a time on, others came into force.
    pub(crate) fn changes(&self, since: i64) -> impl Iterator<Item = (i64, u32)> {
        let all = self.of.iter().copied();
        all.filter(move |(from, _)| *from >= since)
    }

    /// Lets go of versions that were replaced before `edge`.
    pub(crate) fn forget(&mut self, edge: i64) {
        let old = self.of.partition_point(|(from, _)| *from < edge);
        self.of.drain(..old.saturating_sub(1));
    }
}
