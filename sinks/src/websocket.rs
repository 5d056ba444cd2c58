//! IO: `/live`, the boards' WebSocket, and the two read-only pages beside it.
//!
//! One task folds the outputs and sends frames into one ring a site; every board reads the ring at
//! its own pace, and frames are shared, not copied. A board that falls a whole ring behind loses
//! what is in it and gets a new snapshot; it slows nobody. One that does not read at all is let go.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use events::log::Chunk;
use events::place::Site;
use events::time::CellTime;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use crate::board::{Applied, Board, SiteName};
use crate::counters::{Counters, Sink};
use crate::frames;
use crate::source::Source;

/// Deltas of a site are at least this far apart, unless they carry an alert.
const DELTA: Duration = Duration::from_millis(100);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A board that has not taken a frame after this long is let go.
const SEND: Duration = Duration::from_secs(10);
/// Of each connection, in bytes; tungstenite's own default is 128 KiB.
const BUFFER: usize = 4 * 1024;
/// Largest frame that can be sent, in bytes: more than the snapshot of a full site.
pub(crate) const FRAME_MAX: usize = 20 * 1024 * 1024;
/// Boards have nothing to say: largest message taken from one, in bytes.
const MESSAGE_MAX: usize = 4 * 1024;

/// How the processor and its sources are, for heartbeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Cell time now.
    pub cell: CellTime,
    /// How each source is, by name.
    pub sources: BTreeMap<&'static str, Source>,
}

/// What live boards are told and may use.
#[derive(Clone)]
pub struct LiveOptions {
    /// Name of this build.
    pub build: String,
    /// Speed of the cell's clock; 1 in production.
    pub speed: f64,
    /// A text that every board shows.
    pub warning: Option<String>,
    /// Sites whose boards may open before anything is said of them.
    pub sites: Vec<Site>,
    /// Most boards at a time; one more is refused with 503.
    pub clients_max: usize,
    /// Frames that a board may be behind.
    pub queue: usize,
    /// Lanes of each topic.
    pub lanes: u32,
    /// Asked every second, with the time up to which the log was folded and read back.
    pub pulse: Arc<dyn Fn(CellTime) -> Pulse + Send + Sync>,
}

/// The live boards of all sites.
#[derive(Clone)]
pub struct Live {
    shared: Arc<Shared>,
}

struct Shared {
    options: LiveOptions,
    counters: Arc<Counters>,
    places: Arc<Semaphore>,
    boards: Mutex<Boards>,
}

struct Boards {
    board: Board,
    rings: BTreeMap<SiteName, Ring>,
}

/// What the connections of a site share.
struct Ring {
    frames: broadcast::Sender<Utf8Bytes>,
    /// The snapshot at the newest delta or heartbeat, once somebody has asked for it.
    snapshot: Option<Utf8Bytes>,
}

impl Live {
    /// Boards that show nothing yet.
    pub fn new(options: LiveOptions, counters: Arc<Counters>) -> Self {
        let mut boards = Boards {
            board: Board::new(options.lanes),
            rings: BTreeMap::new(),
        };
        for site in &options.sites {
            let name = (site.tenant.to_string(), site.site.to_string());
            boards.board.know(name);
        }
        Self {
            shared: Arc::new(Shared {
                places: Arc::new(Semaphore::new(options.clients_max)),
                options,
                counters,
                boards: Mutex::new(boards),
            }),
        }
    }

    /// Shows what comes, until the channel is closed. Feed it the lanes of [`BOARD_TOPICS`] from
    /// their start: a board server keeps nothing. Other topics are left aside.
    ///
    /// [`BOARD_TOPICS`]: crate::BOARD_TOPICS
    pub async fn run(&self, mut chunks: mpsc::Receiver<Chunk>) {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut flushed = Instant::now();
        let mut pending = false;
        loop {
            tokio::select! {
                chunk = chunks.recv() => {
                    let Some(chunk) = chunk else { break };
                    pending |= self.apply(chunk);
                }
                _ = heartbeat.tick() => self.beat(),
                () = sleep_until(flushed + DELTA), if pending => {}
            }
            if pending && flushed.elapsed() >= DELTA {
                self.flush(&mut self.boards());
                (pending, flushed) = (false, Instant::now());
            }
        }
        self.flush(&mut self.boards());
    }

    /// Takes a chunk; tells alerts at once. Gives whether something else waits to be shown.
    fn apply(&self, chunk: Chunk) -> bool {
        let Chunk {
            topic,
            lane,
            records,
        } = chunk;
        let mut boards = self.boards();
        let mut pending = false;
        for record in records {
            let applied = boards.board.apply(topic, lane, &record);
            let applied = applied.unwrap_or_else(|error| {
                let (topic, offset) = (topic.name(), record.offset);
                tracing::error!(topic, lane, offset, %error, "record left off the boards");
                Applied::Nothing
            });
            match applied {
                Applied::Nothing => {}
                Applied::Soon => pending = true,
                Applied::AtOnce => {
                    self.flush(&mut boards);
                    pending = false;
                }
                Applied::LeftOff { first } => {
                    self.shared.counters.left_off.fetch_add(1, Relaxed);
                    if first {
                        let topic = topic.name();
                        tracing::error!(topic, lane, "a site has more than its boards can hold");
                    }
                }
            }
        }
        let counters = &self.shared.counters;
        for violation in boards.board.take_violations() {
            counters.violated(Sink::Board, topic, lane, violation);
        }
        pending
    }

