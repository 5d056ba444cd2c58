//! Times of a file: RFC 3339 with an offset, or what a clock on the wall showed.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The clock on the wall, and the end of time.
#[derive(Clone, Debug)]
pub struct Wall {
    /// Zone of times without an offset.
    pub zone: TimeZone,
    /// Nothing can have happened later, in milliseconds since 1970.
    pub now_ms: i64,
}

/// When it was. In the hour that a clock shows twice it may have been at either time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The earlier one, in milliseconds since 1970.
    pub earlier: i64,
    /// The later one; mostly the same.
    pub later: i64,
}

impl Moment {
    /// The first of the two that is not before `other`; the later one if both are.
    pub const fn not_before(self, other: i64) -> i64 {
        if self.earlier >= other {
            self.earlier
        } else {
            self.later
        }
    }
}

impl Wall {
    /// Reads a time.
    ///
    /// # Errors
    /// Says what is wrong with the text, without it.
    pub fn read(&self, text: &str) -> Result<Moment, &'static str> {
        // A day alone would be read as its first instant, which nobody has said.
        if !text.contains(':') {
            return Err("is no time such as 2026-01-31 14:05");
        }
        let moment = match Timestamp::from_str(text) {
            Ok(timestamp) => one(timestamp),
            Err(_) => self.on_the_wall(text)?,
        };
        if moment.earlier < 0 {
            return Err("is before 1970");
        }
        if moment.earlier > self.now_ms {
            return Err("is in the future");
        }
        Ok(moment)
    }

    fn on_the_wall(&self, text: &str) -> Result<Moment, &'static str> {
        let no_time = "is no time such as 2026-01-31 14:05";
        let shown = DateTime::from_str(text).map_err(|_| no_time)?;
        let at = |offset: jiff::tz::Offset| match offset.to_timestamp(shown) {
            Ok(timestamp) => Ok(timestamp.as_millisecond()),
            Err(_) => Err(no_time),
        };
        match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let at = at(offset)?;
                Ok(Moment {
                    earlier: at,
                    later: at,
                })
            }
            AmbiguousOffset::Fold { before, after } => Ok(Moment {
                earlier: at(before)?,
                later: at(after)?,
            }),
            AmbiguousOffset::Gap { .. } => {
                Err("was not on that day: the clocks were put forward over it")
            }
        }
    }
}

fn one(timestamp: Timestamp) -> Moment {
    let at = timestamp.as_millisecond();
    Moment {
        earlier: at,
        later: at,
    }
}
