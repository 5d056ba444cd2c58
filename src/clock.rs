//! The cell's clock, the one place where a wall clock is read: where it starts,
//! and how fast it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use events::time::{CellTime, Clock};

/// The wall clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the edge where time enters")]
pub(crate) fn wall_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// A clock that starts at `start` and runs `speed` times as fast as the
/// monotonic clock. It never goes back.
#[expect(clippy::disallowed_methods, reason = "the edge where time enters")]
pub(crate) fn cell_clock(start: CellTime, speed: f64) -> Clock {
    let began = Instant::now();
    let newest = AtomicI64::new(start.0);
    Arc::new(move || {
        let elapsed_ms = began.elapsed().as_secs_f64() * 1_000.0 * speed;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a run is shorter than 2^52 ms"
        )]
        let now = start.0 + elapsed_ms as i64;
        CellTime(newest.fetch_max(now, Ordering::Relaxed).max(now))
    })
}
