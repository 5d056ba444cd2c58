//! IO: who opens a board. A board shows what its grant sees, as closely as its tier, for as long
//! as its token lives.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use events::access::{Act, Grant};
use events::id::{SiteId, TenantId};
use events::place::Site;
use serde::Deserialize;
use tokio::sync::watch;

use super::message::MESSAGE_MAX;
use super::talk::Connection;
use super::{FRAME_MAX, Live, NoBoard, ViewOf};
use crate::answers::Problem;
use crate::board::SiteName;
use crate::frames::View;

/// What a connection writes at once, in bytes; tungstenite's own default is 128 KiB.
const WRITES: usize = 4 * 1024;
/// What it reads at once: each try clears so much, and boards say little.
const READS: usize = 512;

/// Tells a connection that the token with which it was opened has ended.
#[derive(Clone, Debug)]
pub struct Ended(watch::Receiver<()>);

impl Ended {
    /// When the other end of the channel is dropped, the token has ended.
    pub const fn new(here: watch::Receiver<()>) -> Self {
        Self(here)
    }

    pub(super) async fn wait(&mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

/// `GET /live?site=TENANT/SITE`, `GET /v1/sites`, `GET /v1/{tenant}/{site}/snapshot`. Requests
/// carry an `Arc<Grant>`, and for `/live` an [`Ended`].
pub fn live_router(live: Live) -> Router {
    Router::new()
        .route("/live", get(open))
        .route("/v1/sites", get(sites))
        .route("/v1/{tenant}/{site}/snapshot", get(snapshot))
        .with_state(live)
}

/// `GET /asyncapi.json`, which is the same for everybody.
pub fn live_description() -> Router {
    const DESCRIPTION: &str = include_str!("asyncapi.json");
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route(
        "/asyncapi.json",
        get(move || async move { (kind, DESCRIPTION) }),
    )
}

#[derive(Deserialize)]
struct Opening {
    site: String,
}

type Who = Extension<Arc<Grant>>;

async fn open(
    State(live): State<Live>,
    Extension(grant): Who,
    Extension(ended): Extension<Ended>,
    Query(Opening { site }): Query<Opening>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !same_origin(&headers) {
        return (StatusCode::FORBIDDEN, "the page is of another origin").into_response();
    }
    let Some((tenant, site)) = site.split_once('/') else {
        return (StatusCode::BAD_REQUEST, "site is not TENANT/SITE").into_response();
    };
    let name = (tenant.to_owned(), site.to_owned());
    if let Err(problem) = may_look(&grant, &name) {
        return problem.into_response();
    }
    if live.boards().board.get(&name).is_none() {
        return Problem::SiteUnknown.into_response();
    }
    let Ok(place) = live.shared.places.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many boards are open").into_response();
    };
    let board = Connection::new(live, name, View::of(&grant), ended, place);
    upgrade
        .read_buffer_size(READS)
        .write_buffer_size(WRITES)
        .max_write_buffer_size(FRAME_MAX)
        .max_message_size(MESSAGE_MAX)
        .on_upgrade(|socket| board.serve(socket))
}

/// A browser names the page that opens the socket: only ours may read the boards.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let page = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    page.is_some_and(|(_, page)| Some(page) == host)
}

/// Whether a site is there for a grant.
fn sees(grant: &Grant, (tenant, site): &SiteName) -> bool {
    match (TenantId::new(tenant), SiteId::new(site)) {
        (Ok(tenant), Ok(site)) => grant.sees_site(&Site { tenant, site }),
        _ => false,
    }
}

pub(crate) fn may_look(grant: &Grant, site: &SiteName) -> Result<(), Problem> {
    if !sees(grant, site) {
        return Err(Problem::SiteUnknown);
    }
    match grant.may(Act::ReadBoards) {
        true => Ok(()),
        false => Err(Problem::NotAllowed),
    }
}

async fn sites(
    State(live): State<Live>,
    Extension(grant): Who,
) -> Result<Json<Vec<String>>, Problem> {
    if !grant.may(Act::ReadBoards) {
        return Err(Problem::NotAllowed);
    }
    let boards = live.boards();
    let seen = boards.board.sites().filter(|(name, _)| sees(&grant, name));
    let names = seen.map(|((tenant, site), _)| format!("{tenant}/{site}"));
    Ok(Json(names.collect()))
}

async fn snapshot(
    State(live): State<Live>,
    Extension(grant): Who,
    Path(site): Path<SiteName>,
) -> Result<Response, Problem> {
    may_look(&grant, &site)?;
    let view = View::of(&grant);
    match live.join(&site, (&view, ViewOf::Token), None) {
        Ok(joined) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            let snapshot = joined.first.into_iter().next().unwrap_or_default();
            Ok((kind, Message::Text(snapshot).into_data()).into_response())
        }
        Err(NoBoard::Unknown) => Err(Problem::SiteUnknown),
        Err(NoBoard::TooManyViews) => Err(Problem::TooMany),
    }
}
