//! What ORU^R01 says of vital signs: an OBX each. Other results are passed over.

use events::fact::{VitalEvent, What};
use events::id::{CodeId, ObservationId};
use events::reason::{Reason, Rejected};
use events::time::EventTime;
use events::vital::{self, Sign};
use hl7_parser::message::Segment;
use jiff::tz::TimeZone;

use super::message::{Message, Spot};
use super::places::{self, Speech};
use super::time;
use crate::observation;

/// Names of the systems of codes in OBX-3.3.
const LOINC: [&str; 2] = ["LN", "LOINC"];
const MDC: [&str; 2] = ["MDC", "11073"];

/// What is to be done about an OBX, by OBX-11 (table 0085).
enum Status {
    /// It is a result: preliminary, final, or not verified.
    Result,
    /// It stands in place of the result before; without a value there is none.
    Corrected,
    /// It was a mistake, of another patient, or can't be had.
    Withdrawn,
    /// It is no result.
    Nothing,
}

impl Status {
    fn of(code: Option<&str>) -> Self {
        match code {
            None | Some("F" | "P" | "R" | "U" | "A" | "B" | "V") => Self::Result,
            Some("C") => Self::Corrected,
            Some("D" | "W" | "X") => Self::Withdrawn,
            Some(_) => Self::Nothing,
        }
    }
}

/// What holds for the OBX that follow: the patient's segments and the order.
#[derive(Default)]
struct Above<'s, 'm> {
    pid: Option<&'s Segment<'m>>,
    pv1: Option<&'s Segment<'m>>,
    obr: Option<&'s Segment<'m>>,
}

/// The vital signs of a message, each with its time; `sent` is when the message was.
/// Nothing where none is among its results.
pub(super) fn told(
    speech: &Speech<'_, '_>,
    zone: &TimeZone,
) -> Result<Vec<(EventTime, What)>, Rejected> {
    let mut above = Above::default();
    let mut told = Vec::new();
    for segment in speech.message.segments() {
        match segment.name {
            "PID" => {
                above = Above {
                    pid: Some(segment),
                    ..Above::default()
                };
            }
            "PV1" => above.pv1 = Some(segment),
            "OBR" => above.obr = Some(segment),
            "OBX" => told.extend(observed(speech, &above, segment, zone)?),
            _ => {}
        }
    }
    Ok(told)
}

fn observed<'s, 'm>(
    speech: &Speech<'_, 'm>,
    above: &Above<'s, 'm>,
    obx: &'s Segment<'m>,
    zone: &TimeZone,
) -> Result<Option<(EventTime, What)>, Rejected> {
    let message = speech.message;
    let Some((sign, code)) = sign(message, obx)? else {
        return Ok(None);
    };
    let status = message.value(obx, Spot("OBX", 11, 1))?;
    let status = Status::of(status.as_deref());
    let event = match status {
        Status::Nothing => return Ok(None),
        Status::Withdrawn => VitalEvent::Withdrawn,
        Status::Result | Status::Corrected => match value(message, obx, sign)? {
            Some(value) => VitalEvent::Observed(value),
            None if matches!(status, Status::Corrected) => VitalEvent::Withdrawn,
            None => return Ok(None),
        },
    };
    let pid = above.pid.ok_or_else(|| {
        let detail = "PID is missing";
        Rejected::new(Reason::Hl7NoPatient, detail)
    })?;
    let patient = speech.patient(pid, "PID", 3)?;
    let at = at(message, above, obx, zone)?;
    let what = What::Vital {
        visit: speech.visit(&patient, above.pv1, Spot("PV1", 19, 1))?,
        patient: Some(patient),
        observation: name(message, above, obx, (&code, at))?,
        code,
        revised: time::sent(message, zone)?.unwrap_or(at),
        event,
    };
    Ok(Some((at, what)))
}

