//! IO: reads back from the log which requests, HL7 messages and facts of FHIR an earlier process has
//! taken, so that one which is repeated across a restart is recognised. Most of what it
//! reads is ticks, and there may be many; so it reads in the background, lane by
//! lane, and the lanes of sites whose callers wait for it come first.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::fact::Told;
use events::topic::KafkaTopic;
use events::wire::{self, Record};

use super::Api;
use super::idempotency::Requests;
use crate::Stop;
use crate::fhir;
use crate::hl7;
use crate::kafka::{self, Config};
use crate::kafka_look::Look;

/// How long it waits before it tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// The lanes that have not been read back yet, the next one first.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<Mutex<VecDeque<u32>>>);

/// What is known of the HL7 messages that were taken; all who have it share it.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub(super) unread: Unread,
    /// The messages, by their [`crate::hl7::receipt_of`].
    pub messages: Requests,
}

impl Past {
    /// Whether all is known of what a lane of the topic `facts` holds. Where it is
    /// not, that lane is read next.
    pub fn is_known(&self, lane: u32) -> bool {
        !self.unread.contains(lane)
    }
}

impl Unread {
    pub(super) fn all(lanes: u32) -> Self {
        let lanes = 0..KafkaTopic::Facts.lanes(lanes);
        Self(Arc::new(Mutex::new(lanes.collect())))
    }

    /// Whether a lane is among them; if so, it is the next but for the one that
    /// is being read.
    pub(super) fn contains(&self, lane: u32) -> bool {
        let mut unread = self.lock();
        let Some(place) = unread.iter().position(|unread| *unread == lane) else {
            return false;
        };
        if place > 1 {
            unread.remove(place);
            unread.insert(1, lane);
        }
        true
    }

    fn next(&self) -> Option<u32> {
        self.lock().front().copied()
    }

    fn is_read(&self) {
        self.lock().pop_front();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<u32>> {
        // Whole after each statement, also after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Remembers the requests that were written at `since_ms` of Kafka's clock
/// (milliseconds since 1970) or later; 72 h back is enough. Comes back when every
/// lane has been read, or at `stop`; waits while Kafka is away. Blocks. Gives how
/// many facts it has seen.
///
/// # Errors
/// The settings of Kafka are wrong.
pub fn run(api: &Api, config: &Config, since_ms: i64, stop: &Stop) -> Result<usize, kafka::Error> {
    let look = Look::new(config)?;
    let mut said = false;
    let (mut lanes, mut facts) = (0, 0);
    while let Some(lane) = api.past.unread.next() {
        match recall(api, &look, lane, since_ms, stop) {
            _ if *stop.borrow() => return Ok(facts),
            Ok(found) => {
                api.past.unread.is_read();
                lanes += 1;
                facts += found;
            }
            Err(error) => {
                if !said {
                    tracing::warn!(%error, lane, "earlier requests can't be read back yet; trying again");
                    said = true;
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
    tracing::info!(lanes, facts, "earlier requests are remembered");
    Ok(facts)
}

/// One lane; gives how many facts stand in it.
fn recall(
    api: &Api,
    look: &Look,
    lane: u32,
    since_ms: i64,
    stop: &Stop,
) -> Result<usize, kafka::Error> {
    let mut facts = 0;
    look.scan_since(KafkaTopic::Facts, lane, since_ms, |record| {
        // What can't be read is the processor's to judge.
        if let Ok(Record::Data(told)) = wire::decode_facts(record.value) {
            facts += told.facts.len();
            api.requests.look(|requests| requests.recall(&told));
            if let (Some(receipt), Some(first)) = (hl7::receipt_of(&told), told.facts.first()) {
                let (at, count) = (first.told, told.facts.len());
                let messages = &api.past.messages;
                messages.look(|messages| messages.remember(&receipt, at, count));
            }
            remember_said(api, &told);
        }
        if *stop.borrow() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(facts)
}

/// What was told over FHIR.
fn remember_said(api: &Api, told: &Told) {
    let receipts = fhir::seen::receipts_of(told);
    if let Some(first) = told.facts.first()
        && !receipts.is_empty()
    {
        api.said.look(|said| {
            receipts
                .iter()
                .for_each(|receipt| said.remember(receipt, first.told, 1));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lane_that_somebody_waits_for_comes_next() {
        let unread = Unread::all(4);
        assert!(unread.contains(3));
        let order: Vec<u32> = std::iter::from_fn(|| {
            let next = unread.next()?;
            unread.is_read();
            Some(next)
        })
        .collect();
        assert_eq!(order, [0, 3, 1, 2]);
        assert!(!unread.contains(3), "it has been read");
    }

    #[test]
    fn without_a_past_nothing_is_unread() {
        assert!(!Unread::default().contains(0));
    }
}
