//! What becomes of an MQTT message: readings, a dead letter, or nothing but a
//! count. Pure: the time of receipt is an argument.

use std::collections::BTreeSet;

use events::id::TenantId;
use events::reason::{Reason, Rejected};
use events::sensor::{self, PAYLOAD_MAX, Reading};
use events::time::CellTime;
use events::topic::{DevicePath, parse_mqtt};

/// The tenants that this cell serves.
pub type Tenants = BTreeSet<TenantId>;

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Readings of one device, in the order in which it sent them.
    Readings {
        /// The device's path, which decides the lane.
        path: String,
        /// At least one.
        readings: Vec<Reading>,
    },
    /// Nobody can use it; it is kept for people.
    DeadLetter {
        /// Whose, as far as the topic tells.
        tenant: Option<TenantId>,
        /// Why.
        rejected: Rejected,
    },
    /// Counted only.
    Ignored(Reason),
}

/// Decides what becomes of a message that was received at `now`. `retained` is
/// set on a copy that the broker kept: it is no reading, except for `state`.
pub fn take(
    tenants: &Tenants,
    topic: &[u8],
    payload: &[u8],
    retained: bool,
    now: CellTime,
) -> Intake {
    let (device, stream) = match address(topic) {
        Ok(address) => address,
        Err(rejected) => {
            return Intake::DeadLetter {
                tenant: None,
                rejected,
            };
        }
    };
    if retained && sensor::by_stream(stream).is_some_and(|sensor| !sensor.presence) {
        return Intake::Ignored(Reason::Retained);
    }
    match readings(tenants, &device, stream, payload, now) {
        Ok(readings) => Intake::Readings {
            path: device.path(),
            readings,
        },
        Err(rejected) => Intake::DeadLetter {
            tenant: Some(device.site.tenant).filter(|tenant| tenants.contains(tenant)),
            rejected,
        },
    }
}

