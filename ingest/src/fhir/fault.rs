//! What is wrong with a resource: which element, and what about it; never its value.

/// The kind of fault, as FHIR's value set of issue types has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issue {
    /// A code that is in no table and not in the mapping of the site.
    CodeInvalid,
    /// An extension without which the resource can't be understood.
    Extension,
    /// Two parts of the request contradict each other.
    Invalid,
    /// A reference to something that nobody knows here.
    NotFound,
    /// A type of resource that is not taken.
    NotSupported,
    /// An element that must be there is not.
    Required,
    /// Not built as it should be.
    Structure,
    /// More than one request may hold.
    TooCostly,
    /// A value that can't be.
    Value,
}

impl Issue {
    /// Its code in `OperationOutcome.issue.code`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CodeInvalid => "code-invalid",
            Self::Extension => "extension",
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
            Self::NotSupported => "not-supported",
            Self::Required => "required",
            Self::Structure => "structure",
            Self::TooCostly => "too-costly",
            Self::Value => "value",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid | Self::Structure => 400,
            Self::NotSupported => 404,
            _ => 422,
        }
    }
}

/// What is wrong with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which kind of fault.
    pub issue: Issue,
    /// The element, below the resource; "" for the resource itself.
    pub path: String,
    /// Words for a person.
    pub detail: String,
}

impl Fault {
    /// A fault of the element at `path`.
    pub fn new(issue: Issue, path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            issue,
            path: path.into(),
            detail: detail.into(),
        }
    }

    /// The element at `path` must be there and is not.
    pub(super) fn missing(path: impl Into<String>) -> Self {
        Self::new(Issue::Required, path, "is missing")
    }
}
