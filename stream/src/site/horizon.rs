//! How far back a site can be corrected, and how long its windows wait.

use events::control::Horizons;
use events::time::HOUR_MS;

use super::{SiteConfig, SiteFold};

/// The least that corrections reach back, in milliseconds.
pub const CORRECTION_LEAST_MS: i64 = HOUR_MS;
/// The longest that a window waits, in milliseconds.
pub const DISORDER_MOST_MS: i64 = HOUR_MS;

impl SiteConfig {
    /// The horizons that hold when these were set: lanes remember no further back
    /// than `horizon_ms`, so that is the most, and no record of the log can make a
    /// fold wait for ever.
    pub fn clamp(&self, set: Horizons) -> Horizons {
        let least = CORRECTION_LEAST_MS.min(self.horizon_ms);
        Horizons {
            correction_ms: set.correction_ms.clamp(least, self.horizon_ms),
            disorder_ms: set.disorder_ms.clamp(0, DISORDER_MOST_MS),
        }
    }
}

impl SiteFold {
    /// Horizons that are longer than before bring nothing back that was let go of.
    pub(super) fn move_edge(&mut self, now: i64) {
        let correction_ms = self.horizons().correction_ms;
        self.edge = self.edge.max(now - correction_ms);
    }

    pub(super) fn horizons(&self) -> Horizons {
        self.horizons.unwrap_or(Horizons {
            correction_ms: self.config.horizon_ms,
            disorder_ms: self.config.disorder_ms,
        })
    }
}
