//! What a sender is told of a message, as HL7 has it: in the original mode one
//! application acknowledgement (AA, AE, AR); in the enhanced mode, which MSH-15 or
//! MSH-16 asks for, a commit acknowledgement (CA, CE, CR) and an application
//! acknowledgement, each where it is asked for. What is wrong is said in ERR by
//! place, code and reason, and never with a value out of the message. Pure.
//!
//! Answers use the separators of the message and repeat the fields of its header
//! that say who speaks to whom, byte for byte, so they are in its character set.

use std::fmt::Write as _;

use events::reason::{Reason, Rejected};
use events::time::CellTime;
use jiff::Timestamp;

use super::frames::{END, RETURN, START};
use crate::hl7::split;

/// Longest field of a header that is repeated, in bytes.
const FIELD_MAX: usize = 1024;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken, for good.
    Taken,
    /// It is not, and will not be when it comes again.
    Refused(Rejected),
}

/// Who wants to be told what of a message. Made of the bytes as they came, which may
/// be no message at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    separator: u8,
    encoding: Vec<u8>,
    /// The fields of the header, from MSH-3 on.
    fields: Vec<Vec<u8>>,
}

/// When an acknowledgement is wanted, as in table 0155.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Always,
    Never,
    OnError,
    OnSuccess,
}

impl Reply {
    /// To the sender of this message.
    pub fn to(message: &[u8]) -> Self {
        let header = split::lines(message).next().unwrap_or_default();
        Self::of_header(header).unwrap_or_else(|| Self {
            separator: b'|',
            encoding: br"^~\&".to_vec(),
            fields: Vec::new(),
        })
    }

    fn of_header(header: &[u8]) -> Option<Self> {
        let rest = header.strip_prefix(b"MSH")?;
        let (&separator, rest) = rest.split_first()?;
        let mut fields = rest.split(|byte| *byte == separator);
        let encoding = fields.next()?;
        let marks = separator.is_ascii_punctuation()
            && matches!(encoding.len(), 4 | 5)
            && encoding.iter().all(u8::is_ascii_punctuation);
        let kept = |field: &[u8]| field[..field.len().min(FIELD_MAX)].to_vec();
        marks.then(|| Self {
            separator,
            encoding: encoding.to_vec(),
            fields: fields.take(18).map(kept).collect(),
        })
    }

    /// Whether the message is itself an acknowledgement, which is never acknowledged.
    pub fn is_acknowledgement(&self) -> bool {
        let kind = self.components(9).next().unwrap_or_default();
        matches!(kind, b"ACK" | b"MCF")
    }

    /// The frames to send, one after the other; none when the sender wants none.
    /// `id` names them among all that we send, `now` is their time.
    pub fn frames(&self, verdict: &Verdict, id: &str, now: CellTime) -> Vec<u8> {
        let mut frames = Vec::new();
        for code in self.codes(verdict) {
            frames.push(START);
            frames.extend(self.acknowledgement(code, verdict, id, now));
            frames.extend([END, RETURN]);
        }
        frames
    }

