//! Versions of the computation. Whoever changes what the same log is answered with
//! makes a new version, and keeps the old one for as long as its numbers are to be
//! recomputed. A site goes by the version that `control` has put in force, so that a
//! new program says what the old one said until somebody decides; each output says
//! which version that was.

use events::time::Resolution;

/// The oldest that this program computes, and what a site goes by until told.
pub const OLDEST: u32 = 1;
/// The newest that this program computes. Each says all that the one before says, and
/// more KPIs: those of its `version`. The third says them of days, too.
pub const NEWEST: u32 = 3;

/// The version that was the first to say windows of a resolution.
pub(crate) const fn since(resolution: Resolution) -> u32 {
    match resolution {
        Resolution::Minute | Resolution::Quarter | Resolution::Hour => OLDEST,
        Resolution::Day => 3,
    }
}

/// Whether this program computes a version.
pub fn is_known(version: u32) -> bool {
    (OLDEST..=NEWEST).contains(&version)
}

/// The version to compute with when one was put in force. No record of the log may
/// end the fold: of those that are not known the nearest is taken.
pub(crate) fn known(version: u32) -> u32 {
    version.clamp(OLDEST, NEWEST)
}
