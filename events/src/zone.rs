//! The clock on a site's walls, by the tables that are part of the program: whatever
//! the machine has, the same name gives the same hours.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::time::{DAY_MS, MINUTE_MS};

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
        let Ok(instant) = Timestamp::from_millisecond(at) else {
            return minute_of_day(at);
        };
        let offset = self.zone.to_offset(instant).seconds();
        minute_of_day(at + i64::from(offset) * 1_000)
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
    use crate::time::EventTime;

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
    fn a_zone_is_written_by_its_name() {
        assert_eq!(Zone::named("Mars/Olympus"), None);
        let zone = Zone::named("Africa/Johannesburg").unwrap();
        let text = serde_json::to_string(&zone).unwrap();
        assert_eq!(text, "\"Africa/Johannesburg\"");
        assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone);
    }
}
