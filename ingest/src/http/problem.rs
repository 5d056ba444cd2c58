//! What a caller is told when a request is not taken: RFC 9457 problem details.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::fields::Fault;

/// The code of every problem: a bounded set, for the label of the metric.
pub const CODES: [&str; 17] = [
    "body_broken",
    "body_slow",
    "body_too_large",
    "facts_refused",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "idempotency_key_under_way",
    "method_unknown",
    "not_allowed",
    "not_durable",
    "not_json",
    "path_unknown",
    "recalling",
    "site_unknown",
    "too_fast",
    "too_many",
    "under_way",
];

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body broke off or could not be read.
    BodyBroken,
    /// The body took too long.
    BodySlow,
    /// The body is larger than it may be.
    BodyTooLarge,
    /// The facts are wrong.
    Facts(Vec<Fault>),
    /// The idempotency key is no key.
    KeyInvalid,
    /// The idempotency key was used with another body.
    KeyReused,
    /// A request with this idempotency key is under way.
    KeyUnderWay,
    /// The path takes another method.
    MethodUnknown,
    /// The sender's grant is for something else.
    NotAllowed,
    /// The body is not JSON.
    NotJson(String),
    /// Kafka did not take the facts.
    NotDurable,
    /// There is nothing here.
    PathUnknown,
    /// The requests of an earlier process are still being read back.
    Recalling,
    /// There is no such site for the sender: whether for anybody else, is not said.
    SiteUnknown,
    /// Its sender asks for more than ten things a second.
    TooFast,
    /// No room for the body.
    TooMany,
}

impl Problem {
    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BodyBroken | Self::KeyInvalid | Self::NotJson(_) => StatusCode::BAD_REQUEST,
            Self::BodySlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Facts(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::KeyUnderWay => StatusCode::CONFLICT,
            Self::MethodUnknown => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooFast => StatusCode::TOO_MANY_REQUESTS,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotDurable | Self::Recalling | Self::TooMany => StatusCode::SERVICE_UNAVAILABLE,
            Self::PathUnknown | Self::SiteUnknown => StatusCode::NOT_FOUND,
        }
    }

    /// One of [`CODES`].
    pub const fn code(&self) -> &'static str {
        self.words().0
    }

    /// After how many seconds it may be better.
    pub(super) const fn retry_after(&self) -> Option<&'static str> {
        match self {
            Self::Recalling => Some("10"),
            Self::KeyUnderWay | Self::NotDurable | Self::TooFast | Self::TooMany => Some("1"),
            _ => None,
        }
    }

    /// The body of the answer.
    pub fn json(&self) -> Json {
        let (code, title) = self.words();
        let mut problem = json!({
            "type": format!("urn:medaxis:problem:{}", code.replace('_', "-")),
            "title": title,
            "status": self.status().as_u16(),
        });
        match self {
            Self::NotJson(detail) => problem["detail"] = detail.as_str().into(),
            Self::Facts(faults) => {
                problem["errors"] = faults.iter().map(fault).collect();
            }
            _ => {}
        }
        problem
    }

    /// In words, with where it is wrong.
    pub(super) fn text(&self) -> String {
        let (_, title) = self.words();
        match self {
            Self::NotJson(detail) => format!("{title} It is {detail}."),
            Self::Recalling => {
                "Still remembering what was told in the last 72 hours; send it again later."
                    .to_owned()
            }
            _ => title.to_owned(),
        }
    }

    const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::BodyBroken => ("body_broken", "The body broke off or could not be read."),
            Self::BodySlow => ("body_slow", "The body did not arrive in time."),
            Self::BodyTooLarge => ("body_too_large", "The body is larger than this path takes."),
            Self::Facts(_) => (
                "facts_refused",
                "Nothing was taken: some objects are wrong.",
            ),
            Self::KeyInvalid => (
                "idempotency_key_invalid",
                "The Idempotency-Key is not 1 to 255 visible characters.",
            ),
            Self::KeyReused => (
                "idempotency_key_reused",
                "The Idempotency-Key was used with another body.",
            ),
            Self::KeyUnderWay => (
                "idempotency_key_under_way",
                "A request with this Idempotency-Key is under way; ask again later.",
            ),
            Self::MethodUnknown => ("method_unknown", "This path takes another method."),
            Self::NotAllowed => ("not_allowed", "Your token is not for this."),
            Self::NotJson(_) => ("not_json", "The body is not JSON."),
            Self::NotDurable => (
                "not_durable",
                "The log did not take the facts; send them again.",
            ),
            Self::PathUnknown => ("path_unknown", "There is nothing here."),
            Self::Recalling => (
                "recalling",
                "Still remembering the requests of the last 72 hours; send it again later, or without an Idempotency-Key.",
            ),
            Self::SiteUnknown => ("site_unknown", "Nothing is known of this site."),
            Self::TooFast => (
                "too_fast",
                "More than ten commands a second; send it again later.",
            ),
            Self::TooMany => (
                "too_many",
                "Too many requests are under way; send it again later.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let again = self
            .retry_after()
            .map(|seconds| [(header::RETRY_AFTER, seconds)]);
        (self.status(), kind, again, self.json().to_string()).into_response()
    }
}

fn fault(fault: &Fault) -> Json {
    json!({
        "index": fault.index,
        "field": fault.field,
        "reason": fault.reason.code(),
        "detail": fault.detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_code_of_its_own_in_the_list() {
        let problems = [
            Problem::BodyBroken,
            Problem::BodySlow,
            Problem::BodyTooLarge,
            Problem::Facts(Vec::new()),
            Problem::KeyInvalid,
            Problem::KeyReused,
            Problem::KeyUnderWay,
            Problem::MethodUnknown,
            Problem::NotAllowed,
            Problem::NotDurable,
            Problem::NotJson(String::new()),
            Problem::PathUnknown,
            Problem::Recalling,
            Problem::SiteUnknown,
            Problem::TooFast,
            Problem::TooMany,
        ];
        let of_fhir = ["under_way"];
        let codes: Vec<_> = problems.iter().map(Problem::code).chain(of_fhir).collect();
        assert_eq!(codes, CODES);
        assert!(CODES.is_sorted_by(|a, b| a < b), "none stands there twice");
    }
}
