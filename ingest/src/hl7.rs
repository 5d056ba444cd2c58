//! HL7 v2: what an ADT message tells about visits. Pure: bytes and the time of
//! receipt go in, facts, a count or a reason come out; nothing panics, whatever
//! the bytes. `docs/hl7.md` says which field is read for what.
//!
//! - [`split`]: where in a file the messages are.
//! - [`Interface::read`]: what one message says.
//! - [`seen`]: which messages have been heard before.
//! - [`recall`]: which of them the log holds.
//! - [`replay`]: whole files, in the order of event time.

mod message;
pub mod recall;
pub mod replay;
pub mod seen;
pub mod split;
mod time;
mod trigger;
mod visits;

use events::fact::{Fact, FactFlags, Receipt, Told, What};
use events::id;
use events::place::Site;
use events::reason::{Reason, Rejected};
use events::time::{CellTime, EventTime, believed};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

pub use crate::pseudonym::Pseudonyms;
use message::Message;
use trigger::Trigger;

/// Longest message, in bytes; a longer one is a dead letter `payload_too_large`.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What is agreed with a sender of messages.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The site that its messages are about.
    pub site: Site,
    /// The zone of times that name no offset.
    pub zone: TimeZone,
    /// Makes pseudonyms of patient identifiers.
    pub pseudonyms: Pseudonyms,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It told something; at least one fact, all of them at one time.
    Facts(Told),
    /// A known event, such as `ORU^R01`, that moves nobody.
    Ignored(String),
    /// It could not be understood.
    Dead(Rejected),
}

impl Interface {
    /// What one message says that came at `now`. Without a `now` every message
    /// was told at its own event time, and no time is too far ahead.
    pub fn read(&self, message: &[u8], now: Option<CellTime>) -> Outcome {
        self.understand(message, now).unwrap_or_else(Outcome::Dead)
    }

    fn understand(&self, bytes: &[u8], now: Option<CellTime>) -> Result<Outcome, Rejected> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            let detail = format!("message is longer than {MESSAGE_BYTES_MAX} bytes");
            return Err(Rejected::new(Reason::PayloadTooLarge, detail));
        }
        let text = message::normalise(bytes)?;
        let message = Message::parse(&text)?;
        let event = match trigger::of(&message)? {
            Trigger::Ignored(name) => return Ok(Outcome::Ignored(name)),
            Trigger::Taken(event) => event,
        };
        let at = time::of(&message, &self.zone)?;
        let facts = visits::told(&message, event, &self.naming())?;
        let stamp = Stamp::new(at, now)?;
        Ok(Outcome::Facts(Told {
            site: self.site.clone(),
            source: source(&message)?,
            facts: facts
                .into_iter()
                .map(|what| stamp.fact(what, event.flags()))
                .collect(),
            receipt: Some(receipt(&message, &text)?),
        }))
    }

    fn naming(&self) -> visits::Naming<'_> {
        visits::Naming {
            tenant: &self.site.tenant,
            pseudonyms: &self.pseudonyms,
        }
    }
}

/// The times of a message's facts.
struct Stamp {
    at: EventTime,
    told: CellTime,
    flags: FactFlags,
}

impl Stamp {
    fn new(at: EventTime, now: Option<CellTime>) -> Result<Self, Rejected> {
        let told = now.unwrap_or(CellTime(at.0));
        let (at, flags) = believed(Some(at), told)?;
        Ok(Self {
            at,
            told,
            flags: FactFlags(flags.0),
        })
    }

    fn fact(&self, what: What, flags: FactFlags) -> Fact {
        Fact {
            at: self.at,
            told: self.told,
            flags: FactFlags(self.flags.0 | flags.0),
            what,
        }
    }
}

/// `hl7:` and the sending application; `-` when the sender does not say.
fn source(message: &Message<'_>) -> Result<String, Rejected> {
    let Some(name) = message.header(3)? else {
        return Ok("hl7:-".to_owned());
    };
    let name = id::encode(&name)
        .map_err(|error| Rejected::new(Reason::IdInvalid, format!("MSH-3 {error}")))?;
    Ok(format!("hl7:{name}"))
}

/// Sender and control id, and the text without its framing and line ends.
fn receipt(message: &Message<'_>, text: &str) -> Result<Receipt, Rejected> {
    let mut key = Sha256::new();
    for field in [3, 4, 10] {
        let part = message.header(field)?.unwrap_or_default();
        key.update((part.len() as u64).to_be_bytes());
        key.update(part);
    }
    Ok(Receipt {
        path: "hl7".to_owned(),
        key: key.finalize().into(),
        body: Sha256::digest(text).into(),
    })
}

#[cfg(test)]
mod tests;
