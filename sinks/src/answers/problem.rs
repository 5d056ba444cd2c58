//! Why there is no answer: RFC 9457 problem details.

use std::fmt;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::question::Fault;

/// Why there is no answer.
pub enum Problem {
    /// Who knows the answer does not give it now.
    Away,
    /// What was asked for is not there: what, in words.
    NothingThere(String),
    /// There is no such path.
    PathUnknown,
    /// Whoever asks may not.
    NotAllowed,
    /// There is no such site, or ward, for whoever asks: whether for anybody else, is not said.
    SiteUnknown,
    /// As many as may be are under way.
    TooMany,
    /// The question can't be understood: each fault once.
    Wrong(Vec<Fault>),
}

impl Problem {
    /// Status, code and title.
    const fn words(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Away => (
                StatusCode::SERVICE_UNAVAILABLE,
                "history-away",
                "The history does not answer; ask again.",
            ),
            Self::NothingThere(_) => (
                StatusCode::NOT_FOUND,
                "nothing-there",
                "What was asked for is not there.",
            ),
            Self::PathUnknown => (
                StatusCode::NOT_FOUND,
                "path-unknown",
                "There is nothing here.",
            ),
            Self::NotAllowed => (
                StatusCode::FORBIDDEN,
                "not-allowed",
                "Your token is not for this.",
            ),
            Self::SiteUnknown => (
                StatusCode::NOT_FOUND,
                "site-unknown",
                "Nothing is known of this site or ward.",
            ),
            Self::TooMany => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many",
                "Too many questions at once; ask again.",
            ),
            Self::Wrong(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "question-wrong",
                "The question can't be understood.",
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(faults) => {
                let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
                f.write_str(&faults.join("; "))
            }
            Self::NothingThere(what) => f.write_str(what),
            Self::Away
            | Self::NotAllowed
            | Self::PathUnknown
            | Self::SiteUnknown
            | Self::TooMany => f.write_str(self.words().2),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.words();
        let mut problem = json!({
            "type": format!("urn:medaxis:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
        });
        match self {
            Self::Wrong(faults) => problem["errors"] = faults.iter().map(Fault::json).collect(),
            Self::NothingThere(what) => problem["detail"] = what.into(),
            Self::Away
            | Self::NotAllowed
            | Self::PathUnknown
            | Self::SiteUnknown
            | Self::TooMany => {}
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, problem.to_string()).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let after = header::HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}