/// What we make of a payload, for a person: its readings, one a line, or the
/// reason code with its detail. Every tenant is known here.
pub fn check_payload(topic: &str, payload: &[u8], now: CellTime) -> String {
    let tenants = address(topic.as_bytes())
        .map(|(device, _)| Tenants::from([device.site.tenant]))
        .unwrap_or_default();
    match take(&tenants, topic.as_bytes(), payload, false, now) {
        Intake::Readings { path, readings } => {
            let lines = readings.iter().map(describe);
            std::iter::once(format!("device {path}"))
                .chain(lines)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Intake::DeadLetter { rejected, .. } => rejected.to_string(),
        Intake::Ignored(reason) => reason.to_string(),
    }
}

fn address(topic: &[u8]) -> Result<(DevicePath, &str), Rejected> {
    let topic = std::str::from_utf8(topic)
        .map_err(|_| Rejected::new(Reason::Utf8Invalid, "topic is not UTF-8"))?;
    parse_mqtt(topic)
}

fn readings(
    tenants: &Tenants,
    device: &DevicePath,
    stream: &str,
    payload: &[u8],
    now: CellTime,
) -> Result<Vec<Reading>, Rejected> {
    if !tenants.contains(&device.site.tenant) {
        let detail = "tenant of the topic is none of those configured";
        return Err(Rejected::new(Reason::TenantUnknown, detail));
    }
    if payload.len() > PAYLOAD_MAX {
        let detail = format!("payload has {} bytes, at most {PAYLOAD_MAX}", payload.len());
        return Err(Rejected::new(Reason::PayloadTooLarge, detail));
    }
    sensor::parse(stream, payload, now)
}

fn describe(reading: &Reading) -> String {
    let Reading { boot, seq, at, .. } = reading;
    let flags = match (reading.flags.0 & 1 != 0, reading.flags.0 & 2 != 0) {
        (true, _) => " no_clock",
        (_, true) => " clock_ahead",
        _ => "",
    };
    let means = sensor::by_code(reading.code).map_or_else(String::new, |sensor| {
        format!("{:?}", (sensor.fact)(reading.value))
    });
    format!("boot {boot} seq {seq} at {at}{flags}: {means}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z
    const PATH: &str = "demo/north/ward-a/r1/b1/pad-1";
    const GOOD: &[u8] = br#"{"boot":7,"seq":42,"ts":"2026-01-02T03:04:05.678Z","occupied":true}"#;

    fn tenants() -> Tenants {
        Tenants::from([TenantId::new("demo").unwrap()])
    }

    fn taken(path: &str, stream: &str, payload: &[u8], retained: bool) -> Intake {
        let topic = format!("medaxis/v1/{path}/{stream}");
        take(&tenants(), topic.as_bytes(), payload, retained, NOW)
    }

    fn reason(path: &str, stream: &str, payload: &[u8]) -> &'static str {
        match taken(path, stream, payload, false) {
            Intake::DeadLetter { rejected, .. } => rejected.reason.code(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reading_keeps_its_device() {
        let Intake::Readings { path, readings } = taken(PATH, "bed", GOOD, false) else {
            panic!("it is good");
        };
        assert_eq!((path.as_str(), readings[0].seq), (PATH, 42));
    }

    #[test]
    fn each_fault_has_its_own_reason() {
        let number = |seq: &str| format!(r#"{{"boot":7,"seq":{seq},"occupied":true}}"#);
        let at = |ts: &str| format!(r#"{{"boot":7,"seq":1,"ts":"{ts}","occupied":true}}"#);
        for (payload, expected) in [
            ("hello", "not_json"),
            (number("\"1\"").as_str(), "type_wrong"),
            (r#"{"boot":7,"seq":1}"#, "field_missing"),
            (number("-1").as_str(), "out_of_range"),
            (number("NaN").as_str(), "not_json"),
            (at("2027-01-02T03:04:05Z").as_str(), "clock_far_ahead"),
            (at("1969-12-31T23:59:59Z").as_str(), "time_before_1970"),
            (at("yesterday").as_str(), "time_invalid"),
            ("[]", "empty"),
            ("", "empty"),
        ] {
            assert_eq!(
                reason(PATH, "bed", payload.as_bytes()),
                expected,
                "{payload}"
            );
        }
        assert_eq!(reason(PATH, "bed", b"\xff"), "utf8_invalid");
        assert_eq!(reason(PATH, "blood", GOOD), "stream_unknown");
        assert_eq!(reason("demo/north/b1", "bed", GOOD), "topic_depth");
        assert_eq!(
            reason("demo/north/w!/r/b/d", "bed", GOOD),
            "topic_characters"
        );
        assert_eq!(reason("other/north/w/r/b/d", "bed", GOOD), "tenant_unknown");
        let large = vec![b' '; PAYLOAD_MAX + 1];
        assert_eq!(reason(PATH, "bed", &large), "payload_too_large");
        let many = format!("[{}]", vec![number("1"); 501].join(","));
        assert_eq!(reason(PATH, "bed", many.as_bytes()), "too_many_readings");
        let broken = take(&tenants(), b"\xff", GOOD, false, NOW);
        assert!(matches!(broken, Intake::DeadLetter { rejected, .. }
            if rejected.reason == Reason::Utf8Invalid));
    }

    #[test]
    fn only_state_may_be_a_retained_copy() {
        assert_eq!(
            taken(PATH, "bed", GOOD, true),
            Intake::Ignored(Reason::Retained)
        );
        let birth = taken(PATH, "state", br#"{"boot":7,"online":true}"#, true);
        assert!(matches!(birth, Intake::Readings { .. }), "{birth:?}");
    }

    #[test]
    fn a_dead_letter_names_a_tenant_only_when_it_is_known() {
        let tenant = |path| match taken(path, "bed", b"hello", false) {
            Intake::DeadLetter { tenant, .. } => tenant,
            other => panic!("{other:?}"),
        };
        assert_eq!(tenant(PATH), TenantId::new("demo").ok());
        assert_eq!(tenant("other/north/w/r/b/d"), None);
    }

    #[test]
    fn a_person_is_told_what_we_make_of_a_payload() {
        let topic = format!("medaxis/v1/{PATH}/bed");
        assert_eq!(
            check_payload(&topic, GOOD, NOW),
            "device demo/north/ward-a/r1/b1/pad-1\n\
             boot 7 seq 42 at 2026-01-02T03:04:05.678Z: Pad { occupied: true }"
        );
        assert_eq!(
            check_payload(&topic, b"{}", NOW),
            "field_missing: reading 0: boot is missing"
        );
        assert_eq!(
            check_payload("medaxis/v1/bed", GOOD, NOW),
            "topic_depth: topic does not have 9 levels under medaxis/v1"
        );
    }
}
