//! IO: carries messages to one endpoint, one after the other, each until it is delivered or given up.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use events::reason::Reason;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::counters::Counted;
use super::patience::{Answer, Decision, Patience};
use super::post::Post;
use super::{Keeper, Unsent, WebhookError};

/// A message on its way.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) body: Vec<u8>,
    /// Where it came from.
    pub(super) lane: u32,
    pub(super) offset: u64,
    pub(super) read: Instant,
}

/// A record of which nothing is left to do for an endpoint.
#[derive(Debug)]
pub(super) struct Settled {
    /// The endpoint, by its place among all.
    pub(super) endpoint: usize,
    pub(super) lane: u32,
    pub(super) offset: u64,
}

/// Carries messages to one endpoint.
pub(super) struct Courier<K> {
    pub(super) endpoint: usize,
    pub(super) post: Post,
    pub(super) patience: Patience,
    pub(super) keeper: Arc<K>,
    pub(super) counters: Arc<super::WebhookCounters>,
    pub(super) settled: mpsc::Sender<Settled>,
    /// Turns true when no attempt is to begin any more.
    pub(super) closing: watch::Receiver<bool>,
}

impl<K: Keeper> Courier<K> {
    /// Carries what comes, until nothing more does.
    pub(super) async fn run(
        mut self,
        mut messages: mpsc::Receiver<Message>,
    ) -> Result<(), WebhookError> {
        while let Some(message) = messages.recv().await {
            if *self.closing.borrow() || !self.carry(&message).await? {
                // It stays in the log, and is sent after the next start.
                return Ok(());
            }
            self.counted().waiting.fetch_sub(1, Relaxed);
            let settled = Settled {
                endpoint: self.endpoint,
                lane: message.lane,
                offset: message.offset,
            };
            if self.settled.send(settled).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Carries one; gives whether nothing is left to do about it.
    async fn carry(&mut self, message: &Message) -> Result<bool, WebhookError> {
        let mut attempt = 0;
        loop {
            if self.counted().is_stopped() {
                self.counted().unsent.fetch_add(1, Relaxed);
                return Ok(true);
            }
            attempt += 1;
            let answer = self.post.send(&message.id, &message.body).await;
            let waited = message.read.elapsed();
            match self.patience.decide(&message.id, attempt, waited, &answer) {
                Decision::Delivered => {
                    self.counted().delivered.fetch_add(1, Relaxed);
                    return Ok(true);
                }
                Decision::GiveUp(reason) => {
                    self.bury(message, reason, &answer, attempt).await?;
                    return Ok(true);
                }
                Decision::Gone => {
                    self.bury(message, Reason::WebhookGone, &answer, attempt)
                        .await?;
                    self.counted().stop();
                    return Ok(true);
                }
                Decision::Again(pause) => {
                    self.counted().retries.fetch_add(1, Relaxed);
                    let closing = self.closing.wait_for(|closing| *closing);
                    tokio::select! {
                        () = sleep(pause) => {}
                        _ = closing => return Ok(false),
                    }
                }
            }
        }
    }

    async fn bury(
        &self,
        message: &Message,
        reason: Reason,
        answer: &Answer,
        attempt: u32,
    ) -> Result<(), WebhookError> {
        let said = match answer {
            Answer::Status(status, _) => format!("status {status}"),
            Answer::Silence(why) => (*why).to_owned(),
        };
        let detail = format!("{said}, attempt {attempt}");
        let (id, reason_code) = (&message.id, reason.code());
        tracing::warn!(%id, reason = reason_code, %detail, "webhook not delivered: it is a dead letter");
        let unsent = Unsent::of(message, reason, detail);
        self.keeper.bury(unsent).await.map_err(WebhookError::Log)?;
        self.counted().dead_letters.fetch_add(1, Relaxed);
        Ok(())
    }

    fn counted(&self) -> &Counted {
        &self.counters.0[self.endpoint]
    }
}
