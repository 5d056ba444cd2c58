//! The format Native for clients that name a revision of the native protocol, as Grafana's plugin
//! does (its Go driver reads every answer so).
//!
//! The engine writes revision 0. Later revisions put a fixed preamble before each block and one
//! byte before the data of each column (0: the usual serialization), so the data has to be walked
//! by type. Pure. A type whose length it cannot tell is refused by name.

use crate::exception::{Exception, Reason};

/// The first revision with a byte for the serialization of each column.
const CUSTOM_SERIALIZATION: u64 = 54454;
/// Field 1: no overflow row; field 2: bucket -1; end.
const BLOCK_INFO: [u8; 8] = [1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0];

/// Rewrites `plain`, an answer of revision 0, for `revision` (1 or later).
pub(crate) fn with_revision(plain: &[u8], revision: u64) -> Result<Vec<u8>, Exception> {
    let mut rest = Walk { rest: plain };
    let mut written = Vec::with_capacity(plain.len() + 64);
    while !rest.rest.is_empty() {
        written.extend_from_slice(&BLOCK_INFO);
        let start = rest.rest;
        let (columns, rows) = (rest.count()?, rest.count()?);
        written.extend_from_slice(rest.since(start));
        for _ in 0..columns {
            let start = rest.rest;
            rest.text()?;
            let kind = Kind::parse(rest.text()?)?;
            written.extend_from_slice(rest.since(start));
            if revision >= CUSTOM_SERIALIZATION {
                written.push(0);
            }
            let start = rest.rest;
            if rows > 0 {
                rest.prefix(&kind)?;
                rest.data(&kind, rows)?;
            }
            written.extend_from_slice(rest.since(start));
        }
    }
    Ok(written)
}

/// How the values of a type lie in a column.
enum Kind {
    /// So many bytes each.
    Fixed(usize),
    /// A length and so many bytes each.
    Text,
    /// A byte each, then the values.
    Nullable(Box<Kind>),
    /// The ends, 8 bytes each, then the values.
    Array(Box<Kind>),
    /// One column after the other.
    Tuple(Vec<Kind>),
    /// A dictionary and places in it.
    LowCardinality(Box<Kind>),
}

impl Kind {
    fn parse(text: &str) -> Result<Self, Exception> {
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (name, split(rest.strip_suffix(')').unwrap_or(rest))),
            None => (text, Vec::new()),
        };
        let argument = |at: usize| arguments.get(at).copied().ok_or_else(|| unknown(text));
        let number = |at| argument(at)?.parse::<usize>().map_err(|_| unknown(text));
        let inner = |at| Self::parse(argument(at)?).map(Box::new);
        Ok(match name {
            "UInt8" | "Int8" | "Bool" | "Enum8" | "Nothing" => Self::Fixed(1),
            "UInt16" | "Int16" | "Date" | "Enum16" | "BFloat16" => Self::Fixed(2),
            "UInt32" | "Int32" | "Float32" | "Date32" | "DateTime" | "Time" | "IPv4"
            | "Decimal32" => Self::Fixed(4),
            "UInt64" | "Int64" | "Float64" | "DateTime64" | "Time64" | "Decimal64" => {
                Self::Fixed(8)
            }
            _ if name.starts_with("Interval") => Self::Fixed(8),
            "UInt128" | "Int128" | "UUID" | "IPv6" | "Decimal128" => Self::Fixed(16),
            "UInt256" | "Int256" | "Decimal256" => Self::Fixed(32),
            "Decimal" => Self::Fixed(match number(0)? {
                0..=9 => 4,
                10..=18 => 8,
                19..=38 => 16,
                _ => 32,
            }),
            "FixedString" => Self::Fixed(number(0)?),
            "String" => Self::Text,
            "Nullable" => Self::Nullable(inner(0)?),
            "LowCardinality" => Self::LowCardinality(inner(0)?),
            "SimpleAggregateFunction" => *inner(1)?,
            "Array" => Self::Array(inner(0)?),
            "Tuple" => Self::tuple(&arguments)?,
            "Map" | "Nested" => Self::Array(Box::new(Self::tuple(&arguments)?)),
            _ => return Err(unknown(text)),
        })
    }

    fn tuple(elements: &[&str]) -> Result<Self, Exception> {
        elements
            .iter()
            .map(|element| Self::parse(unnamed(element)))
            .collect::<Result<_, _>>()
            .map(Self::Tuple)
    }
}

/// The arguments of a type, cut at the commas outside of brackets and quotes.
fn split(arguments: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, _) in outside(arguments).filter(|(_, sign)| *sign == ',') {
        pieces.push(arguments[start..at].trim());
        start = at + 1;
    }
    pieces.push(arguments[start..].trim());
    pieces
}

/// `bed UInt8` without its name.
fn unnamed(element: &str) -> &str {
    let space = outside(element).filter(|(_, sign)| *sign == ' ').last();
    space.map_or(element, |(at, _)| &element[at + 1..])
}

