//! How fast somebody may ask for something: ten times a second, and twenty at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::access::Label;
use events::id::TenantId;

/// So many at once, for people who come back with a queue.
const BURST: u32 = 20;
/// One more is let in each time that this has passed.
const EACH: Duration = Duration::from_millis(100);
/// Callers that are remembered; those that have been quiet are not.
const CALLERS_MAX: usize = 10_000;

/// Who asks.
pub(super) type Caller = (TenantId, Label);

/// When each caller will have used up nothing.
#[derive(Default)]
pub(super) struct Paces {
    even: Mutex<BTreeMap<Caller, Instant>>,
}

impl Paces {
    /// Whether one more is let in now.
    pub(super) fn admit(&self, caller: &Caller) -> bool {
        #[expect(
            clippy::disallowed_methods,
            reason = "edge: how fast people ask is real time"
        )]
        let now = Instant::now();
        self.admit_at(caller, now)
    }

    fn admit_at(&self, caller: &Caller, now: Instant) -> bool {
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        if even.len() >= CALLERS_MAX && !even.contains_key(caller) {
            even.retain(|_, at| *at > now);
            if even.len() >= CALLERS_MAX {
                return false;
            }
        }
        let at = even.get(caller).map_or(now, |at| (*at).max(now));
        let fits = at + EACH <= now + EACH * BURST;
        if fits {
            even.insert(caller.clone(), at + EACH);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_ten_a_second() {
        let paces = Paces::default();
        let caller = |name: &str| (TenantId::new("demo").unwrap(), Label::new(name).unwrap());
        let (ann, bob) = (caller("ann"), caller("bob"));
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let begin = Instant::now();
        let admitted = |who: &Caller, at: Duration| {
            let let_in = |_: &u32| paces.admit_at(who, begin + at);
            (0..100).filter(let_in).count()
        };
        assert_eq!(admitted(&ann, Duration::ZERO), 20);
        assert_eq!(admitted(&ann, Duration::from_millis(99)), 0);
        assert_eq!(admitted(&ann, Duration::from_secs(1)), 10);
        assert_eq!(
            admitted(&bob, Duration::from_secs(1)),
            20,
            "each for themselves"
        );
        assert_eq!(admitted(&ann, Duration::from_secs(60)), 20);
    }
}
