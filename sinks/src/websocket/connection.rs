//! IO: who opens a board, and what is sent to it. A board shows what its grant sees, as
//! closely as its tier, for as long as its token lives.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use events::access::{Act, Grant};
use events::id::{SiteId, TenantId};
use events::place::Site;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

use super::{FRAME_MAX, Live, NoBoard};
use crate::answers::Problem;
use crate::board::SiteName;
use crate::counters::Counters;
use crate::frames::View;

/// A board that has not taken a frame after this long is let go.
const SEND: Duration = Duration::from_secs(10);
/// Of each connection, in bytes; tungstenite's own default is 128 KiB.
const BUFFER: usize = 4 * 1024;
/// Boards have nothing to say: largest message taken from one, in bytes.
const MESSAGE_MAX: usize = 4 * 1024;

/// Tells a connection that the token with which it was opened has ended.
#[derive(Clone, Debug)]
pub struct Ended(watch::Receiver<()>);

impl Ended {
    /// When the other end of the channel is dropped, the token has ended.
    pub const fn new(here: watch::Receiver<()>) -> Self {
        Self(here)
    }

    async fn wait(&mut self) {
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
    let board = Connection {
        live,
        site: name,
        view: View::of(&grant),
        ended,
        _place: place,
    };
    upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
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
    match live.join(&site, &View::of(&grant)) {
        Ok((snapshot, _)) => Ok((
            [(header::CONTENT_TYPE, "application/json")],
            Message::Text(snapshot).into_data(),
        )
            .into_response()),
        Err(NoBoard::Unknown) => Err(Problem::SiteUnknown),
        Err(NoBoard::TooManyViews) => Err(Problem::TooMany),
    }
}

/// Counts a connection while it is there.
struct Present(Arc<Counters>);

impl Present {
    fn new(counters: &Arc<Counters>) -> Self {
        counters.clients.fetch_add(1, Relaxed);
        Self(Arc::clone(counters))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Relaxed);
    }
}

/// A board that is open.
struct Connection {
    live: Live,
    site: SiteName,
    view: View,
    ended: Ended,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(mut self, mut socket: WebSocket) {
        let counters = Arc::clone(&self.live.shared.counters);
        let _present = Present::new(&counters);
        let Ok((snapshot, mut frames)) = self.live.join(&self.site, &self.view) else {
            return;
        };
        let mut next = vec![snapshot, self.live.hello(self.view.tier)];
        loop {
            while let Some(frame) = next.pop() {
                let sent = tokio::select! {
                    sent = send(&mut socket, frame) => sent,
                    () = self.ended.wait() => false,
                };
                if !sent {
                    return;
                }
                counters.frames.fetch_add(1, Relaxed);
            }
            tokio::select! {
                () = self.ended.wait() => return,
                frame = frames.recv() => match frame {
                    Ok(frame) => next.push(frame),
                    Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(_)) => {
                        counters.resyncs.fetch_add(1, Relaxed);
                        let joined = self.live.join(&self.site, &self.view);
                        let Ok((snapshot, fresh)) = joined else { return };
                        next.push(snapshot);
                        frames = fresh;
                    }
                },
                message = socket.recv() => match message {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}

/// Whether the board has taken the frame in time.
async fn send(socket: &mut WebSocket, frame: Utf8Bytes) -> bool {
    matches!(
        timeout(SEND, socket.send(Message::Text(frame))).await,
        Ok(Ok(()))
    )
}
