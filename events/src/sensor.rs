//! What devices can say. A sensor is one file under `sensor/` and one line in
//! [`all`]; intake, log and processor know readings only, and the processor asks
//! the sensor for the fact that a reading means.
//!
//! A payload is one JSON object or an array of at most [`READINGS_MAX`]:
//! `{"boot":7,"seq":42,"ts":"2026-01-02T03:04:05.678Z", ...}`. `boot` only
//! grows, `seq` starts again with it, `ts` may be absent.

mod bed;
mod clean;
mod equipment;
pub mod payload;
mod state;

use crate::fact::SensorFact;
use crate::reason::Rejected;
use crate::time::{CellTime, EventTime};

pub use crate::time::ClockFlags;
pub use payload::{Fields, parse};

/// Largest payload in bytes; above, a dead letter `payload_too_large`.
pub const PAYLOAD_MAX: usize = 256 * 1024;
/// Most readings in one payload.
pub const READINGS_MAX: usize = 500;
/// A device sends at least this often, in milliseconds of cell time.
pub const HEARTBEAT_MS: i64 = 60_000;

/// One kind of sensor.
pub struct Sensor {
    /// Last level of its MQTT topic.
    pub stream: &'static str,
    /// Its number on the wire; never given to another sensor.
    pub code: u32,
    /// What it says, for a person.
    pub says: &'static str,
    /// A payload as a device would send it.
    pub example: &'static str,
    /// Whether it is retained, and has neither `seq` nor `ts`: `state` alone.
    pub presence: bool,
    /// Reads its own fields.
    pub read: fn(&Fields<'_>) -> Result<Value, Rejected>,
    /// The fact that a value means.
    pub fact: fn(Value) -> SensorFact,
}

/// Every sensor, by stream.
pub fn all() -> &'static [Sensor] {
    &[bed::SENSOR, clean::SENSOR, equipment::SENSOR, state::SENSOR]
}

/// The sensor of an MQTT stream.
pub fn by_stream(stream: &str) -> Option<&'static Sensor> {
    all().iter().find(|sensor| sensor.stream == stream)
}

/// The sensor of a wire code.
pub fn by_code(code: u32) -> Option<&'static Sensor> {
    all().iter().find(|sensor| sensor.code == code)
}

/// What a sensor measured: two integers whose meaning its file gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    /// State or code.
    pub value: i32,
    /// A second measure that may be absent; never negative.
    pub extra: Option<i32>,
}

/// One reading of one device, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How often the device has started.
    pub boot: u32,
    /// Number of the reading within its boot; 0 for presence.
    pub seq: u64,
    /// When it was measured, by the device unless the flags say otherwise.
    pub at: EventTime,
    /// When the gateway received it.
    pub told: CellTime,
    /// Whose clock `at` comes from.
    pub flags: ClockFlags,
    /// [`Sensor::code`].
    pub code: u32,
    /// What was measured.
    pub value: Value,
}
