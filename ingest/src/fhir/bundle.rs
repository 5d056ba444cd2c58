//! A `Bundle`: several resources in one request, each with the method and url by which it
//! would have come alone.

use events::time::CellTime;
use serde::Deserialize;
use serde_json::Value as Json;

use super::elements::{self, Common};
use super::fault::{Fault, Issue};
use super::{Said, Speaker};

/// Most entries of a bundle.
pub const ENTRIES_MAX: usize = 1_000;

/// How the entries belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each is taken or refused for itself.
    Batch,
    /// All are taken, or none.
    Transaction,
}

/// What a bundle says.
#[derive(Debug)]
pub struct Bundle {
    /// How its entries belong together.
    pub kind: Kind,
    /// What each of them says, or what is wrong with it.
    pub entries: Vec<Result<Said, Fault>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whole {
    #[serde(rename = "type")]
    kind: Option<String>,
    entry: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    resource: Option<Json>,
    request: Request,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    method: Option<String>,
    url: Option<String>,
}

/// Reads a bundle that was received at `now`.
///
/// # Errors
/// The bundle itself is wrong; an entry that is wrong says so for itself.
pub fn read(speaker: &Speaker<'_>, json: &Json, now: CellTime) -> Result<Bundle, Fault> {
    let common: Common = elements::read(json)?;
    common.check("Bundle", None)?;
    let said: Whole = elements::read(json)?;
    let kind = match elements::needed(&said.kind, "type")? {
        "batch" => Kind::Batch,
        "transaction" => Kind::Transaction,
        _ => {
            let detail = "is neither batch nor transaction";
            return Err(Fault::new(Issue::Value, "type", detail));
        }
    };
    if said.entry.is_empty() {
        return Err(Fault::missing("entry"));
    }
    if said.entry.len() > ENTRIES_MAX {
        let detail = format!("has more than {ENTRIES_MAX} elements");
        return Err(Fault::new(Issue::TooCostly, "entry", detail));
    }
    let entries = said.entry.iter().map(|entry| entry.read(speaker, now));
    Ok(Bundle {
        kind,
        entries: entries.collect(),
    })
}

impl Entry {
    fn read(&self, speaker: &Speaker<'_>, now: CellTime) -> Result<Said, Fault> {
        let (kind, id) = self.request.target()?;
        let resource = self.resource.as_ref();
        let resource = resource.ok_or_else(|| Fault::missing("resource"))?;
        speaker.read(kind, id, resource, now).map_err(|fault| {
            let path = match fault.path.as_str() {
                "" => "resource".to_owned(),
                path => format!("resource.{path}"),
            };
            Fault { path, ..fault }
        })
    }
}

impl Request {
    /// The type, and the id of what is put.
    fn target(&self) -> Result<(&str, Option<&str>), Fault> {
        let method = elements::needed(&self.method, "request.method")?;
        let url = elements::needed(&self.url, "request.url")?;
        let wrong = |detail| Err(Fault::new(Issue::Value, "request.url", detail));
        match (method, url.split_once('/')) {
            ("POST", None) => Ok((url, None)),
            ("POST", Some(_)) => wrong("is not a type"),
            ("PUT", Some((kind, id))) if !id.contains('/') => Ok((kind, Some(id))),
            ("PUT", _) => wrong("is not a type and an id"),
            _ => {
                let detail = "is neither POST nor PUT";
                Err(Fault::new(Issue::Value, "request.method", detail))
            }
        }
    }
}
