//! The elements that are read, as R4 has them; others are passed over.

use events::time::EventTime;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::DeserializeOwned;
use super::fault::{Fault, Issue};

/// What any resource has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Common {
    resource_type: Option<String>,
    pub(super) id: Option<String>,
    meta: Meta,
    implicit_rules: Option<IgnoredAny>,
    modifier_extension: Vec<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    last_updated: Option<String>,
    security: Vec<Coding>,
}

/// A name that somebody gave.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identifier {
    #[serde(rename = "type")]
    kind: Concept,
    pub(super) system: Option<String>,
    value: Option<String>,
}

/// A code, with words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Concept {
    pub(super) coding: Vec<Coding>,
    pub(super) text: Option<String>,
}

/// A code of a system.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Coding {
    pub(super) system: Option<String>,
    pub(super) code: Option<String>,
    pub(super) display: Option<String>,
}

/// From when to when.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Period {
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
}

/// Another resource, by its address or by a name of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    reference: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    pub(super) identifier: Identifier,
    pub(super) display: Option<String>,
}

/// Reads a resource, or says which element is of another type than it should be.
pub(super) fn read<T: DeserializeOwned>(json: &Json) -> Result<T, Fault> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        // The words of the error repeat the value, which may name a patient.
        let path = if path == "." { String::new() } else { path };
        Fault::new(Issue::Structure, path, "is of another type than R4 says")
    })
}

impl Common {
    /// Whether the resource is what it was sent as, and can be understood without what
    /// we don't know.
    pub(super) fn check(&self, kind: &str, id: Option<&str>) -> Result<(), Fault> {
        match &self.resource_type {
            None => return Err(Fault::missing("resourceType")),
            Some(said) if said != kind => {
                let detail = "is not the type that the path or url names";
                return Err(Fault::new(Issue::Invalid, "resourceType", detail));
            }
            Some(_) => {}
        }
        if id.is_some() && self.id.as_deref() != id {
            let detail = "is not the id that the path or url names";
            return Err(Fault::new(Issue::Invalid, "id", detail));
        }
        let unknown = |path| Fault::new(Issue::Extension, path, "is not understood here");
        if self.implicit_rules.is_some() {
            return Err(unknown("implicitRules"));
        }
        if !self.modifier_extension.is_empty() {
            return Err(unknown("modifierExtension"));
        }
        Ok(())
    }

    /// Whether it is to be shown to as few as possible (v3 Confidentiality).
    pub(super) fn is_private(&self) -> bool {
        let mut codes = self
            .meta
            .security
            .iter()
            .filter_map(|label| label.code.as_deref());
        codes.any(|code| matches!(code, "R" | "V"))
    }

    /// When this version was made.
    pub(super) fn last_updated(&self) -> Result<Option<EventTime>, Fault> {
        time(self.meta.last_updated.as_deref(), LAST_UPDATED)
    }

    /// When this version was made, which must be known: nothing else says when it happened.
    pub(super) fn needed_last_updated(&self) -> Result<EventTime, Fault> {
        self.last_updated()?
            .ok_or_else(|| Fault::missing(LAST_UPDATED))
    }
}

/// The element that says when a version was made.
pub(super) const LAST_UPDATED: &str = "meta.lastUpdated";

/// A time that may be absent; a part of a date is none.
pub(super) fn time(text: Option<&str>, path: &str) -> Result<Option<EventTime>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let at = EventTime::parse(text)
        .map_err(|error| Fault::new(Issue::Value, path, error.to_string()))?;
    if at.0 < 0 {
        return Err(Fault::new(Issue::Value, path, "is before 1970"));
    }
    Ok(Some(at))
}

/// A code that must be there.
pub(super) fn needed<'a>(code: &'a Option<String>, path: &str) -> Result<&'a str, Fault> {
    code.as_deref().ok_or_else(|| Fault::missing(path))
}

impl Identifier {
    /// The name itself, unless it is empty.
    pub(super) fn value(&self) -> Option<&str> {
        let value = self.value.as_deref().map(str::trim);
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn is_of_type(&self, code: &str) -> bool {
        let mut coding = self.kind.coding.iter();
        coding.any(|coding| coding.code.as_deref() == Some(code))
    }
}

impl Reference {
    /// `Type/id` of the other resource, wherever it is kept and in whichever version.
    pub(super) fn address(&self) -> Option<&str> {
        let whole = self.reference.as_deref()?;
        let whole = whole.split("/_history/").next()?;
        let id = whole.rfind('/').filter(|slash| slash + 1 < whole.len())?;
        let kind = whole[..id].rfind('/').map_or(0, |slash| slash + 1);
        (kind < id).then_some(&whole[kind..])
    }

    /// Whether the other resource is of this type.
    pub(super) fn is_to(&self, kind: &str) -> bool {
        let by_address = self.address().and_then(|address| address.split('/').next());
        self.kind.as_deref().or(by_address) == Some(kind)
    }
}

impl Concept {
    /// The words, else those of the code, else the code.
    pub(super) fn words(&self) -> Option<&str> {
        let coded = || {
            let first = self.coding.first()?;
            first.display.as_deref().or(first.code.as_deref())
        };
        self.text.as_deref().or_else(coded)
    }
}
