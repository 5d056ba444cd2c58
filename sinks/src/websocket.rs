//! IO: `/live`, the boards' WebSocket, and the two read-only pages beside it.
//!
//! One task folds the outputs and sends frames into one ring a site and view; every board reads its
//! ring at its own pace, and frames are shared, not copied. A board that falls a whole ring behind loses
//! what is in it and gets a new snapshot; it slows nobody. One that does not read at all is let go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use events::access::Tier;
use events::id::WardId;
use events::log::Chunk;
use events::place::Site;
use events::time::CellTime;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::board::{Applied, Board, SiteName};
use crate::counters::{Counters, Sink};
use crate::frames::{self, Topic, View};
use crate::source::Source;

mod connection;
mod message;
mod rings;
mod talk;

pub(crate) use connection::may_look;
pub use connection::{Ended, live_description, live_router};
use message::{Last, Wrong};
use rings::{Joined, Rings, ViewOf};

/// Deltas of a site are at least this far apart, unless they carry an alert.
const DELTA: Duration = Duration::from_millis(100);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Boards that are so far behind do not know what there is, in real milliseconds: how far the log is
/// folded is said once a second.
const MOMENT_MS: f64 = 5_000.0;
/// Largest frame that can be sent, in bytes: more than the snapshot of a full site.
pub(crate) const FRAME_MAX: usize = 20 * 1024 * 1024;

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
    rings: Rings,
}

/// Why there is no board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoBoard {
    /// Nothing is known of the site.
    Unknown,
    /// The site is looked at in as many ways as may be.
    TooManyViews,
}

impl Live {
    /// Boards that show nothing yet.
    pub fn new(options: LiveOptions, counters: Arc<Counters>) -> Self {
        let mut boards = Boards {
            board: Board::new(options.lanes),
            rings: Rings::new(options.queue),
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
            rings.beat(name, || {
                let (as_of_ms, full) = (site.as_of_ms, site.is_full);
                frames::heartbeat(pulse.cell.0, as_of_ms, &pulse.sources, full, violation)
            });
        }
    }

    /// Shows what waits.
    fn flush(&self, Boards { board, rings }: &mut Boards) {
        for (name, delta) in board.flush() {
            rings.tell(&name, &delta);
        }
    }

    /// Whether it is certain that nothing was ever said of a site, or of a ward of it: boards know of
    /// none, have room for it, and show what was said until a moment ago.
    pub fn is_absent(&self, site: &Site, ward: Option<&WardId>, now: CellTime) -> bool {
        let boards = self.boards();
        #[expect(clippy::cast_possible_truncation, reason = "a speed is 1,000 at most")]
        let moment = (MOMENT_MS * self.shared.options.speed) as i64;
        if now.0 - boards.board.as_of().0 > moment || boards.board.is_full() {
            return false;
        }
        let name = (site.tenant.to_string(), site.site.to_string());
        match (boards.board.get(&name), ward) {
            (None, _) => true,
            (Some(site), Some(ward)) => {
                !site.is_full && !site.known_wards().contains(ward.as_str())
            }
            (Some(_), None) => false,
        }
    }

    /// What a view of a site begins with, and every frame after it.
    fn join(
        &self,
        site: &SiteName,
        view: (&View, ViewOf),
        last: Option<&Last>,
    ) -> Result<Joined, NoBoard> {
        let mut boards = self.boards();
        let Boards { board, rings } = &mut *boards;
        let shown = board.get(site).ok_or(NoBoard::Unknown)?;
        let joined = rings.join(site, shown, view, last);
        joined.ok_or(NoBoard::TooManyViews)
    }

    /// These topics of a view.
    fn narrowed(
        &self,
        site: &SiteName,
        view: &View,
        topics: &BTreeSet<Topic>,
    ) -> Result<View, Wrong> {
        let boards = self.boards();
        let narrowed = |shown| view.narrowed(topics, shown);
        let view = boards.board.get(site).and_then(narrowed);
        view.ok_or(Wrong::TopicUnknown)
    }

    /// The visits that a view of a site shows, each with the ward that shows it.
    pub(crate) fn visits(&self, site: &SiteName, view: &View) -> Option<Vec<(String, String)>> {
        let boards = self.boards();
        let shown = boards.board.get(site)?;
        Some(frames::visits(shown, view))
    }

    fn hello(&self, tier: Tier) -> Utf8Bytes {
        let options = &self.shared.options;
        let cell = (options.pulse)(self.boards().board.as_of()).cell;
        let warning = options.warning.as_deref();
        frames::hello(&options.build, cell.0, options.speed, tier, warning)
    }

    fn boards(&self) -> MutexGuard<'_, Boards> {
        self.shared
            .boards
            .lock()
            .expect("nobody panics while holding the boards")
    }
}