/// The sign of OBX-3, by its code or its alternate code.
fn sign(
    message: &Message<'_>,
    obx: &Segment<'_>,
) -> Result<Option<(&'static Sign, CodeId)>, Rejected> {
    for (code, system) in [(1, 3), (4, 6)] {
        let code = message.value(obx, Spot("OBX", 3, code))?;
        let system = message.value(obx, Spot("OBX", 3, system))?;
        let known = match (code, system) {
            (Some(code), Some(system)) if LOINC.contains(&&*system) => vital::by_loinc(&code),
            (Some(code), Some(system)) if MDC.contains(&&*system) => vital::by_mdc(&code),
            _ => None,
        };
        if known.is_some() {
            return Ok(known);
        }
    }
    Ok(None)
}

/// OBX-5 with the unit of OBX-6; nothing when it is empty.
fn value(
    message: &Message<'_>,
    obx: &Segment<'_>,
    sign: &'static Sign,
) -> Result<Option<vital::VitalValue>, Rejected> {
    let part = |number| message.value(obx, Spot("OBX", 5, number));
    let kind = message.value(obx, Spot("OBX", 2, 1))?;
    let text = match kind.as_deref() {
        // Comparator, number, separator, second number.
        Some("SN") => {
            let is_one = part(1)?.is_none_or(|comparator| comparator == "=")
                && part(3)?.is_none()
                && part(4)?.is_none();
            if !is_one {
                let detail = format!("OBX-5 {} is no single number", sign.name);
                return Err(Rejected::new(Reason::TypeWrong, detail));
            }
            part(2)?
        }
        _ => part(1)?,
    };
    let Some(text) = text else {
        return Ok(None);
    };
    let unit = message.value(obx, Spot("OBX", 6, 1))?;
    let read = sign.read(&text, unit.as_deref());
    let place = |rejected: Rejected| {
        let spot = match rejected.reason {
            Reason::FieldMissing | Reason::UnitUnknown => "OBX-6",
            _ => "OBX-5",
        };
        Rejected::new(rejected.reason, format!("{spot} {}", rejected.detail))
    };
    read.map(Some).map_err(place)
}

/// OBX-14, else OBR-7, else when the message was sent.
fn at(
    message: &Message<'_>,
    above: &Above<'_, '_>,
    obx: &Segment<'_>,
    zone: &TimeZone,
) -> Result<EventTime, Rejected> {
    let zone = time::zone(message, zone)?;
    if let Some(text) = message.value(obx, Spot("OBX", 14, 1))? {
        return time::read("OBX-14", &text, &zone);
    }
    if let Some(obr) = above.obr
        && let Some(text) = message.value(obr, Spot("OBR", 7, 1))?
    {
        return time::read("OBR-7", &text, &zone);
    }
    time::sent(message, &zone)?.ok_or_else(|| {
        let detail = "OBX-14, OBR-7 and MSH-7 are all missing";
        Rejected::new(Reason::TimeInvalid, detail)
    })
}

/// OBX-21, else what makes it the one that it is: the order, the code, OBX-4 and the time.
fn name(
    message: &Message<'_>,
    above: &Above<'_, '_>,
    obx: &Segment<'_>,
    (code, at): (&CodeId, EventTime),
) -> Result<ObservationId, Rejected> {
    if let Some(name) = message.value(obx, Spot("OBX", 21, 1))? {
        let spot = Spot("OBX", 21, 1);
        return ObservationId::encode(&name).map_err(|error| places::invalid(spot, error));
    }
    let order = |field| match above.obr {
        Some(obr) => message.value(obr, Spot("OBR", field, 1)),
        None => Ok(None),
    };
    let order = order(3)?.or(order(2)?).unwrap_or_default();
    let part = message.value(obx, Spot("OBX", 4, 1))?.unwrap_or_default();
    Ok(observation::made_of(&[
        &order,
        code.as_str(),
        &part,
        &at.0.to_string(),
    ]))
}
