//! Alerts to others: each change of an alert is posted to the endpoints that ask for it, signed, so
//! that pagers and chats can be attached.
//!
//! ```text
//!                    .-> place ── filter ── queue ──> courier ── post ──> endpoint "pager"
//! log ── alerts ─────+                      full?  └─ given up? ─> dead letter
//!                    '-> place ── filter ── queue ──> courier ── post ──> endpoint "chat"
//! ```
//!
//! It promises that each change reaches its endpoint at least once, or becomes a dead letter, also
//! over a kill; that a repetition has the same id; and that the changes of one alert are sent in
//! their order. An endpoint that is slow or away holds up nobody: its queue has a bound, and what
//! finds it full is a dead letter at once. Tests with a real Kafka and a real receiver are in
//! `tests/it/webhooks.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use events::access::Tier;
use events::log::{Chunk, LogRecord};
use events::output::{Alert, Output};
use events::reason::Reason;
use events::topic::{self, KafkaTopic};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::record::{self, Item, Seq};

mod counters;
mod courier;
mod filter;
mod keeper;
mod message;
mod patience;
mod place;
mod post;
mod signature;

pub use counters::WebhookCounters;
pub use filter::Filter;
pub use keeper::{Keeper, Unsent};
pub use message::{endpoint_of, test_body};
pub use patience::{Answer, Patience};
pub use place::Place;
pub use post::{EndpointError, check_url};
pub use signature::{NoSecret, Secret};

use courier::{Courier, Message, Settled};
use place::Track;
use post::Post;

/// Messages that are under way to an endpoint at a time, of different alerts.
const COURIERS: usize = 4;
/// How often what is settled is kept, and after how many of these everything is.
const KEEP: Duration = Duration::from_secs(1);
const KEEP_EVERYTHING: u32 = 30;
/// How long attempts that are under way may take at the end.
const LAST: Duration = Duration::from_secs(5);

/// Who is told.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name: in ids, metrics and the log.
    pub name: &'static str,
    /// Where it listens; it may hold a secret, and is not written to any log.
    pub url: String,
    /// Certificate authority in PEM, beside those that the system knows.
    pub ca: Option<String>,
    /// What messages are signed with: one secret, or two while they are exchanged.
    pub secrets: Vec<Secret>,
    /// How closely it may look.
    pub tier: Tier,
    /// What it is told of.
    pub filter: Filter,
}

