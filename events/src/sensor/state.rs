//! Birth and last will of a device, the only retained stream. `value`: 1 online.
//! It has no `seq` and no `ts`; a will of an older boot is ignored.

use super::{Fields, Sensor, Value};
use crate::fact::SensorFact;
use crate::reason::Rejected;

pub(super) const SENSOR: Sensor = Sensor {
    stream: "state",
    code: 4,
    says: "that the device is online, or (as its last will) that it is gone",
    example: r#"{"boot":7,"online":true}"#,
    presence: true,
    read,
    fact,
};

fn read(fields: &Fields<'_>) -> Result<Value, Rejected> {
    Ok(Value {
        value: i32::from(fields.bool("online")?),
        extra: None,
    })
}

fn fact(value: Value) -> SensorFact {
    SensorFact::Presence {
        online: value.value == 1,
    }
}
