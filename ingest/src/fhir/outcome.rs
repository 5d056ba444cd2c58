//! What a caller is told: `OperationOutcome`, alone or for each entry of a bundle. No value
//! of what was sent is repeated.

use serde_json::{Value as Json, json};

use super::Became;
use super::bundle::Kind;
use super::fault::Fault;

/// The outcome of a resource that was taken, or of which nothing was to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many of its facts are new.
    pub told: usize,
    /// How many were told before.
    pub repeated: usize,
    /// How many are older than anything that is corrected.
    pub too_old: usize,
}

impl Taken {
    /// What became of the resource.
    pub const fn became(&self) -> Became {
        match self {
            Self { told: 1.., .. } => Became::Told,
            Self { repeated: 1.., .. } => Became::Repeated,
            _ => Became::Ignored,
        }
    }

    fn words(&self) -> String {
        format!(
            "facts told: {}; told before: {}; left out, older than 72 h: {}",
            self.told, self.repeated, self.too_old
        )
    }

    /// As a resource.
    pub fn json(&self) -> Json {
        let issue = json!({
            "severity": "information",
            "code": "informational",
            "details": { "text": self.words() },
        });
        outcome(issue)
    }
}

/// What is wrong with a resource that was sent as `root`.
pub fn fault(root: &str, fault: &Fault) -> Json {
    let expression = match fault.path.as_str() {
        "" => root.to_owned(),
        path => format!("{root}.{path}"),
    };
    outcome(json!({
        "severity": "error",
        "code": fault.issue.code(),
        "details": { "text": format!("{expression} {}", fault.detail) },
        "expression": [expression],
    }))
}

/// What is wrong with a request as a whole.
pub fn problem(code: &str, text: &str) -> Json {
    let issue = json!({
        "severity": "error",
        "code": code,
        "details": { "text": text },
    });
    outcome(issue)
}

/// The answers to the entries of a bundle, in their order.
pub fn bundle(kind: Kind, entries: &[Result<Taken, Fault>]) -> Json {
    let entries: Vec<Json> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let (status, outcome) = match entry {
                Ok(taken) => (202, taken.json()),
                Err(wrong) => (wrong.issue.status(), entry_fault(index, wrong)),
            };
            json!({ "response": { "status": status.to_string(), "outcome": outcome } })
        })
        .collect();
    let kind = match kind {
        Kind::Batch => "batch-response",
        Kind::Transaction => "transaction-response",
    };
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

/// What is wrong with an entry of a bundle.
pub fn entry_fault(index: usize, wrong: &Fault) -> Json {
    fault(&format!("Bundle.entry[{index}]"), wrong)
}

fn outcome(issue: Json) -> Json {
    json!({ "resourceType": "OperationOutcome", "issue": [issue] })
}
