//! What to do about an answer, or about none: it is delivered, tried again after a while, given up,
//! or the endpoint wants nothing more. Pure; every retry has an end, in number and in time.

use std::time::Duration;

use events::reason::Reason;
use sha2::{Digest as _, Sha256};

/// Longest pause between two attempts, and the longest that a `Retry-After` is honoured.
const PAUSE_MAX: Duration = Duration::from_secs(60);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// How often and how long a message is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often at most; at least once.
    pub attempts: u32,
    /// How long after it was read from the log another attempt may begin.
    pub give_up: Duration,
    /// Pause after the first attempt; doubled each time, up to a minute.
    pub pause: Duration,
    /// How long an attempt may take.
    pub attempt: Duration,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This status of HTTP, and how long it asks us to wait.
    Status(u16, Option<Duration>),
    /// None, for this reason, which names no secret and no content.
    Silence(&'static str),
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The receiver has it.
    Delivered,
    /// Try again after this long.
    Again(Duration),
    /// It would be refused again, or was tried often and long enough.
    GiveUp(Reason),
    /// The receiver wants nothing more.
    Gone,
}

impl Patience {
    /// Decides about the answer to attempt number `attempt` (from 1 on), `waited` after the message
    /// was read.
    pub(crate) fn decide(
        &self,
        id: &str,
        attempt: u32,
        waited: Duration,
        answer: &Answer,
    ) -> Decision {
        let asked = match answer {
            Answer::Status(200..=299, _) => return Decision::Delivered,
            Answer::Status(410, _) => return Decision::Gone,
            Answer::Status(408 | 425 | 429 | 500.., asked) => *asked,
            // A redirect is not followed: it would take a signed message to anywhere.
            Answer::Status(..) => return Decision::GiveUp(Reason::WebhookRefused),
            Answer::Silence(_) => None,
        };
        let pause = self.pause(id, attempt);
        let pause = asked.map_or(pause, |asked| asked.min(RETRY_AFTER_MAX).max(pause));
        if attempt >= self.attempts || waited.saturating_add(pause) > self.give_up {
            return Decision::GiveUp(Reason::WebhookUnanswered);
        }
        Decision::Again(pause)
    }

    /// Doubled each time, and between half of that and all of it, so that what failed together
    /// does not come again together. It follows from the id: no random number is needed.
    fn pause(&self, id: &str, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.pause.saturating_mul(doubled).min(PAUSE_MAX);
        let hash = Sha256::digest(format!("{id}.{attempt}"));
        longest / 2 + longest / 2 * u32::from(hash[0]) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        attempts: 5,
        give_up: Duration::from_secs(600),
        pause: Duration::from_secs(1),
        attempt: Duration::from_secs(10),
    };

    fn decide(attempt: u32, waited_s: u64, answer: Answer) -> Decision {
        PATIENCE.decide("a", attempt, Duration::from_secs(waited_s), &answer)
    }

    #[test]
    fn an_answer_says_what_becomes_of_the_message() {
        let status = |code| decide(1, 0, Answer::Status(code, None));
        for code in [200, 202, 204] {
            assert_eq!(status(code), Decision::Delivered, "{code}");
        }
        assert_eq!(status(410), Decision::Gone);
        for code in [301, 302, 308, 400, 401, 404, 413, 422] {
            let refused = Decision::GiveUp(Reason::WebhookRefused);
            assert_eq!(status(code), refused, "{code}");
        }
        for code in [408, 425, 429, 500, 502, 503, 599] {
            assert!(matches!(status(code), Decision::Again(_)), "{code}");
        }
        let silence = decide(1, 0, Answer::Silence("no answer"));
        assert!(matches!(silence, Decision::Again(_)));
    }

    #[test]
    fn pauses_double_are_not_alike_and_end() {
        for attempt in 1..5 {
            let longest = Duration::from_secs(1 << (attempt - 1));
            let pauses = ["a", "b", "c", "d"].map(|id| {
                match PATIENCE.decide(id, attempt, Duration::ZERO, &Answer::Status(500, None)) {
                    Decision::Again(pause) => pause,
                    other => panic!("{other:?}"),
                }
            });
            for pause in pauses {
                assert!((longest / 2..=longest).contains(&pause), "{pause:?}");
            }
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        let given_up = Decision::GiveUp(Reason::WebhookUnanswered);
        assert_eq!(decide(5, 0, Answer::Status(500, None)), given_up, "number");
        assert_eq!(decide(1, 600, Answer::Status(500, None)), given_up, "time");
        let longest = Patience {
            attempts: 100,
            ..PATIENCE
        };
        let pause = longest.decide("a", 90, Duration::ZERO, &Answer::Status(500, None));
        assert!(matches!(pause, Decision::Again(pause) if pause <= PAUSE_MAX));
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_up_to_a_bound() {
        let asked = |s| decide(1, 0, Answer::Status(429, Some(Duration::from_secs(s))));
        assert_eq!(asked(20), Decision::Again(Duration::from_secs(20)));
        assert_eq!(asked(100_000), Decision::Again(RETRY_AFTER_MAX));
        assert!(matches!(asked(0), Decision::Again(pause) if !pause.is_zero()));
        let late = decide(1, 590, Answer::Status(429, Some(Duration::from_secs(20))));
        assert_eq!(late, Decision::GiveUp(Reason::WebhookUnanswered));
    }
}
