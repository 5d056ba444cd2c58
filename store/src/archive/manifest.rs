//! The manifest of each day that is over: which files there are, what is in them,
//! their digests, and the digest of the manifest before. Kept as long as the files;
//! days beyond the retention go, both together.
//!
//! So a day that was changed since can't go unnoticed: a file that was altered,
//! deleted or added does not fit its manifest, and a manifest that was altered does
//! not fit the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::topic::KafkaTopic;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};
use serde::{Deserialize, Serialize};

use super::layout::{Day, Layout, day_of_manifest, first_offset};
use super::patience::patiently;
use super::reader::{decode, fetch_bytes};
use super::rows::Stretch;
use super::writer::{Config, days};
use super::{Counters, LaneKey, sha256};

mod check;

pub use check::{Finding, check};

/// What `YYYY-MM-DD.json` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    day: String,
    /// The newest manifest of an earlier day, if there was one.
    previous: Option<Previous>,
    /// Sorted by path.
    files: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Previous {
    day: String,
    sha256: String,
}

/// A file of the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Entry {
    path: String,
    rows: u64,
    records: u64,
    first_offset: u64,
    /// Where the next file of the lane begins.
    next_offset: u64,
    /// Of the newest tick before its end and its beginning, if there was one.
    first_epoch: Option<u64>,
    last_epoch: Option<u64>,
    bytes: u64,
    sha256: String,
}

impl Entry {
    /// The entry of the file at `path`, which begins with the offset `first`.
    pub(crate) fn new(path: &Path, first: u64, stretch: &Stretch, file: &[u8]) -> Self {
        let before = stretch.rows.first().and_then(|row| row.before);
        Self {
            path: path.to_string(),
            rows: stretch.rows.len() as u64,
            records: stretch.len(),
            first_offset: first,
            next_offset: stretch.end().unwrap_or(first),
            first_epoch: before.map(|tick| tick.epoch),
            last_epoch: stretch.newest.map(|tick| tick.epoch),
            bytes: file.len() as u64,
            sha256: sha256(file),
        }
    }
}

/// Writes manifests, and lets go of what is too old.
pub(crate) struct Keeper {
    store: Arc<dyn ObjectStore>,
    layout: Layout,
    lanes: Vec<LaneKey>,
    retention_days: usize,
    counters: Arc<Counters>,
    /// Files that were written by this process, of days that have no manifest yet.
    noted: BTreeMap<Day, BTreeMap<String, Entry>>,
    /// Days before this one have been settled.
    settled: Option<Day>,
}

