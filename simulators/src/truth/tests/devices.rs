//! Devices: in use, silent, gone, moved.

use super::*;

/// A birth or a will, as it arrives.
fn presence(minute: i64, bed: &str, boot: u32, online: bool) -> (DevicePath, Reading) {
    let (path, told) = reading(minute, bed, "state", i32::from(online));
    (path, Reading { boot, ..told })
}

#[test]
fn equipment_is_used_idle_or_broken_and_silence_is_noticed() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.readings = vec![
        reading(0, "B1", "equipment", 0),
        reading(2, "B1", "equipment", 0),
        reading(5, "B1", "equipment", 0),
        reading(30, "B1", "equipment", 2),
        reading(45, "B1", "equipment", 1),
    ];
    let expected = [("value", 30 * MINUTE_MS, 45 * MINUTE_MS)];
    check(&record, "equipment_utilisation", &expected);
    let minute = |from: i64| from * MINUTE_MS;
    let key = |rule: &str, from, to: Option<i64>| {
        let (ward, subject) = ("W".to_owned(), "unit-B1".to_owned());
        (rule.to_owned(), ward, subject, minute(from), to.map(minute))
    };
    let expected = [
        key("device_silent", 8, Some(30)),
        key("device_silent", 33, Some(45)),
        key("device_silent", 48, None),
        key("equipment_fault", 30, Some(45)),
    ];
    assert_eq!(alerts(&record), BTreeSet::from(expected));
}

#[test]
fn who_has_left_is_silent_until_the_birth_or_a_later_reading() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.readings = (0..60)
        .map(|minute| reading(minute, "B1", "equipment", 1))
        .collect();
    let newer = |minute| {
        let (path, said) = reading(minute, "B1", "equipment", 1);
        (path, Reading { boot: 9, ..said })
    };
    record.arrived = vec![
        presence(0, "B1", 7, true),
        presence(5, "B1", 7, false),
        presence(4, "B1", 7, true),
        presence(8, "B1", 8, true),
        // A will of the boot before the birth.
        presence(10, "B1", 7, false),
        presence(20, "B1", 8, false),
        newer(20),
        newer(23),
        // A will of the boot before the readings.
        presence(24, "B1", 8, false),
        presence(55, "B1", 9, false),
    ];
    let minute = |from: i64| from * MINUTE_MS;
    let key = |from, to: Option<i64>| {
        let subject = "unit-B1".to_owned();
        let (rule, ward) = ("device_silent".to_owned(), "W".to_owned());
        (rule, ward, subject, minute(from), to.map(minute))
    };
    let expected = [key(5, Some(8)), key(20, Some(23)), key(55, None)];
    assert_eq!(alerts(&record), BTreeSet::from(expected));
}

#[test]
fn a_device_that_moves_is_one_device_on_two_wards() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    let there = |minute, status| {
        let (path, said) = reading(minute, "B1", "equipment", status);
        let path = DevicePath {
            place: place("V", "V1"),
            ..path
        };
        (path, said)
    };
    record.readings = vec![
        reading(0, "B1", "equipment", 0),
        there(10, 0),
        there(20, 1),
        reading(40, "B1", "equipment", 1),
    ];
    let ten = 10 * MINUTE_MS;
    check(
        &record,
        "equipment_utilisation",
        &[("value", ten, ten + 2 * ten)],
    );
    let wards: Vec<_> = alerts(&record)
        .into_iter()
        .map(|alert| (alert.1, alert.3 / MINUTE_MS))
        .collect();
    let key = |ward: &str, minute| (ward.to_owned(), minute);
    assert_eq!(
        wards,
        [key("V", 13), key("V", 23), key("W", 3), key("W", 43)]
    );
}