    fn beat(&self) {
        let violation = self.shared.counters.any_violation();
        let mut boards = self.boards();
        // What is as of then must be on the boards, too.
        self.flush(&mut boards);
        let pulse = (self.shared.options.pulse)(boards.board.as_of());
        let Boards { board, rings } = &mut *boards;
        for (name, site) in board.sites() {
            let Some(ring) = rings.get_mut(name) else {
                continue;
            };
            // It may be as of later now, also where nothing has changed.
            ring.snapshot = None;
            ring.send(|| {
                let (as_of_ms, full) = (site.as_of_ms, site.is_full);
                frames::heartbeat(pulse.cell.0, as_of_ms, &pulse.sources, full, violation)
            });
        }
    }

    /// Shows what waits.
    fn flush(&self, Boards { board, rings }: &mut Boards) {
        for (name, delta) in board.flush() {
            let ring = ring(rings, &name, self.shared.options.queue);
            ring.snapshot = None;
            ring.send(|| frames::delta(&delta));
        }
    }

    /// The snapshot of a site, and every frame after it; nothing if the site is not known.
    fn join(&self, site: &SiteName) -> Option<(Utf8Bytes, broadcast::Receiver<Utf8Bytes>)> {
        let queue = self.shared.options.queue;
        let mut boards = self.boards();
        let Boards { board, rings } = &mut *boards;
        let shown = board.get(site)?;
        let ring = ring(rings, site, queue);
        let snapshot = ring
            .snapshot
            .get_or_insert_with(|| frames::snapshot(shown))
            .clone();
        Some((snapshot, ring.frames.subscribe()))
    }

    fn hello(&self) -> Utf8Bytes {
        let options = &self.shared.options;
        let cell = (options.pulse)(self.boards().board.as_of()).cell;
        let warning = options.warning.as_deref();
        frames::hello(&options.build, cell.0, options.speed, warning)
    }

    fn boards(&self) -> MutexGuard<'_, Boards> {
        self.shared
            .boards
            .lock()
            .expect("nobody panics while holding the boards")
    }
}

fn ring<'a>(
    rings: &'a mut BTreeMap<SiteName, Ring>,
    site: &SiteName,
    queue: usize,
) -> &'a mut Ring {
    rings.entry(site.clone()).or_insert_with(|| Ring {
        frames: broadcast::Sender::new(queue),
        snapshot: None,
    })
}

impl Ring {
    /// Writes and sends a frame if anybody is there.
    fn send(&self, frame: impl FnOnce() -> Utf8Bytes) {
        if self.frames.receiver_count() > 0 {
            // An error means that the last one has just left.
            let _ = self.frames.send(frame());
        }
    }
}

/// `GET /live?site=TENANT/SITE`, `GET /v1/sites`, `GET /v1/{tenant}/{site}/snapshot`.
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

async fn open(
    State(live): State<Live>,
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
    if live.boards().board.get(&name).is_none() {
        return unknown_site();
    }
    let Ok(place) = live.shared.places.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many boards are open").into_response();
    };
    upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(FRAME_MAX)
        .max_message_size(MESSAGE_MAX)
        .on_upgrade(move |socket| serve(live, name, socket, place))
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

fn unknown_site() -> Response {
    (StatusCode::NOT_FOUND, "nothing is known of this site").into_response()
}

async fn sites(State(live): State<Live>) -> Json<Vec<String>> {
    let boards = live.boards();
    let names = boards
        .board
        .sites()
        .map(|((tenant, site), _)| format!("{tenant}/{site}"));
    Json(names.collect())
}

async fn snapshot(State(live): State<Live>, Path(site): Path<SiteName>) -> Response {
    match live.join(&site) {
        Some((snapshot, _)) => (
            [(header::CONTENT_TYPE, "application/json")],
            Message::Text(snapshot).into_data(),
        )
            .into_response(),
        None => unknown_site(),
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

async fn serve(live: Live, site: SiteName, mut socket: WebSocket, _place: OwnedSemaphorePermit) {
    let counters = &live.shared.counters;
    let _present = Present::new(counters);
    let Some((snapshot, mut frames)) = live.join(&site) else {
        return;
    };
    let mut next = vec![snapshot, live.hello()];
    loop {
        while let Some(frame) = next.pop() {
            if !send(&mut socket, frame).await {
                return;
            }
            counters.frames.fetch_add(1, Relaxed);
        }
        tokio::select! {
            frame = frames.recv() => match frame {
                Ok(frame) => next.push(frame),
                Err(RecvError::Closed) => return,
                Err(RecvError::Lagged(_)) => {
                    counters.resyncs.fetch_add(1, Relaxed);
                    let Some((snapshot, fresh)) = live.join(&site) else { return };
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

/// Whether the board has taken the frame in time.
async fn send(socket: &mut WebSocket, frame: Utf8Bytes) -> bool {
    matches!(
        timeout(SEND, socket.send(Message::Text(frame))).await,
        Ok(Ok(()))
    )
}
