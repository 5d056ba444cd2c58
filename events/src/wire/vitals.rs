//! Facts about vital signs to and from their bytes.

use super::{WireError, id, optional};
use crate::fact::{VitalEvent, What};
use crate::id::{CodeId, ObservationId, PatientId, VisitId};
use crate::proto;
use crate::time::EventTime;
use crate::vital::{self, Decimal, Level, VitalValue};

/// What one observation is about, as [`What::Vital`] has it.
pub(super) type About<'a> = (
    &'a VisitId,
    Option<&'a PatientId>,
    &'a ObservationId,
    &'a CodeId,
);

pub(super) fn encode(
    (visit, patient, observation, code): About<'_>,
    revised: EventTime,
    event: VitalEvent,
) -> proto::VitalFact {
    let mut wire = proto::VitalFact {
        visit: visit.to_string(),
        patient: patient.map(ToString::to_string).unwrap_or_default(),
        observation: observation.to_string(),
        code: code.to_string(),
        revised_ms: revised.0,
        ..Default::default()
    };
    wire.value = match event {
        VitalEvent::Withdrawn => None,
        VitalEvent::Observed(VitalValue::Level(level)) => {
            Some(proto::vital_fact::Value::Level(level.letter().to_owned()))
        }
        VitalEvent::Observed(VitalValue::Number(number)) => {
            Some(proto::vital_fact::Value::Number(proto::Decimal {
                digits: number.digits,
                scale: u32::from(number.scale),
            }))
        }
    };
    wire
}

pub(super) fn decode(vital: proto::VitalFact) -> Result<What, WireError> {
    let code = id("code", &vital.code, CodeId::new)?;
    if vital::by_code(&code).is_none() {
        return Err(WireError::Meaning("code"));
    }
    let event = match vital.value {
        None => VitalEvent::Withdrawn,
        Some(proto::vital_fact::Value::Level(letter)) => {
            let level = Level::read(&letter).ok_or(WireError::Meaning("level"))?;
            VitalEvent::Observed(VitalValue::Level(level))
        }
        Some(proto::vital_fact::Value::Number(number)) => {
            let scale = u8::try_from(number.scale).ok().filter(|scale| *scale <= 18);
            VitalEvent::Observed(VitalValue::Number(Decimal {
                digits: number.digits,
                scale: scale.ok_or(WireError::Meaning("scale"))?,
            }))
        }
    };
    Ok(What::Vital {
        visit: id("visit", &vital.visit, VisitId::new)?,
        patient: optional("patient", &vital.patient, PatientId::new)?,
        observation: id("observation", &vital.observation, ObservationId::new)?,
        code,
        revised: EventTime(vital.revised_ms),
        event,
    })
}
