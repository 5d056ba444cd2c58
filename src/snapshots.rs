//! Wires the processor's snapshots to where they are kept: from which of them it
//! goes on, and when a new one may become a manifest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use events::metric;
use ingest::kafka;
use ingest::kafka_reader::Lane;
use store::archive::Reader;
use store::snapshots::{Manifest, SnapshotError, Snapshots, Terms};
use stream::snapshot::{self, Part, Piece, Plan, State};
use stream::worker;
use tokio::sync::{mpsc, watch};

use crate::config::Config;
use crate::onward::{self, LaneKey};
use crate::processor::Begin;
use crate::telemetry::Sample;

/// The parts of a snapshot that is whole, and whose outputs are acknowledged.
pub(crate) type Whole = (u64, BTreeMap<Part, Piece>);

/// What is counted of snapshots, for metrics.
#[derive(Debug, Default)]
pub(crate) struct SnapshotCounts {
    pub(crate) epoch: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl SnapshotCounts {
    /// Every number.
    pub(crate) fn snapshot(&self) -> Vec<Sample> {
        let of = |metric, number: &AtomicU64| (metric, "", number.load(Ordering::Relaxed));
        vec![
            of(metric::STREAM_SNAPSHOT_BYTES, &self.bytes),
            of(metric::STREAM_SNAPSHOT_EPOCH, &self.epoch),
            of(metric::STREAM_SNAPSHOT_FAILURES, &self.failures),
        ]
    }
}

/// From where the processor goes on.
pub(crate) struct Beginning {
    /// What it knows there; absent: nothing, the log is folded from its beginning.
    state: Option<State>,
    /// Where each lane goes on.
    lanes: BTreeMap<LaneKey, Lane>,
    snapshots: Snapshots,
    terms: Terms,
}

/// Finds the newest snapshot that is whole, and makes the log's snapshots ours.
pub(crate) async fn begin(
    config: &Config,
    kafka: &kafka::Config,
    log: &str,
) -> anyhow::Result<Beginning> {
    let store = config.store.open()?;
    let archive = Reader::new(Arc::clone(&store), log);
    let snapshots = Snapshots::claim(store, log).await.context("store")?;
    let stream = config.stream();
    let mut beginning = Beginning {
        state: None,
        lanes: BTreeMap::new(),
        terms: terms(&stream),
        snapshots,
    };
    let mut needed = BTreeMap::new();
    for manifest in beginning.snapshots.manifests().await? {
        match beginning.read(&stream, manifest).await {
            Ok(offsets) => {
                needed = offsets;
                break;
            }
            Err(error) => tracing::warn!("a snapshot is passed over: {error:#}"),
        }
    }
    match &beginning.state {
        Some(state) => tracing::info!(epoch = state.epoch(), "going on from a snapshot"),
        None => tracing::info!("there is no snapshot: the log is folded from its beginning"),
    }
    beginning.lanes = onward::lanes(&archive, kafka, &needed).await?;
    Ok(beginning)
}

impl Beginning {
    /// Reads all parts of a snapshot. Returns where each lane goes on.
    async fn read(
        &mut self,
        config: &worker::Config,
        manifest: Result<Manifest, SnapshotError>,
    ) -> anyhow::Result<BTreeMap<LaneKey, u64>> {
        let manifest = manifest?;
        check(&manifest, &self.terms)?;
        let mut state = State::of(manifest.epoch);
        let mut offsets = BTreeMap::new();
        let mut named: BTreeMap<_, _> = manifest
            .parts
            .iter()
            .map(|part| (&*part.name, part))
            .collect();
        for part in snapshot::parts(config.lanes) {
            let found = named.remove(&*part.to_string());
            let found = found.with_context(|| {
                format!("snapshot of epoch {}: {part} is missing", manifest.epoch)
            })?;
            let bytes = self.snapshots.part(&manifest, found).await?;
            state.take(config, part, &bytes)?;
            if let Part::Lane(topic, lane) = part {
                offsets.insert((topic, lane), found.next_offset);
            }
        }
        self.state = Some(state);
        Ok(offsets)
    }

