//! Wires the processor's snapshots to where they are kept: from which of them it
//! goes on, and when a new one may become a manifest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use events::metric;
use events::topic::KafkaTopic;
use ingest::kafka;
use ingest::kafka_look::Look;
use store::snapshots::{Manifest, SnapshotError, Snapshots, Terms};
use stream::snapshot::{self, Part, Piece, Plan, State};
use stream::worker;
use tokio::sync::{mpsc, watch};

use crate::config::Config;
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
    offsets: BTreeMap<(KafkaTopic, u32), u64>,
    snapshots: Snapshots,
    terms: Terms,
}

/// Finds the newest snapshot that is whole, and makes the log's snapshots ours.
pub(crate) async fn begin(
    config: &Config,
    kafka: &kafka::Config,
    log: &str,
) -> anyhow::Result<Beginning> {
    let folder = &config.store.folder;
    let store = store::location::folder(folder).context("store.folder")?;
    let snapshots = Snapshots::claim(store, log).await.context("store.folder")?;
    let stream = config.stream();
    let mut beginning = Beginning {
        state: None,
        offsets: BTreeMap::new(),
        terms: terms(&stream),
        snapshots,
    };
    for manifest in beginning.snapshots.manifests().await? {
        match beginning.read(&stream, manifest).await {
            Ok(manifest) => {
                tracing::info!(epoch = manifest.epoch, "going on from a snapshot");
                reaches(kafka, beginning.offsets.clone()).await?;
                return Ok(beginning);
            }
            Err(error) => tracing::warn!("a snapshot is passed over: {error:#}"),
        }
    }
    tracing::info!("there is no snapshot: the log is folded from its beginning");
    Ok(beginning)
}

impl Beginning {
    /// Reads all parts of a snapshot.
    async fn read(
        &mut self,
        config: &worker::Config,
        manifest: Result<Manifest, SnapshotError>,
    ) -> anyhow::Result<Manifest> {
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
        (self.state, self.offsets) = (Some(state), offsets);
        Ok(manifest)
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
            offsets: self.offsets,
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

/// Kafka must still hold what follows the snapshot.
async fn reaches(
    kafka: &kafka::Config,
    offsets: BTreeMap<(KafkaTopic, u32), u64>,
) -> anyhow::Result<()> {
    let look = Look::new(kafka)?;
    let reaches = move || {
        for ((topic, lane), needed) in offsets {
            let (low, high) = look.watermarks(topic, lane)?;
            if !(low..=high).contains(&needed) {
                bail!(
                    "the log no longer holds what is needed: topic {} lane {lane} is needed from offset {needed} and holds {low} to {high}",
                    topic.name()
                );
            }
        }
        Ok(())
    };
    tokio::task::spawn_blocking(reaches).await?
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
            let bytes: usize = parts.values().map(|piece| piece.bytes.len()).sum();
            match self.keep(epoch, parts).await {
                Ok(()) => {
                    counts.epoch.store(epoch, Ordering::Relaxed);
                    counts.bytes.store(bytes as u64, Ordering::Relaxed);
                }
                Err(SnapshotError::TakenOver) => return Err(SnapshotError::TakenOver.into()),
                Err(error) => {
                    counts.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(epoch, %error, "a snapshot was not kept");
                }
            }
        }
    }

    async fn keep(&self, epoch: u64, pieces: BTreeMap<Part, Piece>) -> Result<(), SnapshotError> {
        let mut parts = Vec::new();
        for (part, piece) in pieces {
            let put = self
                .snapshots
                .put(epoch, part.to_string(), piece.next_offset, piece.bytes);
            parts.push(put.await?);
        }
        let manifest = Manifest {
            epoch,
            generation: self.snapshots.generation(),
            terms: self.terms.clone(),
            parts,
        };
        self.snapshots.commit(&manifest).await
    }
}
