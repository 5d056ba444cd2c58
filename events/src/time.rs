//! Times as integers: milliseconds since 1970-01-01T00:00Z. Nothing here reads
//! a clock; whoever needs the time is given it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reason::{Reason, Rejected};
use crate::zone::Zone;

/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Length of an epoch in milliseconds of cell time.
pub const EPOCH_MS: i64 = 20;

/// A source's clock may be this far ahead of the cell, in milliseconds; further,
/// and the receipt time stands for it.
pub const AHEAD_MAX_MS: i64 = 5_000;

/// When something happened, by the clock of its source.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct EventTime(pub i64);

/// The cell's one clock: production runs it at speed 1, a demo may accelerate it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CellTime(pub i64);

/// Whoever needs the cell's time at the edges is given one of these; the root
/// makes it, at one place.
pub type Clock = std::sync::Arc<dyn Fn() -> CellTime + Send + Sync>;

impl EventTime {
    /// Reads RFC 3339 with an offset, to the millisecond.
    ///
    /// # Errors
    /// Says what the text should look like.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let timestamp = Timestamp::from_str(text).map_err(|_| TimeError)?;
        Ok(Self(timestamp.as_millisecond()))
    }
}

/// A text that is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an RFC 3339 time with an offset, such as 2026-01-02T03:04:05.678Z")]
pub struct TimeError;

impl CellTime {
    /// The epoch that this instant belongs to.
    pub fn epoch(self) -> u64 {
        u64::try_from(self.0.div_euclid(EPOCH_MS)).unwrap_or(0)
    }
}

/// Why an event time is not the source's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockFlags(pub u32);

impl ClockFlags {
    /// The source gave no time; the receipt time stands for it.
    pub const NO_CLOCK: Self = Self(1);
    /// The source's clock was more than 5 s ahead; the receipt time stands for it.
    pub const CLOCK_AHEAD: Self = Self(2);
}

/// The event time for what a source said at `now`, whichever way it came, and why
/// it is not the source's own.
///
/// # Errors
/// The time is before 1970 or more than a day ahead of `now`.
pub fn believed(
    said: Option<EventTime>,
    now: CellTime,
) -> Result<(EventTime, ClockFlags), Rejected> {
    let Some(at) = said else {
        return Ok((EventTime(now.0), ClockFlags::NO_CLOCK));
    };
    if at.0 < 0 {
        return Err(Rejected::new(Reason::TimeBefore1970, "time is before 1970"));
    }
    match at.0 - now.0 {
        ahead if ahead > DAY_MS => Err(Rejected::new(
            Reason::ClockFarAhead,
            "time is more than 24 h ahead",
        )),
        ahead if ahead > AHEAD_MAX_MS => Ok((EventTime(now.0), ClockFlags::CLOCK_AHEAD)),
        _ => Ok((at, ClockFlags::default())),
    }
}

/// RFC 3339 in UTC, to the millisecond.
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Display for CellTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        EventTime(self.0).fmt(f)
    }
}

/// A stretch of time `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First millisecond in it.
    pub from: i64,
    /// First millisecond after it.
    pub to: i64,
}

impl Span {
    /// Milliseconds that this span and `[from, to)` share; never negative.
    pub fn overlap_ms(self, from: i64, to: i64) -> i64 {
        (self.to.min(to) - self.from.max(from)).max(0)
    }

    /// Length in milliseconds.
    pub fn length_ms(self) -> i64 {
        self.to - self.from
    }

    /// Whether `at` lies in `[from, to)`.
    pub fn contains(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

/// How long the windows of a KPI are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// 60 s.
    Minute,
    /// 900 s.
    Quarter,
    /// 3,600 s.
    Hour,
    /// From one local midnight to the next: 23, 24 or 25 hours.
    Day,
    /// From a Monday's local midnight to the next one's: 7 days.
    Week,
}

/// A window of a resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Which one it is: they are counted, days by their date and weeks by their Monday, from 1970 on.
    pub number: i64,
    /// What it covers.
    pub span: Span,
}

