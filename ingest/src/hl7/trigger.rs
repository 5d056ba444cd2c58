//! Which event a message is about, and whether it moves anybody.

use events::fact::FactFlags;
use events::reason::{Reason, Rejected};

use super::message::Message;

/// What is to be done about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// It moves somebody.
    Taken(Event),
    /// A known event that does not, by its name.
    Ignored(String),
}

/// An event that moves somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A01, A04.
    Admitted,
    /// A11.
    Cancelled,
    /// A03.
    Discharged,
    /// A40.
    Merged,
    /// A12, A13: back to PV1-3, also after the stay was closed.
    PutBack,
    /// A17.
    Swapped,
    /// A02.
    Transferred,
}

impl Event {
    /// What is to be remarked on its facts.
    pub(super) fn flags(self) -> FactFlags {
        match self {
            Self::PutBack => FactFlags::REOPENED_BY_CANCEL,
            _ => FactFlags::default(),
        }
    }
}

/// Message types of the standard that tell nothing about where patients lie.
const OTHER_TYPES: &[&str] = &[
    "ACK", "BAR", "DFT", "MDM", "MFN", "OMD", "OMG", "OMI", "OML", "OMN", "OMP", "OMS", "ORL",
    "ORM", "ORR", "ORU", "OUL", "PPR", "QBP", "QRY", "RAS", "RDE", "RDS", "REF", "RGV", "RSP",
    "SIU", "SRM", "VXU",
];

/// The highest number of an ADT event in the standard.
const ADT_LAST: u32 = 62;

/// Reads MSH-9; an ADT message may leave the event to EVN-1.
pub(super) fn of(message: &Message<'_>) -> Result<Trigger, Rejected> {
    let Some(kind) = message.header(9)? else {
        return Err(Rejected::new(Reason::Hl7Header, "MSH-9 is missing"));
    };
    let event = message.first("MSH", 9, 2)?;
    if OTHER_TYPES.contains(&kind.as_str()) {
        return Ok(Trigger::Ignored(name(&kind, event.as_deref())));
    }
    let event = match event {
        Some(event) => event,
        None => message
            .first("EVN", 1, 1)?
            .ok_or_else(|| Rejected::new(Reason::Hl7Header, "MSH-9.2 is missing"))?,
    };
    let taken = match (kind.as_str(), event.as_str()) {
        ("ADT", "A01" | "A04") => Event::Admitted,
        ("ADT", "A02") => Event::Transferred,
        ("ADT", "A03") => Event::Discharged,
        ("ADT", "A11") => Event::Cancelled,
        ("ADT", "A12" | "A13") => Event::PutBack,
        ("ADT", "A17") => Event::Swapped,
        ("ADT", "A40") => Event::Merged,
        ("ADT", other) if is_adt(other) => return Ok(Trigger::Ignored(name("ADT", Some(other)))),
        _ => {
            let detail = "MSH-9 is no event of the standard that is known here";
            return Err(Rejected::new(Reason::TriggerUnknown, detail));
        }
    };
    Ok(Trigger::Taken(taken))
}

fn is_adt(event: &str) -> bool {
    let number = event.strip_prefix('A').filter(|digits| digits.len() == 2);
    number
        .and_then(|digits| digits.parse().ok())
        .is_some_and(|number: u32| (1..=ADT_LAST).contains(&number))
}

/// `ORU^R01`, or only the type when the event is no event code: names are few.
fn name(kind: &str, event: Option<&str>) -> String {
    let code = event.filter(|event| {
        let bytes = event.as_bytes();
        bytes.len() == 3
            && bytes[0].is_ascii_uppercase()
            && bytes[1..].iter().all(u8::is_ascii_digit)
    });
    code.map_or(kind.to_owned(), |code| format!("{kind}^{code}"))
}