    fn codes(&self, verdict: &Verdict) -> Vec<&'static str> {
        let (commit, application) = match verdict {
            Verdict::Taken => ("CA", "AA"),
            Verdict::Refused(rejected) if is_of_header(rejected.reason) => ("CR", "AR"),
            Verdict::Refused(_) => ("CE", "AE"),
        };
        if self.trimmed(15).is_empty() && self.trimmed(16).is_empty() {
            return vec![application];
        }
        let taken = *verdict == Verdict::Taken;
        let is_wanted = |field| match self.wanted(field) {
            Wanted::Always => true,
            Wanted::Never => false,
            Wanted::OnError => !taken,
            Wanted::OnSuccess => taken,
        };
        let mut codes = Vec::new();
        if is_wanted(15) {
            codes.push(commit);
        }
        // What was not committed has reached no application that could answer.
        if is_wanted(16) && (taken || codes.is_empty()) {
            codes.push(application);
        }
        codes
    }

    fn wanted(&self, field: usize) -> Wanted {
        match self.trimmed(field) {
            b"" | b"NE" => Wanted::Never,
            b"ER" => Wanted::OnError,
            b"SU" => Wanted::OnSuccess,
            _ => Wanted::Always,
        }
    }

    fn acknowledgement(&self, code: &str, verdict: &Verdict, id: &str, now: CellTime) -> Vec<u8> {
        let bar = self.separator;
        let mut text = Vec::from(*b"MSH");
        text.push(bar);
        text.extend(&self.encoding);
        let time = time(now);
        let kind = self.kind();
        let sides = [5, 6, 3, 4].map(|number| self.field(number));
        let said = [time.as_bytes(), b"", &kind, id.as_bytes()];
        let version = [self.or(11, b"P"), self.or(12, b"2.5")];
        for field in sides.into_iter().chain(said).chain(version) {
            text.push(bar);
            text.extend(field);
        }
        if !self.field(18).is_empty() {
            text.extend([bar; 6]);
            text.extend(self.field(18));
        }
        text.extend(b"\rMSA");
        for field in [code.as_bytes(), self.field(10)] {
            text.push(bar);
            text.extend(field);
        }
        text.push(b'\r');
        if let Verdict::Refused(rejected) = verdict {
            text.extend(self.fault(rejected).into_bytes());
        }
        text
    }

    /// ERR: where, which code of table 0357, how bad, and words for a person.
    fn fault(&self, rejected: &Rejected) -> String {
        let [bar, component] = [self.separator, self.encoding[0]].map(char::from);
        let (code, meaning) = table_0357(rejected.reason);
        let mut text = format!("ERR{bar}{bar}{}{bar}", self.place(&rejected.detail));
        let _ = write!(text, "{code}{component}{meaning}{component}HL70357");
        let words = self.escaped(&rejected.to_string());
        let _ = write!(text, "{bar}E{bar}{bar}{bar}{bar}{words}\r");
        text
    }

    /// ERR-2: segment, its number, field and component, as a reason's words name them
    /// first; nothing when they name none.
    fn place(&self, detail: &str) -> String {
        let name = detail.split(' ').next().unwrap_or_default();
        let component = char::from(self.encoding[0]);
        let Some((segment, spot)) = name.split_once('-') else {
            return if is_segment(name) {
                name.to_owned()
            } else {
                String::new()
            };
        };
        let (field, part) = spot.split_once('.').unwrap_or((spot, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_segment(segment) || field.is_empty() || !is_number(field) || !is_number(part) {
            return String::new();
        }
        let mut place = [segment, "1", field].join(&component.to_string());
        if !part.is_empty() {
            let _ = write!(place, "{component}1{component}{part}");
        }
        place
    }

    /// Words without a separator in them.
    fn escaped(&self, words: &str) -> String {
        let escape = char::from(self.encoding[2]);
        let name = |byte: u8| match byte {
            byte if byte == self.separator => Some('F'),
            byte if byte == self.encoding[0] => Some('S'),
            byte if byte == self.encoding[1] => Some('R'),
            byte if byte == self.encoding[2] => Some('E'),
            byte if byte == self.encoding[3] => Some('T'),
            _ => None,
        };
        let mut text = String::new();
        for character in words.chars() {
            match u8::try_from(character).ok().and_then(name) {
                Some(name) => text.extend([escape, name, escape]),
                None if character.is_control() => text.push(' '),
                None => text.push(character),
            }
        }
        text
    }

    /// MSH-9: an acknowledgement of the event that was told.
    fn kind(&self) -> Vec<u8> {
        let event = self.components(9).nth(1).unwrap_or_default();
        let is_event = event.len() == 3 && event.iter().all(u8::is_ascii_alphanumeric);
        if !is_event {
            return b"ACK".to_vec();
        }
        [b"ACK", event, b"ACK"].join(&self.encoding[0])
    }

    fn components(&self, number: usize) -> impl Iterator<Item = &[u8]> {
        let component = self.encoding[0];
        self.trimmed(number).split(move |byte| *byte == component)
    }

    /// A field of the header, from the third on; empty when it is not there.
    fn field(&self, number: usize) -> &[u8] {
        self.fields.get(number - 3).map_or(b"", Vec::as_slice)
    }

    fn trimmed(&self, number: usize) -> &[u8] {
        match self.field(number).trim_ascii() {
            b"\"\"" => b"",
            field => field,
        }
    }

    fn or<'f>(&'f self, number: usize, otherwise: &'f [u8]) -> &'f [u8] {
        match self.field(number) {
            b"" => otherwise,
            field => field,
        }
    }
}

/// The time of an answer, with its offset.
fn time(now: CellTime) -> String {
    let now = Timestamp::from_millisecond(now.0).unwrap_or_default();
    now.strftime("%Y%m%d%H%M%S+0000").to_string()
}

fn is_segment(name: &str) -> bool {
    name.len() == 3
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether the message could not even be told apart: it is rejected, not in error.
fn is_of_header(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Empty | Reason::Hl7Header | Reason::PayloadTooLarge | Reason::TriggerUnknown
    )
}

/// The code of table 0357 that comes nearest to a reason, and what it means.
fn table_0357(reason: Reason) -> (u16, &'static str) {
    match reason {
        Reason::Hl7Syntax | Reason::Empty => (100, "Segment sequence error"),
        Reason::Hl7Header | Reason::Hl7NoPatient | Reason::Hl7NoPlace | Reason::FieldMissing => {
            (101, "Required field missing")
        }
        Reason::CharsetUnknown | Reason::CodeUnknown => (103, "Table value not found"),
        Reason::TriggerUnknown => (201, "Unsupported event code"),
        Reason::PayloadTooLarge => (207, "Application internal error"),
        _ => (102, "Data type error"),
    }
}

#[cfg(test)]
mod tests;