impl Keeper {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        config: &Config,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            store,
            layout: Layout::new(&config.log),
            lanes: config.lanes.clone(),
            retention_days: config.retention_days,
            counters,
            noted: BTreeMap::new(),
            settled: None,
        }
    }

    /// Notes a file that is in the store.
    pub(crate) fn note(&mut self, day: Day, entry: Entry) {
        let noted = self.noted.entry(day).or_default();
        noted.insert(entry.path.clone(), entry);
    }

    /// Writes the manifests of the days before `open`, which no file is added to any
    /// more, and lets go of the oldest days beyond the retention.
    pub(crate) async fn settle(&mut self, open: Day) {
        if self.settled >= Some(open) {
            return;
        }
        let mut written = self
            .patiently("manifests", || manifests(&*self.store, &self.layout))
            .await;
        for day in self.days().await {
            if day < open && !written.contains(&day) {
                let previous = written.iter().copied().filter(|known| *known < day).max();
                if self.write(day, previous).await {
                    written.push(day);
                }
            }
        }
        written.sort_unstable();
        let excess = written.len().saturating_sub(self.retention_days);
        for day in &written[..excess] {
            self.forget(*day).await;
        }
        self.noted = self.noted.split_off(&open);
        self.settled = Some(open);
    }

    /// The days of which any lane has files, oldest first.
    async fn days(&self) -> Vec<Day> {
        let mut all = Vec::new();
        for lane in &self.lanes {
            let of_lane = || days(&*self.store, &self.layout, *lane);
            all.extend(self.patiently("days", of_lane).await);
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// `false` when a file of the day is damaged: the day stays without a manifest.
    async fn write(&self, day: Day, previous: Option<Day>) -> bool {
        let mut files = Vec::new();
        let noted = self.noted.get(&day);
        for path in self.files(day).await {
            let noted = noted.and_then(|noted| noted.get(path.as_ref()));
            match noted {
                Some(entry) => files.push(entry.clone()),
                None => match self.entry(&path).await {
                    Some(entry) => files.push(entry),
                    None => return false,
                },
            }
        }
        files.sort_unstable();
        let previous = match previous {
            None => None,
            Some(day) => {
                let path = self.layout.manifest(day);
                let fetch = || fetch_bytes(&*self.store, &path);
                let sha256 = sha256(&self.patiently("manifest", fetch).await);
                let day = day.to_string();
                Some(Previous { day, sha256 })
            }
        };
        let manifest = Manifest {
            day: day.to_string(),
            previous,
            files,
        };
        let mut json = serde_json::to_vec_pretty(&manifest).expect("texts and numbers are JSON");
        json.push(b'\n');
        let path = self.layout.manifest(day);
        let create = || create(&*self.store, &path, &json);
        self.patiently("manifest", create).await;
        tracing::info!(%day, files = manifest.files.len(), "the archive's day is complete");
        true
    }

    /// The entry of a file that an earlier process has written.
    async fn entry(&self, path: &Path) -> Option<Entry> {
        let fetch = || fetch_bytes(&*self.store, path);
        let bytes = self.patiently("a file of the archive", fetch).await;
        match decode(path, bytes.clone()).await {
            Ok(stretch) => {
                let first = first_offset(path).unwrap_or(0);
                Some(Entry::new(path, first, &stretch, &bytes))
            }
            Err(error) => {
                tracing::error!(%error, "the day has no manifest");
                None
            }
        }
    }

    async fn files(&self, day: Day) -> Vec<Path> {
        let list = || files(&*self.store, &self.layout, &self.lanes, day);
        self.patiently("the files of a day", list).await
    }

    /// The files first: what is left over after a crash is found by the manifest.
    async fn forget(&self, day: Day) {
        let files = self.files(day).await;
        for path in files.iter().chain([&self.layout.manifest(day)]) {
            self.patiently("an old file", || delete(&*self.store, path))
                .await;
        }
        tracing::info!(%day, files = files.len(), "the archive has let go of a day");
    }

    async fn patiently<T, A>(&self, what: &str, ask: impl FnMut() -> A) -> T
    where
        A: Future<Output = Result<T, object_store::Error>>,
    {
        patiently(&self.counters, what, ask).await
    }
}

async fn create(
    store: &dyn ObjectStore,
    path: &Path,
    json: &[u8],
) -> Result<(), object_store::Error> {
    let payload = PutPayload::from(json.to_vec());
    match store.put_opts(path, payload, PutMode::Create.into()).await {
        // By us, without our being told, or by another process, of the same files.
        Err(object_store::Error::AlreadyExists { .. }) => store.head(path).await.map(drop),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn delete(store: &dyn ObjectStore, path: &Path) -> Result<(), object_store::Error> {
    match store.delete(path).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The days that have a manifest, oldest first.
async fn manifests(
    store: &dyn ObjectStore,
    layout: &Layout,
) -> Result<Vec<Day>, object_store::Error> {
    let listed: Vec<_> = store.list(Some(&layout.manifests())).try_collect().await?;
    let mut days: Vec<Day> = listed
        .iter()
        .filter_map(|object| day_of_manifest(&object.location))
        .collect();
    days.sort_unstable();
    Ok(days)
}

/// The files of a day, of every lane.
async fn files(
    store: &dyn ObjectStore,
    layout: &Layout,
    lanes: &[(KafkaTopic, u32)],
    day: Day,
) -> Result<Vec<Path>, object_store::Error> {
    let mut files = Vec::new();
    for (topic, lane) in lanes {
        let folder = layout.day(*topic, *lane, day);
        let listed: Vec<_> = store.list(Some(&folder)).try_collect().await?;
        files.extend(listed.into_iter().map(|object| object.location));
    }
    Ok(files)
}
