//! What a device may send, and what it is told when it may not.

use super::*;
use crate::sensor::{Value, all};

const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z

#[test]
fn every_sensor_reads_its_own_example() {
    for sensor in all() {
        let readings = parse(sensor.stream, sensor.example.as_bytes(), NOW).unwrap();
        assert_eq!(readings.len(), 1, "{}", sensor.stream);
        assert_eq!(readings[0].code, sensor.code);
    }
}

#[test]
fn a_pad_reading_keeps_every_field() {
    let reading = parse("bed", all()[0].example.as_bytes(), NOW).unwrap()[0];
    assert_eq!((reading.boot, reading.seq), (7, 42));
    assert_eq!(reading.at.to_string(), "2026-01-02T03:04:05.678Z");
    assert_eq!(
        reading.value,
        Value {
            value: 1,
            extra: Some(71_500)
        }
    );
}

#[test]
fn an_array_is_taken_whole_or_not_at_all() {
    let good = r#"{"boot":1,"seq":1,"occupied":true}"#;
    let readings = parse("bed", format!("[{good},{good}]").as_bytes(), NOW).unwrap();
    assert_eq!(readings.len(), 2);
    let rejected = parse("bed", format!("[{good},{{}}]").as_bytes(), NOW).unwrap_err();
    assert_eq!(
        rejected.to_string(),
        "field_missing: reading 1: boot is missing"
    );
}

#[test]
fn the_clock_of_a_device_is_checked() {
    let at = |ts: &str| {
        let payload = format!(r#"{{"boot":1,"seq":1,"ts":"{ts}","occupied":true}}"#);
        parse("bed", payload.as_bytes(), NOW).map(|readings| readings[0])
    };
    let absent = parse("bed", br#"{"boot":1,"seq":1,"occupied":true}"#, NOW).unwrap()[0];
    assert_eq!((absent.at.0, absent.flags), (NOW.0, ClockFlags::NO_CLOCK));
    let ahead = at("2026-01-02T03:05:06Z").unwrap();
    assert_eq!((ahead.at.0, ahead.flags), (NOW.0, ClockFlags::CLOCK_AHEAD));
    let within = at("2026-01-02T03:04:10Z").unwrap();
    assert_eq!(
        (within.at.0, within.flags),
        (NOW.0 + 4_000, ClockFlags::default())
    );
    assert_eq!(
        at("2027-01-02T03:04:06Z").unwrap_err().reason,
        Reason::ClockFarAhead
    );
    assert_eq!(
        at("1969-12-31T23:59:59Z").unwrap_err().reason,
        Reason::TimeBefore1970
    );
    assert_eq!(at("yesterday").unwrap_err().reason, Reason::TimeInvalid);
}

#[test]
fn bad_payloads_have_a_reason_each() {
    let reason = |stream: &str, payload: &[u8]| parse(stream, payload, NOW).unwrap_err().reason;
    assert_eq!(reason("bed", b""), Reason::Empty);
    assert_eq!(reason("bed", b"[]"), Reason::Empty);
    assert_eq!(reason("bed", b"{"), Reason::NotJson);
    assert_eq!(reason("bed", br#"{"boot":NaN}"#), Reason::NotJson);
    assert_eq!(reason("bed", &[0xff, 0xfe]), Reason::Utf8Invalid);
    assert_eq!(reason("bed", b"7"), Reason::TypeWrong);
    assert_eq!(reason("nap", b"{}"), Reason::StreamUnknown);
    assert_eq!(
        reason("bed", &vec![b' '; PAYLOAD_MAX + 1]),
        Reason::PayloadTooLarge
    );
    assert_eq!(
        reason("bed", br#"{"boot":-1,"seq":1,"occupied":true}"#),
        Reason::OutOfRange
    );
    assert_eq!(
        reason("bed", br#"{"boot":1.5,"seq":1,"occupied":true}"#),
        Reason::OutOfRange
    );
    assert_eq!(
        reason("bed", br#"{"boot":1,"seq":1,"occupied":"yes"}"#),
        Reason::TypeWrong
    );
    assert_eq!(
        reason(
            "bed",
            br#"{"boot":1,"seq":1,"occupied":true,"weight_kg":1e9}"#
        ),
        Reason::OutOfRange
    );
    assert_eq!(
        reason("clean", br#"{"boot":1,"seq":1,"phase":"begun"}"#),
        Reason::OutOfRange
    );
    let many = format!("[{}]", vec!["{}"; READINGS_MAX + 1].join(","));
    assert_eq!(reason("bed", many.as_bytes()), Reason::TooManyReadings);
}

#[test]
fn a_rejection_never_repeats_what_was_sent() {
    let rejected = parse("bed", br#"{"boot":1,"seq":1,"occupied":"Jane Doe"}"#, NOW).unwrap_err();
    assert_eq!(
        rejected.to_string(),
        "type_wrong: reading 0: occupied is not true or false"
    );
}
