//! HL7 v2: what a message tells about visits, beds, appointments and vital signs, whichever way it
//! comes. Pure: bytes and the time of receipt go in, facts, a count or a reason come
//! out; nothing panics, whatever the bytes. `docs/hl7.md` says which field is read for
//! what.
//!
//! - [`split`]: where in a file the messages are.
//! - [`Interface::read`]: what one message says.
//! - [`local`]: what is agreed with its sender, [`charset`] among it.
//! - [`seen`]: which messages have been heard before.
//! - [`recall`]: which of them the log holds.
//! - [`replay`]: whole files, in the order of event time.

mod appointments;
mod beds;
pub mod charset;
pub mod local;
mod message;
mod people;
mod places;
pub mod recall;
pub mod replay;
pub mod seen;
pub mod split;
mod time;
mod trigger;
mod visits;
mod vitals;

use events::fact::{Fact, FactFlags, Receipt, Told, VisitEvent, What};
use events::id;
use events::place::Site;
use events::reason::{Reason, Rejected};
use events::time::{CellTime, EventTime, believed};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

pub use crate::pseudonym::Pseudonyms;
use local::Local;
use message::Message;
use places::{Naming, Speech};
use trigger::{Event, Trigger};

pub use trigger::TYPES;

/// Longest message, in bytes; a longer one is a dead letter `payload_too_large`.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// [`Told::source`] of what came this way begins with it.
pub const SOURCE: &str = "hl7:";

/// [`Receipt::path`] of a message.
const RECEIPT: &str = "hl7";

/// What is agreed with a sender of messages.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The site that its messages are about.
    pub site: Site,
    /// The zone of times that name no offset.
    pub zone: TimeZone,
    /// Makes pseudonyms of patient identifiers.
    pub pseudonyms: Pseudonyms,
    /// What else is agreed.
    pub local: Local,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It told something; at least one fact. All are at one time, but for vital signs.
    Facts(Told),
    /// A known event, such as `ORM^O01`, that tells nothing that is a fact here.
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
        let text = message::normalise(bytes, self.local.charset)?;
        let message = Message::parse(&text)?;
        let (trigger, name) = trigger::of(&message)?;
        let event = match trigger {
            Trigger::Taken(Event::Updated) if !self.local.a08_moves => {
                return Ok(Outcome::Ignored(name));
            }
            Trigger::Ignored => return Ok(Outcome::Ignored(name)),
            Trigger::Taken(event) => event,
        };
        let facts = self.facts(&message, event)?;
        if facts.is_empty() {
            return Ok(Outcome::Ignored(name));
        }
        let stamped = |(at, what)| Ok(Stamp::new(at, now)?.fact(what, event.flags()));
        Ok(Outcome::Facts(Told {
            site: self.site.clone(),
            source: source(&message)?,
            facts: facts
                .into_iter()
                .map(stamped)
                .collect::<Result<_, Rejected>>()?,
            receipt: Some(receipt(&message, &text)?),
        }))
    }

    /// What a message of this event says, in its order, each with its time.
    fn facts(
        &self,
        message: &Message<'_>,
        event: Event,
    ) -> Result<Vec<(EventTime, What)>, Rejected> {
        let naming = Naming {
            tenant: &self.site.tenant,
            pseudonyms: &self.pseudonyms,
            local: &self.local,
        };
        let speech = Speech {
            message,
            naming: &naming,
        };
        if event == Event::Observed {
            return vitals::told(&speech, &self.zone);
        }
        let at = time::of(message, &self.zone)?;
        let facts = self.said(&speech, event)?.into_iter();
        Ok(facts.map(|what| (at, what)).collect())
    }

    /// What a message says that is all of one time.
    fn said(&self, speech: &Speech<'_, '_>, event: Event) -> Result<Vec<What>, Rejected> {
        match event {
            Event::Appointment(planning) => {
                return appointments::told(speech, planning, &self.zone);
            }
            Event::BedStatus => return beds::told(speech),
            _ => {}
        }
        let groups = speech.groups()?;
        let first = groups.first().expect("there is at least one");
        let what = match event {
            Event::Admitted => return speech.admitted(first),
            Event::Cancelled => speech.said(first, VisitEvent::Cancelled)?,
            Event::ClassChanged => return speech.class_changed(first),
            Event::Discharged => speech.said(first, VisitEvent::Discharged)?,
            Event::Merged => return groups.iter().map(|group| speech.merged(group)).collect(),
            Event::PutBack => speech.placed(first, VisitEvent::PlacedByCancel)?,
            Event::Renumbered => return speech.renumbered(first),
            Event::Swapped => return speech.swapped(&groups),
            Event::Transferred => speech.placed(first, VisitEvent::Transferred)?,
            Event::Updated => return speech.updated(first),
            Event::Appointment(_) | Event::BedStatus | Event::Observed => return Ok(vec![]),
        };
        Ok(vec![what])
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
        return Ok(format!("{SOURCE}-"));
    };
    let name = id::encode(&name)
        .map_err(|error| Rejected::new(Reason::IdInvalid, format!("MSH-3 {error}")))?;
    Ok(format!("{SOURCE}{name}"))
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
        path: RECEIPT.to_owned(),
        key: key.finalize().into(),
        body: Sha256::digest(text).into(),
    })
}

/// By what a message that was told is remembered: its sender, control id and content,
/// and the site. An id used again with other content is another message. `None` when
/// it came in another way.
pub fn receipt_of(told: &Told) -> Option<Receipt> {
    let receipt = told.receipt.as_ref()?;
    if !told.source.starts_with(SOURCE) {
        return None;
    }
    let Site { tenant, site } = &told.site;
    let mut key = Sha256::new();
    key.update(receipt.key);
    key.update(receipt.body);
    Some(Receipt {
        path: format!("{RECEIPT}/{tenant}/{site}"),
        key: key.finalize().into(),
        body: receipt.body,
    })
}

#[cfg(test)]
mod tests;
