//! Readings as the JSON that devices send.

use std::fmt::Write;

use events::sensor::{Reading, by_code};

/// The MQTT stream that a reading belongs to.
///
/// # Panics
/// The reading's code is none of the sensors'.
pub fn stream(reading: &Reading) -> &'static str {
    let sensor = by_code(reading.code).expect("readings have the code of a sensor");
    sensor.stream
}

/// One reading as an object, several as an array of objects.
pub fn bytes(readings: &[Reading]) -> Vec<u8> {
    let objects: Vec<String> = readings.iter().map(object).collect();
    match &objects[..] {
        [object] => object.clone().into_bytes(),
        objects => format!("[{}]", objects.join(",")).into_bytes(),
    }
}

/// What a device says when it comes, and the broker when it is gone.
pub fn presence(boot: u32, online: bool) -> Vec<u8> {
    format!(r#"{{"boot":{boot},"online":{online}}}"#).into_bytes()
}

fn object(reading: &Reading) -> String {
    let Reading { boot, seq, at, .. } = reading;
    let mut json = format!(r#"{{"boot":{boot},"seq":{seq},"ts":"{at}","#);
    let (value, extra) = (reading.value.value, reading.value.extra);
    let word = |words: [&'static str; 3]| words[usize::try_from(value).unwrap_or(2).min(2)];
    let written = match stream(reading) {
        "bed" => {
            let (occupied, exit) = (value & 1 == 1, value & 2 == 2);
            let weight = extra.map(|grams| {
                let (kilograms, rest) = (grams / 1_000, grams % 1_000);
                format!(r#","weight_kg":{kilograms}.{rest:03}"#)
            });
            let weight = weight.unwrap_or_default();
            write!(json, r#""occupied":{occupied},"exit":{exit}{weight}}}"#)
        }
        "clean" => {
            let phase = word(["started", "done", "inspected"]);
            write!(json, r#""phase":"{phase}"}}"#)
        }
        _ => {
            let status = word(["in_use", "idle", "fault"]);
            let battery = extra.map(|percent| format!(r#","battery_pct":{percent}"#));
            let battery = battery.unwrap_or_default();
            write!(json, r#""status":"{status}"{battery}}}"#)
        }
    };
    written.expect("writing to a string can't fail");
    json
}

#[cfg(test)]
mod tests {
    use events::sensor::{ClockFlags, Value, by_stream, parse};
    use events::time::{CellTime, EventTime};

    use super::*;

    #[test]
    fn the_gateway_reads_what_devices_write() {
        let now = CellTime(1_767_571_200_123);
        let reading = |stream: &str, value, extra| Reading {
            boot: 2,
            seq: 7,
            at: EventTime(now.0),
            told: now,
            flags: ClockFlags::default(),
            code: by_stream(stream).unwrap().code,
            value: Value { value, extra },
        };
        for (stream, value, extra) in [
            ("bed", 1, Some(71_007)),
            ("bed", 2, None),
            ("clean", 1, None),
            ("equipment", 0, Some(83)),
        ] {
            let said = [reading(stream, value, extra), reading(stream, value, extra)];
            assert_eq!(parse(stream, &bytes(&said), now).unwrap(), said);
            assert_eq!(parse(stream, &bytes(&said[..1]), now).unwrap(), said[..1]);
        }
        assert_eq!(parse("state", &presence(3, true), now).unwrap()[0].boot, 3);
    }
}
