//! The clock on a site's walls, by the tables that are part of the program: whatever
//! the machine has, the same name gives the same hours.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::time::{DAY_MS, MINUTE_MS, Span, Window};

/// A zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        let name = name.to_owned();
        Some(Self { name, zone })
    }

    /// Minutes since midnight on its clocks, 0 to 1,439, at a time in milliseconds.
    pub fn minute_of_day(&self, at: i64) -> i64 {
        minute_of_day(self.on_its_clocks(at))
    }

    /// What its clocks show at a time in milliseconds: milliseconds since they showed the
    /// beginning of 1970. The same as the time itself where no calendar reaches.
    pub fn on_its_clocks(&self, at: i64) -> i64 {
        let Ok(instant) = Timestamp::from_millisecond(at) else {
            return at;
        };
        let offset = self.zone.to_offset(instant).seconds();
        at + i64::from(offset) * 1_000
    }

    /// What has to be added to the time to have what its clocks show, over a span: each
    /// time in order from which on it is another, in milliseconds; first the span's start.
    pub fn offsets(&self, span: Span) -> Vec<(i64, i64)> {
        let offset = |at: i64| (at, self.on_its_clocks(at) - at);
        let start = Timestamp::from_millisecond(span.from).ok();
        let changes = start.map(|start| self.zone.following(start));
        let changes = changes.into_iter().flatten();
        let changes = changes.map(|change| change.timestamp().as_millisecond());
        let within = changes.take_while(|at| *at < span.to);
        std::iter::once(span.from)
            .chain(within)
            .map(offset)
            .collect()
    }

    /// The day that a time in milliseconds lies in, from the first moment of its date to
    /// the first of the next; in UTC what no calendar reaches.
    pub fn day(&self, at: i64) -> Window {
        self.day_of(at)
            .unwrap_or_else(|| Window::multiple(DAY_MS, at))
    }

    /// The week that a time in milliseconds lies in, from the first moment of a Monday to
    /// that of the next; in UTC what no calendar reaches.
    pub fn week(&self, at: i64) -> Window {
        self.week_of(at).unwrap_or_else(|| Window::week(at))
    }

    fn week_of(&self, at: i64) -> Option<Window> {
        let local = Timestamp::from_millisecond(at).ok()?;
        let date = local.to_zoned(self.zone.clone()).date();
        let since_monday = i64::from(date.weekday().to_monday_zero_offset());
        let monday = date.checked_sub(since_monday.days()).ok()?;
        let start = |date: Date| -> Option<i64> {
            let start = date.to_zoned(self.zone.clone()).ok()?.start_of_day().ok()?;
            Some(start.timestamp().as_millisecond())
        };
        let number = monday.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        Some(Window {
            number: (number + 3).div_euclid(7),
            span: Span {
                from: start(monday)?,
                to: start(monday.checked_add(7.days()).ok()?)?,
            },
        })
    }

    fn day_of(&self, at: i64) -> Option<Window> {
        let local = Timestamp::from_millisecond(at).ok()?;
        let local = local.to_zoned(self.zone.clone());
        let start = local.start_of_day().ok()?;
        let end = start.tomorrow().ok()?.start_of_day().ok()?;
        let number = local.date().duration_since(Date::constant(1970, 1, 1));
        Some(Window {
            number: number.as_hours() / 24,
            span: Span {
                from: start.timestamp().as_millisecond(),
                to: end.timestamp().as_millisecond(),
            },
        })
    }
}

/// Minutes since midnight in UTC, 0 to 1,439, at a time in milliseconds.
pub fn minute_of_day(at: i64) -> i64 {
    at.rem_euclid(DAY_MS) / MINUTE_MS
}

/// A name that no zone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no zone of the IANA database, such as Europe/London")]
pub struct ZoneError;

impl TryFrom<String> for Zone {
    type Error = ZoneError;

