//! What an Observation says of vital signs: one by itself, or several as its components,
//! as a blood pressure has them. Other observations say nothing here.

use events::fact::{FactFlags, VitalEvent, What};
use events::id::{CodeId, ObservationId, VisitId};
use events::reason::Reason;
use events::time::EventTime;
use events::vital::{self, Sign, VitalValue};
use serde::Deserialize;
use serde_json::Number;

use super::elements::{self, Common, Concept, Identifier, Period, Reference, time};
use super::fault::{Fault, Issue};
use super::names::own_name;
use super::{Draft, Speaker};

const LOINC: &str = "http://loinc.org";
const MDC: &str = "urn:iso:std:iso:11073:10101";
/// A blood pressure, of which the components say the values.
const BLOOD_PRESSURE: &str = "85354-9";
/// What is taken back with one, also where it is no longer among the components.
const PRESSURES: [&str; 3] = ["8480-6", "8462-4", "8478-0"];

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Observation {
    identifier: Vec<Identifier>,
    status: Option<String>,
    subject: Reference,
    encounter: Reference,
    effective_date_time: Option<String>,
    effective_instant: Option<String>,
    effective_period: Period,
    issued: Option<String>,
    component: Vec<Measured>,
}

/// A code and its value: of the observation, or of one of its components.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Measured {
    code: Concept,
    value_quantity: Option<Quantity>,
    value_codeable_concept: Option<Concept>,
    value_string: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Quantity {
    value: Option<Number>,
    comparator: Option<String>,
    unit: Option<String>,
    code: Option<String>,
}

/// Nothing, when it is about no vital sign, or has no result yet.
pub(super) fn told(
    speaker: &Speaker<'_>,
    common: &Common,
    observation: &Observation,
    whole: &Measured,
) -> Result<Vec<Draft>, Fault> {
    let parts = all(whole, observation);
    let events = match elements::needed(&observation.status, "status")? {
        "final" | "preliminary" => observed(&parts)?,
        "amended" | "corrected" => corrected(&parts)?,
        "entered-in-error" | "cancelled" => withdrawn(&parts),
        "registered" | "unknown" => vec![],
        _ => {
            let detail = "is no status of R4";
            return Err(Fault::new(Issue::CodeInvalid, "status", detail));
        }
    };
    if events.is_empty() {
        return Ok(vec![]);
    }
    let patient = speaker.patient(&observation.subject);
    let visit = match encounter(observation)? {
        Some(visit) => visit,
        // Without a number a patient has one visit, as over HL7.
        None => {
            let patient = patient
                .as_ref()
                .ok_or_else(|| Fault::missing("encounter"))?;
            let visit = VisitId::new(patient.as_str());
            visit.map_err(|error| Fault::new(Issue::Value, "subject", error.to_string()))?
        }
    };
    let name = own_name(
        common,
        &observation.identifier,
        "FILL",
        ObservationId::encode,
    )?;
    let (at, when) = effective(observation)?;
    let issued = || time(observation.issued.as_deref(), "issued");
    let revised = match common.last_updated()? {
        Some(revised) => revised,
        None => issued()?.unwrap_or(at),
    };
    let draft = |(code, event)| Draft {
        at,
        when: when.to_owned(),
        what: What::Vital {
            visit: visit.clone(),
            patient: patient.clone(),
            observation: name.clone(),
            code,
            revised,
            event,
        },
        flags: FactFlags::default(),
    };
    Ok(events.into_iter().map(draft).collect())
}

type Events = Vec<(CodeId, VitalEvent)>;

fn observed(parts: &[(String, &Measured)]) -> Result<Events, Fault> {
    let mut events = Events::new();
    for (path, measured) in parts {
        let Some((sign, code)) = measured.sign() else {
            continue;
        };
        if let Some(value) = measured.read(sign, path)? {
            events.push((code, VitalEvent::Observed(value)));
        }
    }
    Ok(events)
}

/// A sign that has no value any more is taken back: what it was before is wrong.
fn corrected(parts: &[(String, &Measured)]) -> Result<Events, Fault> {
    let mut events = observed(parts)?;
    for (code, event) in withdrawn(parts) {
        if events.iter().all(|(told, _)| *told != code) {
            events.push((code, event));
        }
    }
    Ok(events)
}

