//! What to do when the store is away, or its disk is full: say so, and ask again,
//! for ever; what was to be written is still in the log.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Counters;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// Asks until there is an answer.
pub(crate) async fn patiently<T, A>(
    counters: &Counters,
    what: &str,
    mut ask: impl FnMut() -> A,
) -> T
where
    A: Future<Output = Result<T, object_store::Error>>,
{
    let mut failures = 0;
    loop {
        match ask().await {
            Ok(answer) => {
                if failures > 0 {
                    counters.waiting.store(0, Relaxed);
                    tracing::info!(%what, failures, "the archive's store is back");
                }
                return answer;
            }
            Err(error) => {
                let pause = pause(failures);
                counters.waiting.store(1, Relaxed);
                counters.retries.fetch_add(1, Relaxed);
                tracing::warn!(
                    %what, failures, %error, retry_in_ms = pause.as_millis(),
                    "waiting for the archive's store, nothing is lost"
                );
                failures += 1;
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// 100 ms, doubled each time to 10 s at most.
fn pause(failures: u32) -> Duration {
    (FIRST * 2_u32.pow(failures.min(7))).min(LONGEST)
}