impl Resolution {
    /// Every resolution, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Minute,
        Self::Quarter,
        Self::Hour,
        Self::Day,
        Self::Week,
    ];

    /// Length in milliseconds; of days on which no clock is changed.
    pub const fn ms(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Quarter => 15 * MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
        }
    }

    /// Length in seconds; of days on which no clock is changed.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Quarter => 900,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }

    /// The resolution that is meant by its seconds, such as `900`, or by `1m`, `15m`, `1h`,
    /// `1d` or `1w`.
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "60" | "1m" => Some(Self::Minute),
            "900" | "15m" => Some(Self::Quarter),
            "3600" | "1h" => Some(Self::Hour),
            "86400" | "1d" => Some(Self::Day),
            "604800" | "1w" => Some(Self::Week),
            _ => None,
        }
    }

    /// The window that `at` lies in. It starts at a multiple of its length; a day, at
    /// midnight by the clock of the zone, of UTC where there is none; a week, at that of
    /// a Monday.
    pub fn window(self, at: i64, zone: Option<&Zone>) -> Window {
        match (self, zone) {
            (Self::Day, Some(zone)) => zone.day(at),
            (Self::Week, Some(zone)) => zone.week(at),
            (Self::Week, None) => Window::week(at),
            _ => Window::multiple(self.ms(), at),
        }
    }
}

impl Window {
    /// The week in UTC that `at` lies in. The first is that of 1970-01-01, a Thursday.
    pub(crate) fn week(at: i64) -> Self {
        let days = 3;
        let Self { number, span } = Self::multiple(7 * DAY_MS, at + days * DAY_MS);
        let (from, to) = (span.from - days * DAY_MS, span.to - days * DAY_MS);
        Self {
            number,
            span: Span { from, to },
        }
    }

    /// The one that `at` lies in, of those that start at multiples of `ms`.
    pub(crate) fn multiple(ms: i64, at: i64) -> Self {
        let number = at.div_euclid(ms);
        let (from, to) = (number * ms, (number + 1) * ms);
        Self {
            number,
            span: Span { from, to },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_start_at_multiples_also_before_1970() {
        assert_eq!(
            Resolution::Minute.window(-1, None).span,
            Span {
                from: -60_000,
                to: 0
            }
        );
        assert_eq!(Resolution::Minute.window(60_000, None).span.from, 60_000);
    }

    #[test]
    fn weeks_start_on_mondays() {
        let at = |text: &str| EventTime::parse(text).unwrap().0;
        let (monday, next) = (at("2026-01-05T00:00:00Z"), at("2026-01-12T00:00:00Z"));
        for inside in [monday, monday + 1, next - 1] {
            let week = Resolution::Week.window(inside, None);
            assert_eq!((week.span.from, week.span.to), (monday, next));
            let is_first = Resolution::Week.window(0, None).number;
            assert_eq!((is_first, week.number), (0, (monday / DAY_MS + 3) / 7));
        }
        assert_eq!(Resolution::Week.window(monday - 1, None).span.to, monday);
        // The clocks are put forward in the night to the 29th of March, a Sunday.
        let vienna = Zone::named("Europe/Vienna").unwrap();
        let week = Resolution::Week.window(at("2026-03-29T12:00:00Z"), Some(&vienna));
        let expected = [at("2026-03-22T23:00:00Z"), at("2026-03-29T22:00:00Z")];
        assert_eq!([week.span.from, week.span.to], expected);
        let utc = Resolution::Week.window(at("2026-03-29T12:00:00Z"), None);
        assert_eq!(week.number, utc.number);
    }

    #[test]
    fn times_are_read_and_written_to_the_millisecond() {
        let at = EventTime::parse("2026-01-02T03:04:05.678Z").unwrap();
        assert_eq!(at.to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(EventTime::parse("2026-01-02T04:04:05.678+01:00"), Ok(at));
        assert_eq!(EventTime::parse("2026-01-02"), Err(TimeError));
    }

    #[test]
    fn a_clock_is_believed_up_to_5_s_ahead_and_refused_beyond_a_day() {
        let now = CellTime(1_000_000);
        let at = |ms| believed(Some(EventTime(ms)), now).map(|(at, flags)| (at.0, flags));
        assert_eq!(at(1_005_000), Ok((1_005_000, ClockFlags::default())));
        assert_eq!(at(1_005_001), Ok((1_000_000, ClockFlags::CLOCK_AHEAD)));
        let reason = |ms| at(ms).unwrap_err().reason;
        assert_eq!(reason(1_000_001 + DAY_MS), Reason::ClockFarAhead);
        assert_eq!(reason(-1), Reason::TimeBefore1970);
        let none = believed(None, now).unwrap();
        assert_eq!(none, (EventTime(1_000_000), ClockFlags::NO_CLOCK));
    }

    #[test]
    fn touching_spans_share_nothing() {
        assert_eq!(Span { from: 0, to: 10 }.overlap_ms(10, 20), 0);
        assert_eq!(Span { from: 0, to: 10 }.overlap_ms(5, 20), 5);
    }
}
