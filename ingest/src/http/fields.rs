//! One JSON object of a request, read by field; a fault names the object, the
//! field and the reason, never the value.

use events::fact::FactFlags;
use events::id::IdError;
use events::reason::{Reason, Rejected};
use events::time::{self, CellTime, EventTime};
use serde_json::{Map, Value as Json};

/// Longest free text, in characters.
const TEXT_MAX: usize = 64;

/// What is wrong with one object of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which object, from 0.
    pub index: usize,
    /// Which of its fields; "" for the object itself.
    pub field: String,
    /// The code.
    pub reason: Reason,
    /// Words for a person.
    pub detail: String,
}

/// One object.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Json>,
    index: usize,
}

impl<'a> Fields<'a> {
    /// The object at `index`, which has no fields but the `known` ones.
    pub(super) fn of(json: &'a Json, index: usize, known: &[&str]) -> Result<Self, Fault> {
        let Json::Object(object) = json else {
            return Err(Fault {
                index,
                field: String::new(),
                reason: Reason::TypeWrong,
                detail: "is not an object".to_owned(),
            });
        };
        let fields = Self { object, index };
        match object.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => {
                let name: String = unknown.chars().take(TEXT_MAX).collect();
                let detail = format!("is none of {}", known.join(", "));
                Err(fields.fault(&name, Reason::FieldUnknown, detail))
            }
            None => Ok(fields),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Fault> {
        self.optional_text(name)?
            .ok_or_else(|| self.fault(name, Reason::FieldMissing, "is missing"))
    }

    /// A text that may be absent; `null` counts as absent.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.object.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(name, Reason::TypeWrong, "is not text")),
        }
    }

    /// Short text for people, "" when absent.
    pub(super) fn label(&self, name: &str) -> Result<String, Fault> {
        let text = self.optional_text(name)?.unwrap_or_default();
        if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) {
            let detail = format!("is not plain text of at most {TEXT_MAX} characters");
            return Err(self.fault(name, Reason::OutOfRange, detail));
        }
        Ok(text.to_owned())
    }

    /// A whole number that must be there, from `least` to `most`.
    pub(super) fn number(&self, name: &str, least: i64, most: i64) -> Result<i64, Fault> {
        self.optional_number(name, least, most)?
            .ok_or_else(|| self.fault(name, Reason::FieldMissing, "is missing"))
    }

    /// Likewise one that may be absent.
    pub(super) fn optional_number(
        &self,
        name: &str,
        least: i64,
        most: i64,
    ) -> Result<Option<i64>, Fault> {
        let number = match self.object.get(name) {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::Number(number)) => number.as_i64(),
            Some(_) => return Err(self.fault(name, Reason::TypeWrong, "is no number")),
        };
        let is_fit = |number: &i64| (least..=most).contains(number);
        let number = number.filter(is_fit).ok_or_else(|| {
            let detail = format!("is no whole number from {least} to {most}");
            self.fault(name, Reason::OutOfRange, detail)
        })?;
        Ok(Some(number))
    }

    /// Whether it is so; absent: it is not.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        match self.object.get(name) {
            None | Some(Json::Null) => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.fault(name, Reason::TypeWrong, "is neither true nor false")),
        }
    }

    /// A name that must be there, as an id.
    pub(super) fn id<T>(
        &self,
        name: &str,
        encode: fn(&str) -> Result<T, IdError>,
    ) -> Result<T, Fault> {
        encode(self.text(name)?).map_err(|error| self.no_id(name, error))
    }

    /// A name that may be absent, as an id.
    pub(super) fn optional_id<T>(
        &self,
        name: &str,
        encode: fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Fault> {
        self.optional_text(name)?
            .map(|text| encode(text).map_err(|error| self.no_id(name, error)))
            .transpose()
    }

    /// A time that must be there.
    pub(super) fn time(&self, name: &str) -> Result<EventTime, Fault> {
        self.optional_time(name)?
            .ok_or_else(|| self.fault(name, Reason::FieldMissing, "is missing"))
    }

    /// A time that may be absent.
    pub(super) fn optional_time(&self, name: &str) -> Result<Option<EventTime>, Fault> {
        let Some(text) = self.optional_text(name)? else {
            return Ok(None);
        };
        let at = EventTime::parse(text)
            .map_err(|error| self.fault(name, Reason::TimeInvalid, error.to_string()))?;
        if at.0 < 0 {
            return Err(self.fault(name, Reason::TimeBefore1970, "is before 1970"));
        }
        Ok(Some(at))
    }

    /// When it happened, and what is to be known about that time.
    pub(super) fn at(&self, now: CellTime) -> Result<(EventTime, FactFlags), Fault> {
        let said = self.optional_time("at")?;
        let (at, flags) = time::believed(said, now)
            .map_err(|Rejected { reason, detail }| self.fault("at", reason, detail))?;
        Ok((at, FactFlags(flags.0)))
    }

    /// The event is none that this path knows.
    pub(super) fn no_event(&self, known: &[&str]) -> Fault {
        let detail = format!("is none of {}", known.join(", "));
        self.fault("event", Reason::OutOfRange, detail)
    }

    pub(super) fn fault(&self, field: &str, reason: Reason, detail: impl Into<String>) -> Fault {
        Fault {
            index: self.index,
            field: field.to_owned(),
            reason,
            detail: detail.into(),
        }
    }

    fn no_id(&self, name: &str, error: IdError) -> Fault {
        self.fault(name, Reason::IdInvalid, error.to_string())
    }
}