/// Why nothing more is sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// An endpoint can't be used.
    #[error("endpoint {0}: {1}")]
    Endpoint(&'static str, EndpointError),
    /// A dead letter can't be written.
    #[error("a dead letter can't be written: {0}")]
    Log(String),
    /// A part of us has ended by itself.
    #[error("a courier has ended: {0}")]
    Courier(#[from] JoinError),
}

/// Sends to all endpoints.
pub struct Webhooks<K> {
    endpoints: Vec<Sending>,
    keeper: Arc<K>,
    counters: Arc<WebhookCounters>,
    couriers: JoinSet<Result<(), WebhookError>>,
    settled: mpsc::Receiver<Settled>,
    closing: watch::Sender<bool>,
}

/// An endpoint, and how far it has come.
struct Sending {
    endpoint: Endpoint,
    lanes: BTreeMap<u32, Track>,
    queues: Vec<mpsc::Sender<Message>>,
}

/// Where an endpoint begins, lane by lane.
pub type Places = BTreeMap<u32, Place>;

impl<K: Keeper> Webhooks<K> {
    /// Starts the couriers of these endpoints, each from its places on; `queue` messages may wait
    /// for each.
    ///
    /// # Errors
    /// An endpoint can't be used.
    pub fn new(
        endpoints: Vec<(Endpoint, Places)>,
        patience: Patience,
        queue: usize,
        keeper: K,
        counters: Arc<WebhookCounters>,
    ) -> Result<Self, WebhookError> {
        let keeper = Arc::new(keeper);
        let (closing, _) = watch::channel(false);
        let (settle, settled) = mpsc::channel(COURIERS * endpoints.len().max(1));
        let mut couriers = JoinSet::new();
        let mut sending = Vec::new();
        for (number, (endpoint, places)) in endpoints.into_iter().enumerate() {
            let post = Post::new(&endpoint, patience.attempt)
                .map_err(|error| WebhookError::Endpoint(endpoint.name, error))?;
            let mut queues = Vec::new();
            for _ in 0..COURIERS {
                let (sender, messages) = mpsc::channel((queue / COURIERS).max(1));
                queues.push(sender);
                let courier = Courier {
                    endpoint: number,
                    post: post.clone(),
                    patience,
                    keeper: Arc::clone(&keeper),
                    counters: Arc::clone(&counters),
                    settled: settle.clone(),
                    closing: closing.subscribe(),
                };
                couriers.spawn(courier.run(messages));
            }
            let lanes = places.into_iter();
            sending.push(Sending {
                endpoint,
                lanes: lanes
                    .map(|(lane, place)| (lane, Track::at(place)))
                    .collect(),
                queues,
            });
        }
        Ok(Self {
            endpoints: sending,
            keeper,
            counters,
            couriers,
            settled,
            closing,
        })
    }

    /// Sends what comes, until the channel is closed; what is not sent by then is sent after the
    /// next start. Feed it the lanes of the topic `alerts`, each from the earliest of its places.
    ///
    /// # Errors
    /// The log does not take a dead letter.
    pub async fn run(mut self, mut chunks: mpsc::Receiver<Chunk>) -> Result<(), WebhookError> {
        let mut keep = interval(KEEP);
        keep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut kept = 0_u32;
        loop {
            tokio::select! {
                chunk = chunks.recv() => match chunk {
                    Some(chunk) => self.take(chunk).await?,
                    None => return self.finish().await,
                },
                Some(settled) = self.settled.recv() => self.settle(&settled),
                Some(ended) = self.couriers.join_next() => ended??,
                _ = keep.tick() => {
                    kept = kept.wrapping_add(1);
                    self.keep(kept.is_multiple_of(KEEP_EVERYTHING)).await;
                }
            }
        }
    }

    async fn take(&mut self, chunk: Chunk) -> Result<(), WebhookError> {
        if chunk.topic != KafkaTopic::Alerts {
            return Ok(());
        }
        for record in &chunk.records {
            let item = item(chunk.lane, record);
            for number in 0..self.endpoints.len() {
                self.tell(number, chunk.lane, record.offset, item.as_ref())
                    .await?;
            }
        }
        Ok(())
    }

    /// Tells an endpoint of a record, if it is new and asked for.
    async fn tell(
        &mut self,
        number: usize,
        lane: u32,
        offset: u64,
        item: Option<&Item>,
    ) -> Result<(), WebhookError> {
        let Sending {
            endpoint,
            lanes,
            queues,
        } = &mut self.endpoints[number];
        let counted = &self.counters.0[number];
        let track = lanes
            .entry(lane)
            .or_insert_with(|| Track::at(Place::default()));
        let before = track.read();
        let is_new = track.take(offset, item);
        let Some(Item::Output(Output::Alert(alert))) = item else {
            return Ok(());
        };
        if !is_new || !endpoint.filter.passes(alert) {
            return Ok(());
        }
        if counted.is_stopped() {
            counted.unsent.fetch_add(1, Relaxed);
            return Ok(());
        }
        let message = message(endpoint, alert, lane, offset);
        let queue = &queues[courier_of(&alert.id)];
        counted.waiting.fetch_add(1, Relaxed);
        let Err(error) = queue.try_send(message) else {
            track.begin(offset, before);
            return Ok(());
        };
        counted.waiting.fetch_sub(1, Relaxed);
        let detail = "as much waits for this endpoint as may".to_owned();
        let unsent = Unsent::of(&error.into_inner(), Reason::WebhookQueueFull, detail);
        self.keeper.bury(unsent).await.map_err(WebhookError::Log)?;
        counted.dead_letters.fetch_add(1, Relaxed);
        Ok(())
    }

    fn settle(&mut self, settled: &Settled) {
        let lanes = &mut self.endpoints[settled.endpoint].lanes;
        if let Some(track) = lanes.get_mut(&settled.lane) {
            track.settle(settled.offset);
        }
    }

    /// Keeps how far each endpoint has come.
    async fn keep(&mut self, everything: bool) {
        for Sending {
            endpoint, lanes, ..
        } in &mut self.endpoints
        {
            let places: Vec<_> = lanes
                .iter_mut()
                .filter_map(|(lane, track)| Some((*lane, track.kept_next(everything)?)))
                .collect();
            if places.is_empty() {
                continue;
            }
            match self.keeper.keep(endpoint.name, places.clone()).await {
                Ok(()) => {
                    for (lane, place) in places {
                        lanes.entry(lane).and_modify(|track| track.is_kept(place));
                    }
                }
                Err(error) => {
                    let endpoint = endpoint.name;
                    tracing::warn!(endpoint, %error, "how far it has come is not kept yet");
                }
            }
        }
    }

    /// Lets attempts that are under way end, and keeps what came of them.
    async fn finish(mut self) -> Result<(), WebhookError> {
        let _ = self.closing.send(true);
        for sending in &mut self.endpoints {
            sending.queues.clear();
        }
        let ending = async {
            while !self.couriers.is_empty() {
                tokio::select! {
                    Some(settled) = self.settled.recv() => {
                        let lanes = &mut self.endpoints[settled.endpoint].lanes;
                        if let Some(track) = lanes.get_mut(&settled.lane) {
                            track.settle(settled.offset);
                        }
                    }
                    Some(ended) = self.couriers.join_next() => ended??,
                }
            }
            Ok(())
        };
        let ended = timeout(LAST, ending).await.unwrap_or(Ok(()));
        while let Ok(settled) = self.settled.try_recv() {
            self.settle(&settled);
        }
        self.keep(true).await;
        ended
    }
}

/// Whether messages could be sent to an endpoint; nobody is asked.
///
/// # Errors
/// They could not.
pub fn check_endpoint(endpoint: &Endpoint) -> Result<(), EndpointError> {
    Post::new(endpoint, LAST).map(drop)
}

/// Sends one message once, outside of any order: a test, or a dead letter again.
///
/// # Errors
/// The endpoint can't be used.
pub async fn send_once(
    endpoint: &Endpoint,
    patience: &Patience,
    id: &str,
    body: &[u8],
) -> Result<Answer, EndpointError> {
    Ok(Post::new(endpoint, patience.attempt)?.send(id, body).await)
}

/// Where an endpoint begins that was told nothing yet, behind the last record of a lane.
pub fn place_behind(lane: u32, last: Option<&LogRecord>) -> Place {
    let mut place = Place::default();
    if let Some(last) = last {
        place.take(last.offset, item(lane, last).as_ref());
    }
    place
}

fn message(endpoint: &Endpoint, alert: &Alert, lane: u32, offset: u64) -> Message {
    let seq = Seq {
        epoch: alert.epoch,
        index: alert.index,
    };
    Message {
        id: message::id(endpoint.name, lane, seq),
        tenant: alert.tenant.clone(),
        body: message::body(endpoint, alert),
        lane,
        offset,
        read: Instant::now(),
    }
}

/// The changes of one alert go with one courier, and so in their order.
fn courier_of(alert: &str) -> usize {
    let lanes = u32::try_from(COURIERS).unwrap_or(1);
    topic::lane(alert, lanes) as usize
}

/// A record that can't be read is left out: none of our writers has made it.
fn item(lane: u32, record: &LogRecord) -> Option<Item> {
    record::item(KafkaTopic::Alerts, record).unwrap_or_else(|error| {
        let offset = record.offset;
        tracing::error!(lane, offset, %error, "record of alerts is told to nobody");
        None
    })
}
