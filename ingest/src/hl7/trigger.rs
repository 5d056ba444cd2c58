//! Which event a message is about, and whether it tells something.

use events::fact::FactFlags;
use events::reason::{Reason, Rejected};

use super::message::Message;

/// What is to be done about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// It tells something.
    Taken(Event),
    /// A known event that does not, by its name.
    Ignored,
}

/// An event that tells something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A01, A04.
    Admitted,
    /// S12, S13, and S14, S18 to S22, where SCH-25 says what has happened.
    Appointment(Planning),
    /// A20.
    BedStatus,
    /// A11, A38.
    Cancelled,
    /// A06, A07: as a move, and under another number when MRG names one.
    ClassChanged,
    /// A03.
    Discharged,
    /// A34, A40.
    Merged,
    /// R01: results, vital signs among them.
    Observed,
    /// A12, A13: back to PV1-3, also after the stay was closed.
    PutBack,
    /// A45, A50: the visit of MRG goes on under the number of PV1.
    Renumbered,
    /// A17.
    Swapped,
    /// A02.
    Transferred,
    /// A08.
    Updated,
}

/// What is said of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planning {
    /// Agreed for a time.
    Booked,
    /// What SCH-25 says; without it, agreed for a time.
    Changed,
    /// It will not take place.
    Cancelled,
    /// The patient did not come.
    NoShow,
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

/// Message types of the standard; all but ADT, SIU and ORU^R01 tell nothing that is a fact
/// here.
pub const TYPES: &[&str] = &[
    "ACK", "ADT", "BAR", "DFT", "MCF", "MDM", "MFN", "OMD", "OMG", "OMI", "OML", "OMN", "OMP",
    "OMS", "ORL", "ORM", "ORR", "ORU", "OUL", "PPR", "QBP", "QRY", "RAS", "RDE", "RDS", "REF",
    "RGV", "RSP", "SIU", "SRM", "VXU",
];

/// The highest numbers of events in the standard.
const ADT_LAST: u32 = 62;
const SIU_FIRST: u32 = 12;
const SIU_LAST: u32 = 29;

/// Reads MSH-9, and gives its name; an ADT message may leave the event to EVN-1.
pub(super) fn of(message: &Message<'_>) -> Result<(Trigger, String), Rejected> {
    let Some(kind) = message.header(9)? else {
        return Err(Rejected::new(Reason::Hl7Header, "MSH-9 is missing"));
    };
    let event = message.first("MSH", 9, 2)?;
    if kind == "ORU" && event.as_deref() == Some("R01") {
        return Ok((
            Trigger::Taken(Event::Observed),
            name(&kind, event.as_deref()),
        ));
    }
    if !matches!(kind.as_str(), "ADT" | "SIU") && TYPES.contains(&kind.as_str()) {
        return Ok((Trigger::Ignored, name(&kind, event.as_deref())));
    }
    let event = match event {
        Some(event) => event,
        None => message
            .first("EVN", 1, 1)?
            .ok_or_else(|| Rejected::new(Reason::Hl7Header, "MSH-9.2 is missing"))?,
    };
    let known = match kind.as_str() {
        "ADT" => adt(&event),
        "SIU" => siu(&event),
        _ => None,
    };
    let trigger = known.ok_or_else(|| {
        let detail = "MSH-9 is no event of the standard that is known here";
        Rejected::new(Reason::TriggerUnknown, detail)
    })?;
    Ok((trigger, name(&kind, Some(&event))))
}

fn adt(event: &str) -> Option<Trigger> {
    let taken = match event {
        "A01" | "A04" => Event::Admitted,
        "A02" => Event::Transferred,
        "A03" => Event::Discharged,
        "A06" | "A07" => Event::ClassChanged,
        "A08" => Event::Updated,
        "A11" | "A38" => Event::Cancelled,
        "A12" | "A13" => Event::PutBack,
        "A17" => Event::Swapped,
        "A20" => Event::BedStatus,
        "A34" | "A40" => Event::Merged,
        "A45" | "A50" => Event::Renumbered,
        other => return is_event(other, "A", 1, ADT_LAST).then_some(Trigger::Ignored),
    };
    Some(Trigger::Taken(taken))
}

fn siu(event: &str) -> Option<Trigger> {
    let planning = match event {
        "S12" | "S13" => Planning::Booked,
        "S14" | "S18" | "S19" | "S20" | "S21" | "S22" => Planning::Changed,
        "S15" | "S16" | "S17" => Planning::Cancelled,
        "S26" => Planning::NoShow,
        other => return is_event(other, "S", SIU_FIRST, SIU_LAST).then_some(Trigger::Ignored),
    };
    Some(Trigger::Taken(Event::Appointment(planning)))
}

fn is_event(event: &str, letter: &str, first: u32, last: u32) -> bool {
    let number = event
        .strip_prefix(letter)
        .filter(|digits| digits.len() == 2);
    number
        .and_then(|digits| digits.parse().ok())
        .is_some_and(|number: u32| (first..=last).contains(&number))
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
