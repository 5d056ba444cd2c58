//! The cleaning button at the bed: started, done, inspected. `value`: the phase.

use super::{Fields, Sensor, Value};
use crate::fact::{CleaningPhase, SensorFact};
use crate::reason::Rejected;

const PHASES: [&str; 3] = ["started", "done", "inspected"];

pub(super) const SENSOR: Sensor = Sensor {
    stream: "clean",
    code: 2,
    says: "that cleaning of the bed was started, done or inspected",
    example: r#"{"boot":3,"seq":9,"ts":"2026-01-02T03:04:05.678Z","phase":"started"}"#,
    presence: false,
    read,
    fact,
};

fn read(fields: &Fields<'_>) -> Result<Value, Rejected> {
    let phase = fields.word("phase", &PHASES)?;
    Ok(Value {
        value: i32::try_from(phase).expect("there are three phases"),
        extra: None,
    })
}

fn fact(value: Value) -> SensorFact {
    SensorFact::Cleaning(match value.value {
        0 => CleaningPhase::Started,
        1 => CleaningPhase::Done,
        _ => CleaningPhase::Inspected,
    })
}
