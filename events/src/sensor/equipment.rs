//! Pumps, ventilators, monitors: in use, idle or faulty. `value`: the status;
//! `extra`: battery in per cent.

use super::{Fields, Sensor, Value};
use crate::fact::{EquipmentStatus, SensorFact};
use crate::reason::Rejected;

const STATUSES: [&str; 3] = ["in_use", "idle", "fault"];

pub(super) const SENSOR: Sensor = Sensor {
    stream: "equipment",
    code: 3,
    says: "whether the equipment is in use, idle or faulty; optionally its battery",
    example: r#"{"boot":1,"seq":120,"ts":"2026-01-02T03:04:05.678Z","status":"in_use","battery_pct":83}"#,
    presence: false,
    read,
    fact,
};

fn read(fields: &Fields<'_>) -> Result<Value, Rejected> {
    let status = fields.word("status", &STATUSES)?;
    let battery = fields.optional_thousandths("battery_pct", 100)?;
    Ok(Value {
        value: i32::try_from(status).expect("there are three statuses"),
        extra: battery.map(|thousandths| thousandths / 1_000),
    })
}

fn fact(value: Value) -> SensorFact {
    SensorFact::Equipment(match value.value {
        0 => EquipmentStatus::InUse,
        1 => EquipmentStatus::Idle,
        _ => EquipmentStatus::Fault,
    })
}