fn withdrawn(parts: &[(String, &Measured)]) -> Events {
    let named = parts.iter().filter_map(|(_, measured)| measured.sign());
    let mut signs: Vec<(&Sign, CodeId)> = named.collect();
    if parts[0].1.is(BLOOD_PRESSURE) {
        for (sign, code) in PRESSURES.into_iter().filter_map(vital::by_loinc) {
            if signs.iter().all(|(named, _)| named.name != sign.name) {
                signs.push((sign, code));
            }
        }
    }
    let codes = signs.into_iter().map(|(_, code)| code);
    codes.map(|code| (code, VitalEvent::Withdrawn)).collect()
}

/// The observation and its components, each with the path to it.
fn all<'a>(whole: &'a Measured, observation: &'a Observation) -> Vec<(String, &'a Measured)> {
    let whole = [(String::new(), whole)];
    let parts = observation.component.iter().enumerate();
    let parts = parts.map(|(index, part)| (format!("component[{index}]."), part));
    whole.into_iter().chain(parts).collect()
}

/// Which visit it is of: by the identifier of the encounter, else by its id.
fn encounter(observation: &Observation) -> Result<Option<VisitId>, Fault> {
    let encounter = &observation.encounter;
    let id = || encounter.address()?.split('/').nth(1);
    let Some(name) = encounter.identifier.value().or_else(id) else {
        return Ok(None);
    };
    let encoded = VisitId::encode(name).map(Some);
    encoded.map_err(|error| {
        Fault::new(
            Issue::Value,
            "encounter",
            format!("has a name that {error}"),
        )
    })
}

/// When it was so, and the element that says it.
fn effective(observation: &Observation) -> Result<(EventTime, &'static str), Fault> {
    let elements = [
        (&observation.effective_date_time, "effectiveDateTime"),
        (&observation.effective_instant, "effectiveInstant"),
        (&observation.effective_period.end, "effectivePeriod.end"),
        (&observation.effective_period.start, "effectivePeriod.start"),
    ];
    for (text, path) in elements {
        if let Some(at) = time(text.as_deref(), path)? {
            return Ok((at, path));
        }
    }
    Err(Fault::missing("effectiveDateTime"))
}

impl Measured {
    fn sign(&self) -> Option<(&'static Sign, CodeId)> {
        self.code.coding.iter().find_map(|coding| {
            let code = coding.code.as_deref()?;
            match coding.system.as_deref()? {
                LOINC => vital::by_loinc(code),
                MDC => vital::by_mdc(code),
                _ => None,
            }
        })
    }

    fn is(&self, loinc: &str) -> bool {
        let mut coding = self.code.coding.iter();
        coding.any(|coding| coding.code.as_deref() == Some(loinc))
    }

    /// The value, when there is one.
    fn read(&self, sign: &'static Sign, path: &str) -> Result<Option<VitalValue>, Fault> {
        let (text, unit) = if let Some(quantity) = &self.value_quantity {
            let Some(value) = &quantity.value else {
                return Ok(None);
            };
            if quantity.comparator.is_some() {
                let detail = format!("{} is no single number", sign.name);
                return Err(Fault::new(
                    Issue::Value,
                    format!("{path}valueQuantity"),
                    detail,
                ));
            }
            let unit = quantity.code.as_deref().or(quantity.unit.as_deref());
            (value.to_string(), unit)
        } else if let Some(concept) = &self.value_codeable_concept {
            let coded = concept
                .coding
                .iter()
                .find_map(|coding| coding.code.as_deref());
            // A letter is a code; words are for those who have another one.
            let text = coded.filter(|code| code.len() == 1).or(concept.words());
            (text.unwrap_or_default().to_owned(), None)
        } else if let Some(text) = &self.value_string {
            (text.clone(), None)
        } else {
            return Ok(None);
        };
        let read = sign.read(&text, unit);
        read.map(Some).map_err(|rejected| {
            let issue = match rejected.reason {
                Reason::CodeUnknown | Reason::UnitUnknown => Issue::CodeInvalid,
                _ => Issue::Value,
            };
            let detail = format!("{} ({})", rejected.detail, rejected.reason);
            Fault::new(issue, format!("{path}value"), detail)
        })
    }
}
