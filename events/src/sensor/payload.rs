//! From the bytes of an MQTT payload to checked readings, or the reason why not.

use serde_json::{Map, Value as Json};

use super::{ClockFlags, PAYLOAD_MAX, READINGS_MAX, Reading, Sensor, by_stream};
use crate::reason::{Reason, Rejected};
use crate::time::{self, CellTime, EventTime};

/// Reads the payload of `stream`, received at `now`. All readings or none.
///
/// # Errors
/// The reason code, and a detail that names the reading and the field.
pub fn parse(stream: &str, payload: &[u8], now: CellTime) -> Result<Vec<Reading>, Rejected> {
    let sensor = by_stream(stream).ok_or_else(|| {
        Rejected::new(Reason::StreamUnknown, "stream is none of those documented")
    })?;
    let objects = match json(payload)? {
        Json::Array(items) => items,
        object => vec![object],
    };
    if objects.is_empty() {
        return Err(Rejected::new(Reason::Empty, "array has no reading"));
    }
    if objects.len() > READINGS_MAX {
        let detail = format!(
            "array has {} readings, at most {READINGS_MAX}",
            objects.len()
        );
        return Err(Rejected::new(Reason::TooManyReadings, detail));
    }
    let read = |(index, object): (usize, &Json)| {
        let fields = Fields::of(object, index)?;
        reading(sensor, &fields, now)
    };
    objects.iter().enumerate().map(read).collect()
}

fn json(payload: &[u8]) -> Result<Json, Rejected> {
    if payload.is_empty() {
        return Err(Rejected::new(Reason::Empty, "payload has no bytes"));
    }
    if payload.len() > PAYLOAD_MAX {
        let detail = format!("payload has {} bytes, at most {PAYLOAD_MAX}", payload.len());
        return Err(Rejected::new(Reason::PayloadTooLarge, detail));
    }
    let text = std::str::from_utf8(payload)
        .map_err(|_| Rejected::new(Reason::Utf8Invalid, "payload is not UTF-8"))?;
    serde_json::from_str(text).map_err(|error| {
        let detail = format!(
            "not JSON at line {} column {}",
            error.line(),
            error.column()
        );
        Rejected::new(Reason::NotJson, detail)
    })
}

fn reading(sensor: &Sensor, fields: &Fields<'_>, now: CellTime) -> Result<Reading, Rejected> {
    let boot = u32::try_from(fields.integer("boot", 0, i64::from(u32::MAX))?)
        .expect("the range was checked");
    let (seq, said) = if sensor.presence {
        (0, None)
    } else {
        (
            fields.integer("seq", 0, i64::MAX)?.unsigned_abs(),
            fields.time("ts")?,
        )
    };
    let (at, flags) = time::believed(said, now)
        .map_err(|rejected| fields.reject(rejected.reason, "ts", &rejected.detail))?;
    let flags = if sensor.presence {
        ClockFlags::default()
    } else {
        flags
    };
    Ok(Reading {
        boot,
        seq,
        at,
        told: now,
        flags,
        code: sensor.code,
        value: (sensor.read)(fields)?,
    })
}

/// One JSON object of a payload, read by field with errors that name it.
pub struct Fields<'a> {
    object: &'a Map<String, Json>,
    index: usize,
}

impl<'a> Fields<'a> {
    fn of(json: &'a Json, index: usize) -> Result<Self, Rejected> {
        match json {
            Json::Object(object) => Ok(Self { object, index }),
            _ => Err(Rejected::new(
                Reason::TypeWrong,
                format!("reading {index} is not an object"),
            )),
        }
    }

    /// A truth value that must be there.
    ///
    /// # Errors
    /// It is missing or of another type.
    pub fn bool(&self, name: &str) -> Result<bool, Rejected> {
        self.optional_bool(name)?.ok_or_else(|| self.missing(name))
    }

    /// A truth value that may be absent.
    ///
    /// # Errors
    /// It is of another type.
    pub fn optional_bool(&self, name: &str) -> Result<Option<bool>, Rejected> {
        self.get(name)
            .map(|json| {
                json.as_bool()
                    .ok_or_else(|| self.mistyped(name, "true or false"))
            })
            .transpose()
    }

    /// A whole number in `[least, most]`.
    ///
    /// # Errors
    /// It is missing, not whole, or outside the range.
    pub fn integer(&self, name: &str, least: i64, most: i64) -> Result<i64, Rejected> {
        let json = self.get(name).ok_or_else(|| self.missing(name))?;
        if !json.is_number() {
            return Err(self.mistyped(name, "a number"));
        }
        json.as_i64()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| {
                self.reject(
                    Reason::OutOfRange,
                    name,
                    &format!("is not a whole number from {least} to {most}"),
                )
            })
    }

    /// A number in `[0, most]` that may be absent, in thousandths.
    ///
    /// # Errors
    /// It is of another type or outside the range.
    pub fn optional_thousandths(&self, name: &str, most: i32) -> Result<Option<i32>, Rejected> {
        let Some(json) = self.get(name) else {
            return Ok(None);
        };
        let number = json
            .as_f64()
            .ok_or_else(|| self.mistyped(name, "a number"))?;
        if !(0.0..=f64::from(most)).contains(&number) {
            return Err(self.reject(
                Reason::OutOfRange,
                name,
                &format!("is not from 0 to {most}"),
            ));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        Ok(Some((number * 1_000.0).round() as i32))
    }

    /// One of the given words.
    ///
    /// # Errors
    /// It is missing, no text, or another word.
    pub fn word(&self, name: &str, words: &[&str]) -> Result<usize, Rejected> {
        let json = self.get(name).ok_or_else(|| self.missing(name))?;
        let text = json.as_str().ok_or_else(|| self.mistyped(name, "text"))?;
        words.iter().position(|word| *word == text).ok_or_else(|| {
            self.reject(
                Reason::OutOfRange,
                name,
                &format!("is none of {}", words.join(", ")),
            )
        })
    }

    fn time(&self, name: &str) -> Result<Option<EventTime>, Rejected> {
        let Some(json) = self.get(name) else {
            return Ok(None);
        };
        let text = json.as_str().ok_or_else(|| self.mistyped(name, "text"))?;
        EventTime::parse(text)
            .map(Some)
            .map_err(|error| self.reject(Reason::TimeInvalid, name, &error.to_string()))
    }

    /// A field; `null` counts as absent.
    fn get(&self, name: &str) -> Option<&Json> {
        self.object.get(name).filter(|json| !json.is_null())
    }

    fn missing(&self, name: &str) -> Rejected {
        self.reject(Reason::FieldMissing, name, "is missing")
    }

    fn mistyped(&self, name: &str, expected: &str) -> Rejected {
        self.reject(Reason::TypeWrong, name, &format!("is not {expected}"))
    }

    fn reject(&self, reason: Reason, name: &str, fault: &str) -> Rejected {
        Rejected::new(reason, format!("reading {}: {name} {fault}", self.index))
    }
}

#[cfg(test)]
mod tests;
