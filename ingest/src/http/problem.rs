//! What a caller is told when a request is not taken: RFC 9457 problem details.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::fields::Fault;

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
    /// The body is not JSON.
    NotJson(String),
    /// Kafka did not take the facts.
    NotDurable,
    /// There is nothing here.
    PathUnknown,
    /// Nobody knows this tenant.
    TenantUnknown,
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
            Self::NotDurable => StatusCode::SERVICE_UNAVAILABLE,
            Self::PathUnknown | Self::TenantUnknown => StatusCode::NOT_FOUND,
        }
    }

    /// The body of the answer.
    pub fn json(&self) -> Json {
        let (kind, title) = self.kind();
        let mut problem = json!({
            "type": format!("urn:medaxis:problem:{kind}"),
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

    const fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::BodyBroken => ("body-broken", "The body broke off or could not be read."),
            Self::BodySlow => ("body-slow", "The body did not arrive in time."),
            Self::BodyTooLarge => ("body-too-large", "The body is larger than 1 MiB."),
            Self::Facts(_) => (
                "facts-refused",
                "Nothing was taken: some objects are wrong.",
            ),
            Self::KeyInvalid => (
                "idempotency-key-invalid",
                "The Idempotency-Key is not 1 to 255 visible characters.",
            ),
            Self::KeyReused => (
                "idempotency-key-reused",
                "The Idempotency-Key was used with another body.",
            ),
            Self::KeyUnderWay => (
                "idempotency-key-under-way",
                "A request with this Idempotency-Key is under way; ask again later.",
            ),
            Self::NotJson(_) => ("not-json", "The body is not JSON."),
            Self::NotDurable => (
                "not-durable",
                "The log did not take the facts; send them again.",
            ),
            Self::PathUnknown => ("path-unknown", "There is nothing here."),
            Self::TenantUnknown => ("tenant-unknown", "This tenant is not known here."),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status(), kind, self.json().to_string()).into_response()
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
