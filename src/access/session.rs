//! `/v1/session`: a browser's page gives its token once and gets it back as a cookie that no
//! script can read and no other site can send. A kiosk's cookie carries a key of its device,
//! too: made when its token is first used, and known from then on.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use events::access::{Act, Grant, Role, Sites, Wards};
use serde::Deserialize;
use serde_json::{Value, json};

use super::book::{Book, Holder};
use super::door::{self, Problem, same_origin};
use super::{Hash, Token};

/// Largest body, in bytes.
const BODY_MAX: usize = 1024;
const COOKIE: &str = "medaxis_session";
/// How long a browser keeps it, in seconds: a shift and some; a kiosk as long as browsers do.
const SHIFT_S: u32 = 16 * 3_600;
const KIOSK_S: u32 = 400 * 24 * 3_600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: String,
}

/// `POST`, `GET` and `DELETE /v1/session`: signing in, who one is, signing out.
pub(crate) fn router(book: Arc<Book>) -> Router {
    Router::new()
        .route("/v1/session", get(who).post(sign_in).delete(sign_out))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(book)
}

/// The token of a session's cookie, and a kiosk's key.
pub(super) fn said(headers: &HeaderMap) -> Option<(&str, Option<&str>)> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='));
    let (_, value) = cookies.find(|(name, _)| *name == COOKIE)?;
    Some(match value.split_once('.') {
        Some((token, key)) => (token, Some(key)),
        None => (value, None),
    })
}

async fn who(State(book): State<Arc<Book>>, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    let holder = door::holder(&book, &headers, &Method::GET)?;
    Ok(Json(shown(holder.grant())))
}

async fn sign_in(
    State(book): State<Arc<Book>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if headers.contains_key(header::ORIGIN) && !same_origin(&headers) {
        return Err(Problem::OtherOrigin);
    }
    let SignIn { token } = serde_json::from_slice(&body).map_err(|_| Problem::NoSession)?;
    let hash = Hash::of(&token);
    let holder = book.find(hash).ok_or(Problem::TokenUnknown)?;
    let (value, age_s) = if holder.grant().role == Role::Kiosk {
        let key = kiosk_key(&book, hash, &holder, &headers).await?;
        (format!("{token}.{key}"), KIOSK_S)
    } else {
        (token, SHIFT_S)
    };
    let cookie = cookie(&headers, &value, age_s);
    Ok((cookie, Json(shown(holder.grant()))).into_response())
}

async fn sign_out(headers: HeaderMap) -> Result<Response, Problem> {
    if !same_origin(&headers) {
        return Err(Problem::OtherOrigin);
    }
    Ok((StatusCode::NO_CONTENT, cookie(&headers, "", 0)).into_response())
}

/// The key of a kiosk's device: the one that it has, or a new one for the first that comes.
async fn kiosk_key(
    book: &Arc<Book>,
    hash: Hash,
    holder: &Holder,
    headers: &HeaderMap,
) -> Result<String, Problem> {
    if let Some(bound) = holder.bound() {
        let key = said(headers).and_then(|(_, key)| key);
        let key = key.filter(|key| Hash::of(key) == bound);
        return key.map(str::to_owned).ok_or(Problem::KioskBound);
    }
    let book = Arc::clone(book);
    let bound = tokio::task::spawn_blocking(move || {
        let key = Token::random()?;
        anyhow::Ok((book.bind(hash, &key)?, key))
    });
    match bound.await.map_err(anyhow::Error::from).flatten() {
        Ok((true, key)) => Ok(key.reveal().to_owned()),
        Ok((false, _)) => Err(Problem::KioskBound),
        Err(error) => {
            tracing::error!("a kiosk could not be bound to its screen: {error:#}");
            Err(Problem::NotBound)
        }
    }
}

/// `Secure` where the page came over TLS, which ends in front of us.
fn cookie(headers: &HeaderMap, value: &str, age_s: u32) -> [(header::HeaderName, String); 2] {
    let origin = headers.get(header::ORIGIN);
    let is_secure = origin.is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age_s}{secure}");
    [
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

/// A grant as its bearer may know it.
fn shown(grant: &Grant) -> Value {
    let acts: Vec<_> = Act::all()
        .filter(|act| grant.may(*act))
        .map(Act::name)
        .collect();
    json!({
        "label": grant.label.as_str(),
        "role": grant.role.name(),
        "tier": grant.tier.name(),
        "tenant": grant.tenant.as_str(),
        "sites": match &grant.sites {
            Sites::All => Value::Null,
            Sites::These(sites) => sites.iter().map(|site| site.as_str()).collect(),
        },
        "wards": match &grant.wards {
            Wards::All => Value::Null,
            Wards::These(wards) => wards.iter().map(|ward| ward.as_str()).collect(),
        },
        "device": grant.device.as_ref().map(|device| device.as_str()),
        "may": acts,
    })
}
