//! Where a page of the values of a KPI ends. Pure.

use std::fmt;

/// Longest name in it.
const NAME_MAX: usize = 64;

/// The last row of a page, by what its order is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Start of the window, in milliseconds.
    pub(super) window_ms: i64,
    pub(super) resolution_s: u32,
    /// The ward, or `-` for the whole site.
    pub(super) ward: String,
    pub(super) stat: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            window_ms,
            resolution_s,
            ward,
            stat,
        } = self;
        write!(f, "{window_ms}.{resolution_s}.{ward}.{stat}")
    }
}

impl Cursor {
    /// Reads what an answer said as `next`.
    ///
    /// # Errors
    /// No answer says that.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('.').collect();
        let read = || {
            let [window_ms, resolution_s, ward, stat] = parts[..] else {
                return None;
            };
            let is_name = |name: &&str| {
                let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
                (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(is_part)
            };
            Some(Self {
                window_ms: window_ms.parse().ok()?,
                resolution_s: resolution_s.parse().ok()?,
                ward: Some(ward).filter(is_name)?.to_owned(),
                stat: Some(stat).filter(is_name)?.to_owned(),
            })
        };
        read().ok_or_else(|| "is not what an answer said as next".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_and_nothing_else() {
        let cursor = Cursor {
            window_ms: 1_767_571_200_000,
            resolution_s: 900,
            ward: "Ward_x203".to_owned(),
            stat: "p50".to_owned(),
        };
        assert_eq!(Cursor::read(&cursor.to_string()), Ok(cursor));
        for wrong in [
            "",
            "1.60.a",
            "1.60.a.p50.x",
            "x.60.a.p50",
            "1.60..p50",
            "1.60.a'.n",
        ] {
            assert!(Cursor::read(wrong).is_err(), "{wrong}");
        }
    }
}
