//! The bed pad: is somebody in the bed. `value`: bit 0 occupied, bit 1 about to
//! leave it; `extra`: weight in grams.

use super::{Fields, Sensor, Value};
use crate::fact::SensorFact;
use crate::reason::Rejected;

const WEIGHT_KG_MAX: i32 = 500;

pub(super) const SENSOR: Sensor = Sensor {
    stream: "bed",
    code: 1,
    says: "whether the bed is occupied; optionally whether the patient is leaving it, and the weight",
    example: r#"{"boot":7,"seq":42,"ts":"2026-01-02T03:04:05.678Z","occupied":true,"exit":false,"weight_kg":71.5}"#,
    presence: false,
    read,
    fact,
};

fn read(fields: &Fields<'_>) -> Result<Value, Rejected> {
    let occupied = fields.bool("occupied")?;
    let exit = fields.optional_bool("exit")?.unwrap_or(false);
    Ok(Value {
        value: i32::from(occupied) | i32::from(exit) << 1,
        extra: fields.optional_thousandths("weight_kg", WEIGHT_KG_MAX)?,
    })
}

fn fact(value: Value) -> SensorFact {
    SensorFact::Pad {
        occupied: value.value & 1 == 1,
    }
}
