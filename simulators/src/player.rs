//! Plays deliveries in time: payloads over MQTT, facts over HTTP. It follows the
//! clock that it is given; what is due is sent at once. Where a wire is slow,
//! its bounded queue fills, and the play falls behind: nothing is dropped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::fact::Told;
use events::time::Clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::delivery::{Delivery, Message};
use crate::http::Http;
use crate::mqtt::{Closed, Mqtt};
use crate::request::request;

/// Connections that post; each has a queue of its own.
const POSTERS: usize = 4;
const QUEUE_MAX: usize = 64;
/// How finely the play follows the clock.
const STEP: Duration = Duration::from_millis(2);

/// What was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// MQTT messages published.
    pub published: u64,
    /// Facts accepted by the server.
    pub accepted: u64,
    /// Facts refused, or given up after many attempts.
    pub failed: u64,
    /// Attempts beyond the first, of all facts.
    pub repeated: u64,
}

#[derive(Default)]
struct Tally {
    accepted: AtomicU64,
    failed: AtomicU64,
    repeated: AtomicU64,
}

/// A server that takes facts.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// Where it listens.
    pub address: SocketAddr,
    /// A token that it knows, of a source.
    pub token: &'a str,
}

/// Plays all deliveries; comes back when every fact has been accepted, refused
/// or given up. Whether the broker has acknowledged everything, [`Mqtt::settle`]
/// tells.
///
/// # Errors
/// The MQTT connections have been closed.
pub async fn play(
    deliveries: impl Iterator<Item = Delivery>,
    clock: Clock,
    mqtt: &Mqtt,
    http: Server<'_>,
) -> Result<Played, Closed> {
    let tally = Arc::new(Tally::default());
    let mut posters = JoinSet::new();
    let queues: Vec<_> = (0..POSTERS)
        .map(|_| {
            let (queue, facts) = mpsc::channel(QUEUE_MAX);
            let http = Http::new(http.address, http.token);
            posters.spawn(post(facts, http, tally.clone()));
            queue
        })
        .collect();
    let (mut published, mut told_count) = (0, 0);
    for delivery in deliveries {
        while clock().0 < delivery.at_ms {
            tokio::time::sleep(STEP).await;
        }
        let retain = delivery.told.is_retained();
        match delivery.told {
            Message::Payload { topic, bytes } => {
                mqtt.publish(topic, bytes, retain).await?;
                published += 1;
            }
            Message::Http { key, told } => {
                let queue = &queues[told_count % POSTERS];
                told_count += 1;
                queue
                    .send((key, told))
                    .await
                    .expect("posters end after their queues");
            }
        }
    }
    drop(queues);
    while posters.join_next().await.is_some() {}
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    Ok(Played {
        published,
        accepted: count(&tally.accepted),
        failed: count(&tally.failed),
        repeated: count(&tally.repeated),
    })
}

async fn post(mut facts: mpsc::Receiver<(String, Told)>, mut http: Http, tally: Arc<Tally>) {
    while let Some((key, told)) = facts.recv().await {
        for fact in &told.facts {
            let Some(request) = request(&told.site, fact) else {
                tally.failed.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let posted = http.post(&key, &request).await;
            let outcome = if posted.is_accepted() {
                &tally.accepted
            } else {
                tracing::warn!(status = ?posted.status, path = request.path, "fact was not accepted");
                &tally.failed
            };
            outcome.fetch_add(1, Ordering::Relaxed);
            let again = u64::from(posted.attempts - 1);
            tally.repeated.fetch_add(again, Ordering::Relaxed);
        }
    }
}