    /// Splits it into what the processor goes on from, and what keeps new snapshots.
    pub(crate) fn split(self) -> (Begin, Keeper) {
        let (whole, to_keep) = mpsc::channel(1);
        let plan = Arc::new(Plan::from(self.state.as_ref().map_or(0, State::epoch)));
        let keeper = Keeper {
            snapshots: self.snapshots,
            terms: self.terms,
            plan: Arc::clone(&plan),
            whole: to_keep,
        };
        let begin = Begin {
            state: self.state,
            lanes: self.lanes,
            plan,
            whole,
        };
        (begin, keeper)
    }
}

/// What the state depends on beside the log.
fn terms(config: &worker::Config) -> Terms {
    Terms {
        version: snapshot::VERSION,
        lanes: config.lanes,
        horizon_ms: config.site.horizon_ms,
        disorder_ms: config.site.disorder_ms,
    }
}

/// A snapshot that was computed with other terms would go on to say what this
/// processor never would.
fn check(manifest: &Manifest, terms: &Terms) -> anyhow::Result<()> {
    let (epoch, of) = (manifest.epoch, &manifest.terms);
    ensure!(
        of.version == terms.version,
        "snapshot of epoch {epoch} is of version {}, and this program reads version {}",
        of.version,
        terms.version
    );
    ensure!(
        of.lanes == terms.lanes,
        "snapshot of epoch {epoch} is of a log with {} lanes, and kafka.lanes is {}",
        of.lanes,
        terms.lanes
    );
    ensure!(
        (of.horizon_ms, of.disorder_ms) == (terms.horizon_ms, terms.disorder_ms),
        "snapshot of epoch {epoch} was computed with another stream.horizon_hours or stream.disorder_s"
    );
    Ok(())
}

/// Keeps the snapshots that the processor takes.
pub(crate) struct Keeper {
    snapshots: Snapshots,
    terms: Terms,
    plan: Arc<Plan>,
    whole: mpsc::Receiver<Whole>,
}

impl Keeper {
    /// Asks for a snapshot every so often, and keeps each once it is whole and
    /// acknowledged. A store that is away or full costs snapshots, and nothing
    /// else: the older ones stay what a restart goes on from.
    pub(crate) async fn run(
        mut self,
        every: Duration,
        counts: Arc<SnapshotCounts>,
        mut stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            }
            self.plan.want();
            let taken = tokio::select! {
                taken = self.whole.recv() => taken,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            let Some((epoch, parts)) = taken else {
                return Ok(());
            };
            // What is left half written is never read: the manifest comes last.
            let kept = tokio::select! {
                kept = self.keep(epoch, parts) => kept,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            match kept {
                Ok(bytes) => {
                    counts.epoch.store(epoch, Ordering::Relaxed);
                    counts.bytes.store(bytes, Ordering::Relaxed);
                }
                Err(SnapshotError::TakenOver) => return Err(SnapshotError::TakenOver.into()),
                Err(error) => {
                    counts.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(epoch, %error, "a snapshot was not kept");
                }
            }
        }
    }

    /// Writes it down, and keeps it. Returns how many bytes it has.
    async fn keep(&self, epoch: u64, pieces: BTreeMap<Part, Piece>) -> Result<u64, SnapshotError> {
        let mut parts = Vec::new();
        for (part, piece) in pieces {
            let next_offset = piece.next_offset;
            // Beside the workers, which go on meanwhile, and beside the async tasks.
            let bytes = tokio::task::spawn_blocking(move || piece.bytes());
            let bytes = bytes
                .await
                .expect("state is made of numbers, texts and lists");
            let put = self
                .snapshots
                .put(epoch, part.to_string(), next_offset, bytes);
            parts.push(put.await?);
        }
        let size = parts.iter().map(|part| part.size).sum();
        let manifest = Manifest {
            epoch,
            generation: self.snapshots.generation(),
            terms: self.terms.clone(),
            parts,
        };
        self.snapshots.commit(&manifest).await?;
        Ok(size)
    }
}