    fn try_from(name: String) -> Result<Self, ZoneError> {
        Self::named(&name).ok_or(ZoneError)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{EventTime, HOUR_MS};

    fn clock(zone: &str, at: &str) -> i64 {
        let at = EventTime::parse(at).unwrap();
        Zone::named(zone).unwrap().minute_of_day(at.0)
    }

    #[test]
    fn the_wall_clock_follows_summer_time_and_half_hours() {
        assert_eq!(clock("Europe/London", "2026-01-05T12:30:00Z"), 12 * 60 + 30);
        assert_eq!(clock("Europe/London", "2026-07-05T11:30:00Z"), 12 * 60 + 30);
        // The hour that is there twice, and the one that is not there.
        assert_eq!(clock("Europe/Berlin", "2026-10-25T00:30:00Z"), 2 * 60 + 30);
        assert_eq!(clock("Europe/Berlin", "2026-10-25T01:30:00Z"), 2 * 60 + 30);
        assert_eq!(clock("Europe/Berlin", "2026-03-29T01:00:00Z"), 3 * 60);
        assert_eq!(clock("Asia/Kolkata", "2026-01-05T06:29:59Z"), 11 * 60 + 59);
        assert_eq!(clock("Pacific/Apia", "2026-01-05T11:00:00Z"), 0);
    }

    #[test]
    fn offsets_change_where_the_clock_is_set() {
        let at = |at: &str| EventTime::parse(at).unwrap().0;
        let offsets = |from: &str, to: &str| {
            let (from, to) = (at(from), at(to));
            Zone::named("Europe/Berlin")
                .unwrap()
                .offsets(Span { from, to })
        };
        let (before, after) = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        let set = "2026-10-25T01:00:00Z";
        let expected = [(at(before), 2 * HOUR_MS), (at(set), HOUR_MS)];
        assert_eq!(offsets(before, after), expected);
        assert_eq!(offsets(before, set), expected[..1]);
        assert_eq!(offsets(set, after), expected[1..]);
    }

    fn hours(zone: &str, at: &str) -> (String, i64) {
        let at = EventTime::parse(at).unwrap();
        let day = Zone::named(zone).unwrap().day(at.0);
        assert!(day.span.contains(at.0));
        let starts = EventTime(day.span.from).to_string();
        (starts, day.span.length_ms() / HOUR_MS)
    }

    #[test]
    fn a_day_goes_from_midnight_to_midnight_and_has_as_many_hours_as_it_has() {
        let day = |zone, at| hours(zone, at);
        let is = |starts: &str, hours| (starts.to_owned(), hours);
        let berlin = "Europe/Berlin";
        let in_spring = is("2026-03-28T23:00:00.000Z", 23);
        assert_eq!(day(berlin, "2026-03-29T21:59:59.999Z"), in_spring);
        assert_eq!(
            day(berlin, "2026-03-29T22:00:00Z"),
            is("2026-03-29T22:00:00.000Z", 24)
        );
        let in_autumn = is("2026-10-24T22:00:00.000Z", 25);
        assert_eq!(day(berlin, "2026-10-25T22:59:59.999Z"), in_autumn);
        // Where the clock is put on at midnight, the day begins at one.
        let beirut = is("2026-03-28T22:00:00.000Z", 23);
        assert_eq!(day("Asia/Beirut", "2026-03-29T12:00:00Z"), beirut);
        let india = is("2026-01-04T18:30:00.000Z", 24);
        assert_eq!(day("Asia/Kolkata", "2026-01-05T06:00:00Z"), india);
    }

    #[test]
    fn days_are_counted_by_their_date() {
        for zone in [
            "Pacific/Auckland",
            "Pacific/Apia",
            "America/New_York",
            "UTC",
        ] {
            let zone = Zone::named(zone).unwrap();
            let mut day = zone.day(0);
            for _ in 0..30_000 {
                let next = zone.day(day.span.to);
                assert_eq!(next.span.from, day.span.to);
                // Samoa had no 30th of December in 2011.
                assert!((1..=2).contains(&(next.number - day.number)));
                day = next;
            }
        }
        let utc = Zone::named("UTC").unwrap();
        assert_eq!(utc.day(-1).number, -1);
        assert_eq!(utc.day(DAY_MS).number, 1);
    }

    #[test]
    fn a_zone_is_written_by_its_name() {
        assert_eq!(Zone::named("Mars/Olympus"), None);
        let zone = Zone::named("Africa/Johannesburg").unwrap();
        let text = serde_json::to_string(&zone).unwrap();
        assert_eq!(text, "\"Africa/Johannesburg\"");
        assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone);
    }
}
