//! What is kept beside the fold: snapshots and the archive, each in threads of its own,
//! written into a folder as in production.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use events::log::Chunk;
use events::metric;
use events::time::HOUR_MS;
use store::archive::{self, Counters, Limits, Writer};
use store::location;
use store::snapshots::{Manifest, Snapshots, Terms};
use stream::site::SiteConfig;
use stream::snapshot::{Part, Piece, Plan, VERSION};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::load::LANES;
use stream::source::LaneKey;

/// Twice as often as production.
const EVERY: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);
const LOG: &str = "cost";
const MIB: usize = 1 << 20;

/// A snapshot that is whole.
pub(crate) type Whole = (u64, BTreeMap<Part, Piece>);

/// Takes snapshots until it is ended.
pub(crate) struct Keeper {
    inlet: SyncSender<Whole>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Keeper {
    pub(crate) fn start(folder: &Path, plan: Arc<Plan>) -> Self {
        let store = location::folder(folder).expect("there is room");
        let (inlet, whole) = sync_channel(1);
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            let runtime = runtime();
            let claimed = runtime.block_on(Snapshots::claim(store, LOG));
            keep(
                &runtime,
                &claimed.expect("there is room"),
                &plan,
                &whole,
                &is_ended,
            )
        });
        Self {
            inlet,
            ended,
            thread,
        }
    }

    pub(crate) fn inlet(&self) -> SyncSender<Whole> {
        self.inlet.clone()
    }

    /// How many it has taken.
    pub(crate) fn end(self) -> u64 {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().expect("snapshots are kept")
    }
}

fn keep(
    runtime: &Runtime,
    snapshots: &Snapshots,
    plan: &Plan,
    whole: &Receiver<Whole>,
    ended: &AtomicBool,
) -> u64 {
    let is_over = || ended.load(Ordering::Relaxed);
    let mut taken = 0;
    loop {
        let mut waited = Duration::ZERO;
        while waited < EVERY && !is_over() {
            thread::sleep(LOOK);
            waited += LOOK;
        }
        plan.want();
        let (epoch, pieces) = loop {
            match whole.recv_timeout(LOOK) {
                Ok(whole) => break whole,
                Err(_) if is_over() => return taken,
                Err(_) => {}
            }
        };
        let mut parts = Vec::new();
        for (part, piece) in pieces {
            let put = snapshots.put(epoch, part.to_string(), piece.next_offset, piece.bytes());
            parts.push(runtime.block_on(put).expect("there is room"));
        }
        let manifest = Manifest {
            epoch,
            generation: snapshots.generation(),
            terms: terms(),
            parts,
        };
        let committed = runtime.block_on(snapshots.commit(&manifest));
        committed.expect("there is room");
        taken += 1;
    }
}

fn terms() -> Terms {
    let site = SiteConfig::default();
    Terms {
        version: VERSION,
        lanes: LANES,
        horizon_ms: site.horizon_ms,
        disorder_ms: site.disorder_ms,
    }
}

/// Writes every lane as Parquet.
pub(crate) struct Archive {
    inlet: mpsc::Sender<Chunk>,
    counters: Arc<Counters>,
    thread: JoinHandle<()>,
}

impl Archive {
    pub(crate) fn start(folder: &Path, lanes: Vec<LaneKey>) -> Self {
        let store = location::folder(folder).expect("there is room");
        let config = archive::Config {
            log: LOG.to_owned(),
            lanes,
            limits: Limits {
                file_bytes: 8 * MIB,
                file_ms: HOUR_MS,
                buffer_bytes: 16 * MIB,
            },
            retention_days: 1,
        };
        let counters = Arc::new(Counters::default());
        let (inlet, chunks) = mpsc::channel(16);
        let counted = Arc::clone(&counters);
        let thread = thread::spawn(move || {
            let archived = runtime().block_on(async {
                let writer = Writer::open(store, config, counted).await?;
                writer.run(chunks).await
            });
            archived.expect("there is room");
        });
        Self {
            inlet,
            counters,
            thread,
        }
    }

    pub(crate) fn inlet(&self) -> mpsc::Sender<Chunk> {
        self.inlet.clone()
    }

    /// How many bytes it has, once everything is in it.
    pub(crate) fn end(self) -> u64 {
        drop(self.inlet);
        self.thread.join().expect("the archive is written");
        let counted = self.counters.snapshot();
        let bytes = counted
            .iter()
            .find(|(metric, ..)| *metric == metric::ARCHIVE_BYTES);
        bytes.map_or(0, |(.., bytes)| *bytes)
    }
}

fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime starts")
}
