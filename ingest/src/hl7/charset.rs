//! In which character set a message is, by MSH-18 and table 0211. Each of them has
//! ASCII in its lower half, so segments and the header are found before it is known.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use events::reason::{Reason, Rejected};

use super::split;

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// By their names in table 0211; `encoding_rs` names the same by its standard.
const NAMES: &[(&str, &str)] = &[
    ("ASCII", "utf-8"),
    ("UNICODE UTF-8", "utf-8"),
    ("8859/1", "iso-8859-1"),
    ("8859/2", "iso-8859-2"),
    ("8859/3", "iso-8859-3"),
    ("8859/4", "iso-8859-4"),
    ("8859/5", "iso-8859-5"),
    ("8859/6", "iso-8859-6"),
    ("8859/7", "iso-8859-7"),
    ("8859/8", "iso-8859-8"),
    ("8859/9", "iso-8859-9"),
    ("8859/10", "iso-8859-10"),
    ("8859/11", "iso-8859-11"),
    ("8859/13", "iso-8859-13"),
    ("8859/14", "iso-8859-14"),
    ("8859/15", "iso-8859-15"),
    // Names that are not in the table and that senders use.
    ("UTF-8", "utf-8"),
    ("UTF8", "utf-8"),
    ("ISO-8859-1", "iso-8859-1"),
    ("ISO-8859-15", "iso-8859-15"),
];

impl Default for Charset {
    fn default() -> Self {
        Self(UTF_8)
    }
}

impl Charset {
    /// The one with this name in table 0211.
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, label) = NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Encoding::for_label(label.as_bytes()).map(Self)
    }

    /// The one that a message names first in MSH-18; `otherwise` when it names none.
    pub(super) fn of(message: &[u8], otherwise: Self) -> Result<Self, Rejected> {
        let header = split::lines(message).next().unwrap_or_default();
        let Some(&separator) = header.get(3) else {
            return Ok(otherwise);
        };
        let field = header.split(|byte| *byte == separator).nth(17);
        let repetition = header.get(5).copied().unwrap_or(b'~');
        let name = field.and_then(|field| field.split(|byte| *byte == repetition).next());
        let name = String::from_utf8_lossy(name.unwrap_or_default());
        match name.trim() {
            "" | "\"\"" => Ok(otherwise),
            name => Self::by_name(name).ok_or_else(|| {
                let detail = "MSH-18 names a character set that is not known here";
                Rejected::new(Reason::CharsetUnknown, detail)
            }),
        }
    }

    /// The text of bytes; what they can't mean becomes U+FFFD.
    pub(super) fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        self.0.decode_without_bom_handling(bytes).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known() {
        for (name, label) in NAMES {
            assert!(Encoding::for_label(label.as_bytes()).is_some(), "{label}");
            assert!(Charset::by_name(&name.to_lowercase()).is_some(), "{name}");
        }
        for name in ["", "8859/12", "8859/16", "UNICODE", "ISO IR87", "EBCDIC"] {
            assert_eq!(Charset::by_name(name), None, "{name}");
        }
    }

    #[test]
    fn bytes_are_read_as_the_set_says() {
        let text =
            |name: &str, bytes: &[u8]| Charset::by_name(name).unwrap().text(bytes).into_owned();
        assert_eq!(text("8859/1", b"K\xFCche"), "Küche");
        assert_eq!(text("8859/15", b"\xA4"), "€");
        assert_eq!(text("8859/5", b"\xB4\xDE\xDC"), "Дом");
        assert_eq!(text("8859/7", b"\xE1"), "α");
        assert_eq!(text("UNICODE UTF-8", "Küche".as_bytes()), "Küche");
        assert_eq!(text("ASCII", b"K\xFCche"), "K\u{FFFD}che");
    }

    #[test]
    fn the_first_set_of_msh_18_counts_and_the_agreed_one_without_it() {
        let latin = Charset::by_name("8859/1").unwrap();
        let of = |tail: &str| {
            let header = format!("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5|||||{tail}\rPID|1");
            Charset::of(header.as_bytes(), latin).map_err(|rejected| rejected.reason)
        };
        assert_eq!(of(""), Ok(latin));
        assert_eq!(of("DE"), Ok(latin));
        assert_eq!(of("DE| "), Ok(latin));
        assert_eq!(of("DE|UNICODE UTF-8"), Ok(Charset::default()));
        assert_eq!(of("DE|UNICODE UTF-8~8859/7|x"), Ok(Charset::default()));
        assert_eq!(of("DE|KLINGON"), Err(Reason::CharsetUnknown));
    }
}
