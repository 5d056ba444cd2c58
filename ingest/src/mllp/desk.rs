//! What becomes of a message: it is read, handed to Kafka as facts or as a dead letter,
//! and answered when that is durable. A message that comes again while the first one is
//! still on its way, as when its sender has lost patience, waits for that.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use events::fact::{Receipt, Told};
use events::reason::{Reason, Rejected};
use events::time::CellTime;

use super::ack::{Reply, Verdict};
use super::frames::{Frame, Oversize};
use super::{Became, Closed, Hall, Listener};
use crate::dead_letter::{self, Origin};
use crate::hl7::{self, Outcome};
use crate::http::idempotency::Claim;
use crate::kafka_writer::{Delivery, Outgoing};
use crate::told;

/// How often to look whether the first of two equal messages is durable.
const LOOK: Duration = Duration::from_millis(20);

/// Where the messages of one connection are dealt with.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) hall: Arc<Hall>,
    pub(super) listener: Arc<Listener>,
    /// Where dead letters are said to come from.
    pub(super) position: Arc<str>,
}

/// A message that was taken and is not answered.
#[derive(Debug)]
pub(super) struct Pending {
    reply: Reply,
    wait: Wait,
}

/// What its answer waits for.
#[derive(Debug)]
enum Wait {
    Nothing(Became),
    /// The facts of a message, known by this, and their number.
    Facts(Delivery, Receipt, usize),
    Equal(Receipt),
    DeadLetter(Delivery, Rejected),
}

impl Desk {
    /// Takes a message and hands over what is to be written; waits while Kafka's queue
    /// is full.
    pub(super) async fn take(&self, frame: Frame) -> Result<Pending, Closed> {
        let now = (self.hall.clock)();
        let message = match frame {
            Frame::Whole(message) => message,
            Frame::Oversize(oversize) => return self.oversize(&oversize, now).await,
        };
        let reply = Reply::to(&message);
        if reply.is_acknowledgement() {
            let wait = Wait::Nothing(Became::Acknowledgement);
            return Ok(Pending { reply, wait });
        }
        let outcome = self.listener.interface.read(&message, Some(now));
        if !matches!(outcome, Outcome::Dead(_)) {
            self.hear_names(&message);
        }
        let wait = match outcome {
            Outcome::Facts(told) => self.tell(&told, now).await?,
            Outcome::Ignored(name) => {
                self.hall.counters.hl7_ignored(&name);
                Wait::Nothing(Became::Ignored)
            }
            Outcome::Dead(rejected) => {
                let letter = dead_letter::dead_letter(self.origin(), &rejected, &message, now);
                let record = dead_letter::outgoing(&letter, self.hall.lanes);
                Wait::DeadLetter(self.write(record).await?, rejected)
            }
        };
        Ok(Pending { reply, wait })
    }

    /// What staff call those whom a message names is kept beside the log.
    fn hear_names(&self, message: &[u8]) {
        let interface = &self.listener.interface;
        let labels = self.hall.labels.as_ref();
        if let Some(labels) = labels.filter(|labels| labels.are_made_for(&interface.site)) {
            for (visit, person) in interface.people(message) {
                labels.hear(&interface.site, visit, &person);
            }
        }
    }

    /// Waits until a message is durable, and gives what is to be answered.
    pub(super) async fn settle(&self, pending: Pending) -> Result<Vec<u8>, Closed> {
        let (became, verdict) = match pending.wait {
            Wait::Nothing(became) => (became, Verdict::Taken),
            Wait::Facts(delivery, receipt, facts) => {
                self.settle_facts(delivery, &receipt, facts).await?;
                (Became::Told, Verdict::Taken)
            }
            Wait::Equal(receipt) => {
                self.wait_for_equal(&receipt).await?;
                (Became::Repeated, Verdict::Taken)
            }
            Wait::DeadLetter(delivery, rejected) => {
                delivery.await.map_err(|_| Closed::NotDurable)?;
                self.hall.counters.dead_letter(rejected.reason);
                (Became::Dead, Verdict::Refused(rejected))
            }
        };
        self.hall.counters.hl7_message(became);
        if became == Became::Acknowledgement {
            return Ok(Vec::new());
        }
        let now = (self.hall.clock)();
        let number = self.hall.answers.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:X}-{:X}", now.0, number % (1 << 28));
        Ok(pending.reply.frames(&verdict, &id, now))
    }

    async fn tell(&self, told: &Told, now: CellTime) -> Result<Wait, Closed> {
        let receipt = hl7::receipt_of(told).expect("what HL7 tells has a receipt");
        let messages = &self.hall.past.messages;
        match messages.look(|messages| messages.claim(&receipt, now)) {
            Claim::New => {}
            // Its receipt holds the content, so there is none with another.
            Claim::Repeated(_) | Claim::OtherBody => return Ok(Wait::Nothing(Became::Repeated)),
            Claim::UnderWay => return Ok(Wait::Equal(receipt)),
        }
        let record = told::outgoing(told, self.hall.lanes);
        match self.write(record).await {
            Ok(delivery) => Ok(Wait::Facts(delivery, receipt, told.facts.len())),
            Err(closed) => {
                messages.look(|messages| messages.release(&receipt));
                Err(closed)
            }
        }
    }

    async fn settle_facts(
        &self,
        delivery: Delivery,
        receipt: &Receipt,
        facts: usize,
    ) -> Result<(), Closed> {
        let messages = &self.hall.past.messages;
        if let Err(error) = delivery.await {
            tracing::error!(%error, "facts of an hl7 message are not durable");
            messages.look(|messages| messages.release(receipt));
            return Err(Closed::NotDurable);
        }
        let now = (self.hall.clock)();
        messages.look(|messages| messages.remember(receipt, now, facts));
        self.hall.counters.facts(facts as u64);
        Ok(())
    }

    /// The first of two equal messages becomes durable, or comes to nothing: then the
    /// second is not answered either, so that its sender repeats it.
    async fn wait_for_equal(&self, receipt: &Receipt) -> Result<(), Closed> {
        let messages = &self.hall.past.messages;
        loop {
            match messages.look(|messages| messages.known(receipt)) {
                Some(Some(_)) => return Ok(()),
                Some(None) => tokio::time::sleep(LOOK).await,
                None => return Err(Closed::NotDurable),
            }
        }
    }

    async fn oversize(&self, oversize: &Oversize, now: CellTime) -> Result<Pending, Closed> {
        let most = self.hall.limits.frame_bytes;
        let detail = format!("message is longer than {most} bytes");
        let rejected = Rejected::new(Reason::PayloadTooLarge, detail);
        let mut letter = dead_letter::dead_letter(self.origin(), &rejected, &oversize.head, now);
        letter.length = oversize.length;
        letter.sha256 = oversize.sha256.to_vec();
        let record = dead_letter::outgoing(&letter, self.hall.lanes);
        Ok(Pending {
            reply: Reply::to(&oversize.head),
            wait: Wait::DeadLetter(self.write(record).await?, rejected),
        })
    }

    async fn write(&self, record: Outgoing) -> Result<Delivery, Closed> {
        self.hall.writer.send(record).await.map_err(|error| {
            tracing::error!(%error, "an hl7 message can't be written");
            Closed::NotDurable
        })
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            tenant: Some(&self.listener.interface.site.tenant),
            source: "hl7",
            position: &self.position,
        }
    }
}
