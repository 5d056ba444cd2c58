//! The door in front of everything that is served and is not open: who comes in is known by
//! a token, as `Authorization: Bearer TOKEN` or as the cookie of a session. Behind it each
//! request carries its grant, and connections learn when the token ends.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use events::access::Role;
use serde_json::json;
use sinks::Ended;

use super::book::{Book, Holder};
use super::{Hash, session};

/// Longest token or cookie that is looked at, in bytes.
const SAID_MAX: usize = 256;

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No token is there.
    NoToken,
    /// Nobody has this token, or no longer, or not on this device.
    TokenUnknown,
    /// Another origin's page sends our cookie.
    OtherOrigin,
    /// The token belongs to a screen that came before.
    KioskBound,
    /// The token could not be bound.
    NotBound,
    /// The body is not `{"token": "..."}`.
    NoSession,
}

/// Lets in who has a token of the book.
pub(crate) fn guarded(router: Router, book: Arc<Book>) -> Router {
    router.layer(from_fn_with_state(book, enter))
}

async fn enter(State(book): State<Arc<Book>>, mut request: Request, next: Next) -> Response {
    match holder(&book, request.headers(), request.method()) {
        Ok(holder) => {
            let carried = request.extensions_mut();
            carried.insert(Arc::clone(holder.grant()));
            carried.insert(Ended::new(holder.ended()));
            drop(holder);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Who asks.
pub(super) fn holder(
    book: &Book,
    headers: &HeaderMap,
    method: &Method,
) -> Result<Arc<Holder>, Problem> {
    let found = found(book, headers, method);
    match found {
        Err(Problem::NoToken) => book.no_token.fetch_add(1, Relaxed),
        Err(Problem::TokenUnknown) => book.unknown.fetch_add(1, Relaxed),
        _ => 0,
    };
    found
}

fn found(book: &Book, headers: &HeaderMap, method: &Method) -> Result<Arc<Holder>, Problem> {
    if let Some(bearer) = headers.get(header::AUTHORIZATION) {
        let said = bearer.to_str().ok().and_then(|said| said.split_once(' '));
        let said = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = said.ok_or(Problem::NoToken)?;
        return known(book, token, None);
    }
    let Some((token, key)) = session::said(headers) else {
        return Err(Problem::NoToken);
    };
    if !method.is_safe() && !same_origin(headers) {
        return Err(Problem::OtherOrigin);
    }
    known(book, token, key)
}

/// A kiosk's token is good on its device only: there it has a key.
fn known(book: &Book, token: &str, key: Option<&str>) -> Result<Arc<Holder>, Problem> {
    if token.len() > SAID_MAX {
        return Err(Problem::TokenUnknown);
    }
    let holder = book.find(Hash::of(token)).ok_or(Problem::TokenUnknown)?;
    let is_kiosk = holder.grant().role == Role::Kiosk;
    let has_key = holder.bound().is_some() && holder.bound() == key.map(Hash::of);
    if is_kiosk && !has_key {
        return Err(Problem::TokenUnknown);
    }
    Ok(holder)
}

/// Whether the page that sends a request is ours. A browser says so with everything that
/// changes something; who does not say it does not act with a cookie.
pub(super) fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let page = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    page.is_some_and(|(_, page)| Some(page) == text(header::HOST))
}

impl Problem {
    /// Status, code and title.
    const fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "no-token",
                "A token is needed: Authorization: Bearer TOKEN, or a session.",
            ),
            Self::TokenUnknown => (
                StatusCode::UNAUTHORIZED,
                "token-unknown",
                "The token is not known here, or no longer.",
            ),
            Self::OtherOrigin => (
                StatusCode::FORBIDDEN,
                "other-origin",
                "The page that asks is not ours.",
            ),
            Self::KioskBound => (
                StatusCode::FORBIDDEN,
                "kiosk-bound",
                "This token belongs to another screen; make a new one for this.",
            ),
            Self::NotBound => (
                StatusCode::SERVICE_UNAVAILABLE,
                "kiosk-not-bound",
                "The token could not be bound to this screen; the log says why.",
            ),
            Self::NoSession => (
                StatusCode::BAD_REQUEST,
                "no-session",
                "The body is not {\"token\": \"...\"}.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.words();
        let problem = json!({
            "type": format!("urn:medaxis:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let scheme =
            (status == StatusCode::UNAUTHORIZED).then_some([(header::WWW_AUTHENTICATE, "Bearer")]);
        (status, kind, scheme, problem.to_string()).into_response()
    }
}
