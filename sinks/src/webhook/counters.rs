//! What each endpoint counts, for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use events::metric::{self, Metric};

/// What one endpoint counts.
#[derive(Debug)]
pub(crate) struct Counted {
    name: &'static str,
    pub(crate) delivered: AtomicU64,
    pub(crate) retries: AtomicU64,
    pub(crate) dead_letters: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) waiting: AtomicU64,
    /// Its receiver wants nothing more: 1.
    stopped: AtomicU64,
}

/// What all endpoints count.
#[derive(Debug)]
pub struct WebhookCounters(pub(crate) Vec<Counted>);

impl WebhookCounters {
    /// Nothing yet, of the endpoints with these names.
    pub fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let counted = names.into_iter().map(|name| Counted {
            name,
            delivered: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            dead_letters: AtomicU64::new(0),
            unsent: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            stopped: AtomicU64::new(0),
        });
        Self(counted.collect())
    }

    /// Every number now: the metric, the endpoint, the number.
    pub fn snapshot(&self) -> Vec<(Metric, &'static str, u64)> {
        let of = |counted: &Counted| {
            let numbers = [
                (metric::WEBHOOK_DEAD_LETTERS, &counted.dead_letters),
                (metric::WEBHOOK_DELIVERED, &counted.delivered),
                (metric::WEBHOOK_RETRIES, &counted.retries),
                (metric::WEBHOOK_STOPPED, &counted.stopped),
                (metric::WEBHOOK_UNSENT, &counted.unsent),
                (metric::WEBHOOK_WAITING, &counted.waiting),
            ];
            numbers.map(|(metric, number)| (metric, counted.name, number.load(Relaxed)))
        };
        self.0.iter().flat_map(of).collect()
    }
}

impl Counted {
    /// Nothing more is to be sent.
    pub(crate) fn stop(&self) {
        self.stopped.store(1, Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed) > 0
    }
}
