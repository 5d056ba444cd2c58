//! Times in HL7: `YYYY[MM[DD[HH[MM[SS[.S..]]]]]][+/-ZZZZ]`. What is left out is
//! its first instant. A time without an offset takes that of MSH-7, as the
//! standard has it, else the interface's zone, where a clock reading that
//! occurs twice means the earlier instant.

use events::reason::{Reason, Rejected};
use events::time::EventTime;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::message::Message;

/// When a message's event happened: EVN-6, else EVN-2, else MSH-7.
pub(super) fn of(message: &Message<'_>, interface_zone: &TimeZone) -> Result<EventTime, Rejected> {
    let (name, text) = if let Some(occurred) = message.first("EVN", 6, 1)? {
        ("EVN-6", occurred)
    } else if let Some(recorded) = message.first("EVN", 2, 1)? {
        ("EVN-2", recorded)
    } else if let Some(sent) = message.header(7)? {
        ("MSH-7", sent)
    } else {
        let detail = "EVN-6, EVN-2 and MSH-7 are all missing";
        return Err(Rejected::new(Reason::TimeInvalid, detail));
    };
    read(name, &text, &zone(message, interface_zone)?)
}

/// When a message was sent: MSH-7.
pub(super) fn sent(
    message: &Message<'_>,
    interface_zone: &TimeZone,
) -> Result<Option<EventTime>, Rejected> {
    let sent = message.header(7)?;
    let zone = zone(message, interface_zone)?;
    sent.map(|text| read("MSH-7", &text, &zone)).transpose()
}

/// The zone of a message's times without an offset.
pub(super) fn zone(message: &Message<'_>, interface_zone: &TimeZone) -> Result<TimeZone, Rejected> {
    let sent = message.header(7)?;
    let senders = sent.as_deref().and_then(|text| split_offset(text)?.1);
    Ok(senders.unwrap_or_else(|| interface_zone.clone()))
}

/// The time that stands in the field with this name.
pub(super) fn read(name: &str, text: &str, zone: &TimeZone) -> Result<EventTime, Rejected> {
    let at = parse(text, zone).ok_or_else(|| {
        let detail = format!("{name} is not YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]");
        Rejected::new(Reason::TimeInvalid, detail)
    })?;
    if at.0 < 0 {
        let detail = format!("{name} is before 1970");
        return Err(Rejected::new(Reason::TimeBefore1970, detail));
    }
    Ok(at)
}

fn parse(text: &str, zone: &TimeZone) -> Option<EventTime> {
    let (local, own_zone) = split_offset(text)?;
    let zone = own_zone.unwrap_or_else(|| zone.clone());
    let zoned = civil(local)?.to_zoned(zone).ok()?;
    Some(EventTime(zoned.timestamp().as_millisecond()))
}

/// The local time, and the zone of the offset if there is one; `None` when what
/// stands there is no offset.
fn split_offset(text: &str) -> Option<(&str, Option<TimeZone>)> {
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, None));
    };
    let (local, offset) = text.split_at(at);
    let (sign, digits) = offset.split_at(1);
    let hours = number(digits.get(..2)?)?;
    let minutes = number(digits.get(2..).filter(|rest| rest.len() == 2)?)?;
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
    let seconds = if sign == "-" { -seconds } else { seconds };
    let offset = Offset::from_seconds(seconds).ok()?;
    Some((local, Some(TimeZone::fixed(offset))))
}

fn civil(text: &str) -> Option<DateTime> {
    let (digits, fraction) = match text.split_once('.') {
        Some((digits, fraction)) if digits.len() == 14 => (digits, nanoseconds(fraction)?),
        Some(_) => return None,
        None => (text, 0),
    };
    if !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14) {
        return None;
    }
    let part = |from: usize, first: i8| match digits.get(from..from + 2) {
        Some(two) => i8::try_from(number(two)?).ok(),
        None => Some(first),
    };
    let year = i16::try_from(number(digits.get(..4)?)?).ok()?;
    let (month, day) = (part(4, 1)?, part(6, 1)?);
    let (hour, minute, second) = (part(8, 0)?, part(10, 0)?, part(12, 0)?);
    DateTime::new(year, month, day, hour, minute, second, fraction).ok()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    let digits = u32::try_from(fraction.len()).ok()?;
    if !(1..=9).contains(&digits) {
        return None;
    }
    i32::try_from(number(fraction)? * 10_u32.pow(9 - digits)).ok()
}

fn number(digits: &str) -> Option<u32> {
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone: &str, expected: &str) {
        let zone = TimeZone::get(zone).unwrap();
        let found = parse(text, &zone).map_or("no time".to_owned(), |at| at.to_string());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_left_out_is_its_first_instant() {
        check("2026", "UTC", "2026-01-01T00:00:00.000Z");
        check("202608", "UTC", "2026-08-01T00:00:00.000Z");
        check("20260811", "UTC", "2026-08-11T00:00:00.000Z");
        check("2026081107", "UTC", "2026-08-11T07:00:00.000Z");
        check("202608110730", "UTC", "2026-08-11T07:30:00.000Z");
        check("20260811073015", "UTC", "2026-08-11T07:30:15.000Z");
        check("20260811073015.25", "UTC", "2026-08-11T07:30:15.250Z");
        check("20260811073015.9999", "UTC", "2026-08-11T07:30:15.999Z");
    }

    #[test]
    fn an_offset_wins_over_the_zone() {
        check(
            "20260811073015+0200",
            "America/New_York",
            "2026-08-11T05:30:15.000Z",
        );
        check("2026081107-0330", "UTC", "2026-08-11T10:30:00.000Z");
        check(
            "20260811073015",
            "Europe/Berlin",
            "2026-08-11T05:30:15.000Z",
        );
    }

    #[test]
    fn an_hour_that_occurs_twice_means_the_earlier_one() {
        check("202610250230", "Europe/Berlin", "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "today",
            "20261",
            "20261301",
            "20260230",
            "2026081125",
            "202608110760",
            "20260811.5",
            "20260811073015.",
            "20260811+2",
            "20260811+02000",
            "20260811+1500",
            "20260811+0260",
            "2026-08-11",
            "+0200",
            "２０２６",
        ] {
            check(text, "UTC", "no time");
        }
    }
}