/// The signs outside of brackets and quotes, with their places.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    text.char_indices().filter(move |(_, sign)| {
        if quote.is_some() {
            let ends = quote == Some(*sign) && !escaped;
            escaped = *sign == '\\' && !escaped;
            if ends {
                quote = None;
            }
            return false;
        }
        match sign {
            '\'' | '`' => quote = Some(*sign),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

/// What has not been read yet.
struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    fn since(&self, start: &'a [u8]) -> &'a [u8] {
        &start[..start.len() - self.rest.len()]
    }

    fn skip(&mut self, values: usize, bytes: usize) -> Result<&'a [u8], Exception> {
        let length = values.checked_mul(bytes).ok_or_else(cut)?;
        let (skipped, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(skipped)
    }

    fn number(&mut self) -> Result<usize, Exception> {
        let bytes = self.skip(1, 8)?.try_into().expect("8 bytes were taken");
        usize::try_from(u64::from_le_bytes(bytes)).map_err(|_| cut())
    }

    /// A number of variable length, seven bits a byte, the lowest first.
    fn count(&mut self) -> Result<usize, Exception> {
        let mut value = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.skip(1, 1)?[0];
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(cut())
    }

    fn text(&mut self) -> Result<&'a str, Exception> {
        let length = self.count()?;
        std::str::from_utf8(self.skip(length, 1)?).map_err(|_| cut())
    }

    /// What the types of a column write before all of its data.
    fn prefix(&mut self, kind: &Kind) -> Result<(), Exception> {
        match kind {
            Kind::Fixed(_) | Kind::Text => Ok(()),
            Kind::Nullable(inner) | Kind::Array(inner) => self.prefix(inner),
            Kind::Tuple(elements) => elements.iter().try_for_each(|element| self.prefix(element)),
            Kind::LowCardinality(_) => self.skip(1, 8).map(drop),
        }
    }

    fn data(&mut self, kind: &Kind, rows: usize) -> Result<(), Exception> {
        match kind {
            Kind::Fixed(bytes) => self.skip(rows, *bytes).map(drop),
            Kind::Text => (0..rows).try_for_each(|_| {
                let length = self.count()?;
                self.skip(length, 1).map(drop)
            }),
            Kind::Nullable(inner) => {
                self.skip(rows, 1)?;
                self.data(inner, rows)
            }
            Kind::Array(inner) => {
                let ends = self.skip(rows, 8)?;
                let values = Walk {
                    rest: &ends[ends.len().saturating_sub(8)..],
                }
                .number();
                self.data(inner, if rows == 0 { 0 } else { values? })
            }
            Kind::Tuple(elements) => elements
                .iter()
                .try_for_each(|element| self.data(element, rows)),
            Kind::LowCardinality(_) if rows == 0 => Ok(()),
            Kind::LowCardinality(inner) => self.dictionary(inner),
        }
    }

    /// Flags with the width of a place, the values, the places. The dictionary of a nullable type
    /// holds plain values.
    fn dictionary(&mut self, inner: &Kind) -> Result<(), Exception> {
        let flags = self.number()?;
        let values = self.number()?;
        self.data(
            if let Kind::Nullable(inner) = inner {
                inner
            } else {
                inner
            },
            values,
        )?;
        let places = self.number()?;
        self.skip(places, 1 << (flags & 3)).map(drop)
    }
}

fn unknown(kind: &str) -> Exception {
    let detail = format!(
        "the embedded engine cannot send {kind} in the format Native of this client; \
         convert it with toString or CAST"
    );
    Exception::refusal(Reason::NOT_IMPLEMENTED, &detail)
}

fn cut() -> Exception {
    Exception::refusal(
        Reason::STD_EXCEPTION,
        "an answer in the format Native is not what it says",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preamble_and_a_byte_for_each_column_are_added() {
        let plain = b"\x02\x01\x01a\x05UInt8\x07\x01b\x06String\x02hi";
        let expected = [
            &BLOCK_INFO[..],
            b"\x02\x01\x01a\x05UInt8\x00\x07\x01b\x06String\x00\x02hi",
        ]
        .concat();
        assert_eq!(with_revision(plain, CUSTOM_SERIALIZATION), Ok(expected));
        assert_eq!(
            with_revision(plain, 1),
            Ok([&BLOCK_INFO[..], plain].concat())
        );
        for end in 1..plain.len() {
            assert!(with_revision(&plain[..end], 1).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_type_without_a_known_length_is_refused_by_name() {
        let plain = b"\x01\x01\x01a\x07Dynamic\x00";
        let refused = with_revision(plain, 1).expect_err("it is not known");
        assert!(
            refused.to_string().contains("cannot send Dynamic"),
            "{refused}"
        );
    }

    #[test]
    fn names_and_quotes_do_not_confuse_the_arguments() {
        assert_eq!(
            split("a Enum8('x, (' = 1), `b ,` Array(T)"),
            ["a Enum8('x, (' = 1)", "`b ,` Array(T)"]
        );
        assert_eq!(unnamed("`b ,` Array(T)"), "Array(T)");
        assert_eq!(unnamed("DateTime64(3, 'UTC')"), "DateTime64(3, 'UTC')");
    }
}
