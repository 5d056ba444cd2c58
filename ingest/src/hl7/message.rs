//! One message as segments and fields. The bytes are first brought to the one
//! form that the parser expects: UTF-8 from whatever MSH-18 says, segments joined by CR, four encoding
//! characters. Values are read unescaped and trimmed; an empty value and the
//! explicit null `""` are both absent.

use std::fmt;

use events::reason::{Reason, Rejected};
use hl7_parser::message::{Repeat, Segment};

use super::charset::Charset;
use super::split;

/// Stands in a text for bytes that mean nothing in its character set.
const NO_TEXT: char = char::REPLACEMENT_CHARACTER;

/// Fields, repetitions, components and segments of a message: each costs the parser hundreds of
/// bytes, so that a message of nothing but separators would take gigabytes.
const PARTS_MAX: usize = 100_000;

/// A message's text in the form that [`Message::parse`] expects; in `otherwise` when it
/// names no character set. Bytes that mean nothing in its character set do no harm in
/// fields that nobody reads.
pub(super) fn normalise(bytes: &[u8], otherwise: Charset) -> Result<String, Rejected> {
    let charset = Charset::of(bytes, otherwise)?;
    let mut lines = split::lines(bytes);
    let header = lines
        .next()
        .ok_or_else(|| Rejected::new(Reason::Empty, "message has no segment"))?;
    let mut text = normal_header(&charset.text(header))?;
    let separator = char::from(header[3]);
    for line in lines {
        if split::is_header(line) {
            let detail = "message holds another one";
            return Err(Rejected::new(Reason::Hl7Syntax, detail));
        }
        let line = charset.text(line);
        text.push('\r');
        text.push_str(&line);
        // A segment without fields may come as its bare name.
        if line.len() == 3 {
            text.push(separator);
        }
    }
    Ok(text)
}

/// The header with exactly four encoding characters; the fifth, of v2.7, only
/// says how cut-off texts are marked.
fn normal_header(header: &str) -> Result<String, Rejected> {
    let wrong = |detail| Rejected::new(Reason::Hl7Header, detail);
    let rest = header
        .strip_prefix("MSH")
        .ok_or_else(|| wrong("message does not begin with MSH"))?;
    let separator = rest
        .chars()
        .next()
        .ok_or_else(|| wrong("MSH-1 is missing"))?;
    let rest = &rest[separator.len_utf8()..];
    let (encoding, fields) = rest
        .split_once(separator)
        .ok_or_else(|| wrong("MSH ends before MSH-3"))?;
    let mut characters: Vec<char> = encoding.chars().collect();
    if !matches!(characters.len(), 4 | 5) {
        return Err(wrong("MSH-2 does not have 4 or 5 characters"));
    }
    characters.push(separator);
    let proper = characters
        .iter()
        .enumerate()
        .all(|(i, c)| c.is_ascii_punctuation() && !characters[..i].contains(c));
    if !proper {
        let detail = "MSH-1 and MSH-2 are not different punctuation characters";
        return Err(wrong(detail));
    }
    let encoding = &encoding[..4];
    Ok(format!("MSH{separator}{encoding}{separator}{fields}"))
}

/// How often a message's own separators stand in it.
fn parts(text: &str) -> usize {
    let separators = text.as_bytes().get(3..8).unwrap_or_default();
    let is_separator = |byte: &&u8| **byte == b'\r' || separators.contains(byte);
    text.as_bytes().iter().filter(is_separator).count()
}

/// A parsed message.
pub(super) struct Message<'m> {
    parsed: hl7_parser::Message<'m>,
}

/// Where a value stands, as people write it: `PV1-3.1`.
#[derive(Clone, Copy)]
pub(super) struct Spot(pub(super) &'static str, pub(super) usize, pub(super) usize);

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(segment, field, component) = self;
        write!(f, "{segment}-{field}.{component}")
    }
}

impl<'m> Message<'m> {
    /// Parses a text that [`normalise`] made.
    pub(super) fn parse(text: &'m str) -> Result<Self, Rejected> {
        let wrong = |detail| Rejected::new(Reason::Hl7Syntax, detail);
        if parts(text) > PARTS_MAX {
            let detail = format!("message has more than {PARTS_MAX} fields and parts of fields");
            return Err(Rejected::new(Reason::PayloadTooLarge, detail));
        }
        let parsed = hl7_parser::Message::parse(text)
            .map_err(|_| wrong("message does not consist of segments".to_owned()))?;
        // The parser stops without a word at the first line that is no segment.
        if parsed.raw_value().len() != text.len() {
            let line = parsed.segments().count() + 1;
            return Err(wrong(format!("line {line} is not a segment")));
        }
        Ok(Self { parsed })
    }

    /// The segments, in their order.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment<'m>> {
        self.parsed.segments()
    }

    /// The first component of a field of the header.
    pub(super) fn header(&self, field: usize) -> Result<Option<String>, Rejected> {
        self.first("MSH", field, 1)
    }

    /// A component of a field of the first segment of that name.
    pub(super) fn first(
        &self,
        segment: &'static str,
        field: usize,
        component: usize,
    ) -> Result<Option<String>, Rejected> {
        match self.parsed.segment(segment) {
            Some(found) => self.value(found, Spot(segment, field, component)),
            None => Ok(None),
        }
    }

    /// The value at a spot of a segment, in the field's first repetition.
    pub(super) fn value(
        &self,
        segment: &Segment<'m>,
        spot: Spot,
    ) -> Result<Option<String>, Rejected> {
        match repetitions(segment, spot.1).next() {
            Some(repetition) => self.component(repetition, spot),
            None => Ok(None),
        }
    }

    /// The value of a component of one repetition.
    pub(super) fn component(
        &self,
        repetition: &Repeat<'m>,
        spot: Spot,
    ) -> Result<Option<String>, Rejected> {
        let raw = repetition
            .component(spot.2)
            .and_then(|component| component.subcomponent(1))
            .map_or("", |subcomponent| subcomponent.raw_value());
        if raw.contains(NO_TEXT) {
            let detail = format!("{spot} has bytes that its character set does not know");
            return Err(Rejected::new(Reason::Utf8Invalid, detail));
        }
        let value = self.unescape(raw);
        let value = value.trim();
        Ok((!value.is_empty() && value != "\"\"").then(|| value.to_owned()))
    }

    /// Replaces the escapes of separators; others stay as they are.
    fn unescape(&self, raw: &str) -> String {
        let separators = &self.parsed.separators;
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((before, escaped)) = rest.split_once(separators.escape) {
            value.push_str(before);
            let replaced = escaped
                .split_once(separators.escape)
                .and_then(|(name, after)| {
                    let character = match name {
                        "F" => separators.field,
                        "S" => separators.component,
                        "T" => separators.subcomponent,
                        "R" => separators.repetition,
                        "E" => separators.escape,
                        _ => return None,
                    };
                    Some((character, after))
                });
            let (character, after) = replaced.unwrap_or((separators.escape, escaped));
            value.push(character);
            rest = after;
        }
        value.push_str(rest);
        value
    }
}

/// The repetitions of a field.
pub(super) fn repetitions<'s, 'm>(
    segment: &'s Segment<'m>,
    field: usize,
) -> impl Iterator<Item = &'s Repeat<'m>> {
    segment
        .field(field)
        .into_iter()
        .flat_map(|field| field.repeats())
}
