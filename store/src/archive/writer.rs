//! IO: writes input lanes to the archive. Fed with chunks of the log, it makes files
//! of them, and keeps asking while the store is away; meanwhile it takes no more
//! chunks, and what it holds in memory is bounded by [`Limits::buffer_bytes`].
//!
//! A process that is killed loses what is not in a file; the next reads it from
//! the log again. Two that archive the same log at once do no harm: a file's name
//! is its first offset, so only one of them can create it, and the other goes on
//! where that file ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use events::log::Chunk;
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutPayload};
use tokio::sync::mpsc;

use super::lane::{Ended, Lane, Limits};
use super::layout::{Day, Layout, day_of_folder, first_offset};
use super::manifest::{Entry, Keeper};
use super::patience::patiently;
use super::reader::{decode, fetch_bytes};
use super::{ArchiveError, Counters, LaneKey, format};

/// What is archived.
#[derive(Clone, Debug)]
pub struct Config {
    /// The log's own name.
    pub log: String,
    /// Every lane of the input topics.
    pub lanes: Vec<LaneKey>,
    /// When files end.
    pub limits: Limits,
    /// How many days are kept, once they are over.
    pub retention_days: usize,
}

/// Writes the archive of one log.
pub struct Writer {
    store: Arc<dyn ObjectStore>,
    config: Config,
    layout: Layout,
    counters: Arc<Counters>,
    lanes: BTreeMap<LaneKey, Lane>,
    keeper: Keeper,
}

/// What became of a file that was to be created.
enum Created {
    Ours,
    /// There was one already.
    There(Bytes),
}

impl Writer {
    /// Finds where each lane ended; waits while the store is away.
    ///
    /// # Errors
    /// The newest file of a lane is damaged.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        config: Config,
        counters: Arc<Counters>,
    ) -> Result<Self, ArchiveError> {
        let layout = Layout::new(&config.log);
        let mut lanes = BTreeMap::new();
        for key in &config.lanes {
            let newest = patiently(&counters, "the newest file of a lane", || {
                newest_file(&*store, &layout, *key)
            });
            let lane = match newest.await {
                None => Lane::default(),
                Some((path, bytes)) => {
                    let stretch = decode(&path, bytes).await?;
                    let first = first_offset(&path).unwrap_or(0);
                    Lane::new(stretch.end().unwrap_or(first), stretch.newest)
                }
            };
            lanes.insert(*key, lane);
        }
        let keeper = Keeper::new(Arc::clone(&store), &config, Arc::clone(&counters));
        Ok(Self {
            store,
            config,
            layout,
            counters,
            lanes,
            keeper,
        })
    }

    /// Where each lane goes on; one that is not named, at its beginning.
    pub fn positions(&self) -> BTreeMap<LaneKey, u64> {
        let position = |(key, lane): (&LaneKey, &Lane)| Some((*key, lane.position()?));
        self.lanes.iter().filter_map(position).collect()
    }

    /// Archives chunks until there are no more, and then what it still holds.
    ///
    /// # Errors
    /// A file that another process has written is damaged.
    pub async fn run(mut self, mut chunks: mpsc::Receiver<Chunk>) -> Result<(), ArchiveError> {
        self.settle().await;
        while let Some(chunk) = chunks.recv().await {
            self.take(chunk).await?;
        }
        for key in self.lanes.keys().copied().collect::<Vec<_>>() {
            self.flush(key).await?;
        }
        Ok(())
    }

    async fn take(&mut self, chunk: Chunk) -> Result<(), ArchiveError> {
        let key = (chunk.topic, chunk.lane);
        for record in chunk.records {
            let lane = self.lanes.entry(key).or_default();
            let day = lane.day();
            let ended = lane.push(record, &self.config.limits);
            let is_new_day = lane.day() != day;
            if let Some(ended) = ended {
                self.store(key, ended).await?;
            }
            if is_new_day {
                self.settle().await;
            }
        }
        while self.lanes.values().map(Lane::bytes).sum::<usize>() > self.config.limits.buffer_bytes
        {
            let largest = self.lanes.iter().max_by_key(|(_, lane)| lane.bytes());
            let Some((key, _)) = largest else { break };
            self.flush(*key).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, key: LaneKey) -> Result<(), ArchiveError> {
        match self.lanes.get_mut(&key).and_then(Lane::end) {
            Some(ended) => self.store(key, ended).await,
            None => Ok(()),
        }
    }

    async fn store(&mut self, key: LaneKey, ended: Ended) -> Result<(), ArchiveError> {
        let mut rest = Some(ended);
        while let Some(ended) = rest {
            rest = self.store_one(key, ended).await?;
        }
        Ok(())
    }

    /// Gives what is left when there is a file already that ends earlier.
    async fn store_one(
        &mut self,
        (topic, lane): LaneKey,
        ended: Ended,
    ) -> Result<Option<Ended>, ArchiveError> {
        let path = self.layout.file(topic, lane, ended.day, ended.first);
        let ended = Arc::new(ended);
        let file = encode(Arc::clone(&ended)).await;
        match self.create(&path, file.clone()).await {
            // An earlier attempt may have succeeded without our being told.
            Created::There(there) if there != file => {
                let held = decode(&path, there).await?;
                let end = held.end().unwrap_or(ended.first);
                tracing::warn!(%path, end, "another process archives the same log: going on after its file");
                self.lanes.entry((topic, lane)).or_default().skip(&held);
                Ok(ended.rest_from(end))
            }
            Created::Ours | Created::There(_) => {
                self.counters.files.fetch_add(1, Relaxed);
                self.counters.bytes.fetch_add(file.len() as u64, Relaxed);
                self.counters
                    .records
                    .fetch_add(ended.stretch.len(), Relaxed);
                let entry = Entry::new(&path, ended.first, &ended.stretch, &file);
                self.keeper.note(ended.day, entry);
                Ok(None)
            }
        }
    }

    async fn create(&self, path: &Path, file: Bytes) -> Created {
        patiently(&self.counters, path.as_ref(), || async {
            let payload = PutPayload::from(file.clone());
            match self
                .store
                .put_opts(path, payload, PutMode::Create.into())
                .await
            {
                Ok(_) => Ok(Created::Ours),
                Err(object_store::Error::AlreadyExists { .. }) => {
                    Ok(Created::There(fetch_bytes(&*self.store, path).await?))
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Closes the days that are over in every lane.
    async fn settle(&mut self) {
        let days: Option<Vec<Day>> = self.lanes.values().map(Lane::day).collect();
        if let Some(open) = days.and_then(|days| days.into_iter().min()) {
            self.keeper.settle(open).await;
        }
    }
}

/// Makes the file, beside the async tasks.
async fn encode(ended: Arc<Ended>) -> Bytes {
    let written = tokio::task::spawn_blocking(move || format::write(&ended.stretch)).await;
    written
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
        .expect("a vector takes what is written, and the columns are the schema's")
        .into()
}

/// The newest file of a lane, if it has one.
async fn newest_file(
    store: &dyn ObjectStore,
    layout: &Layout,
    (topic, lane): LaneKey,
) -> Result<Option<(Path, Bytes)>, object_store::Error> {
    let mut days = days(store, layout, (topic, lane)).await?;
    while let Some(day) = days.pop() {
        let folder = layout.day(topic, lane, day);
        let listed = store.list_with_delimiter(Some(&folder)).await?;
        let files = listed.objects.into_iter().map(|object| object.location);
        let newest = files.filter(|path| first_offset(path).is_some()).max();
        if let Some(path) = newest {
            let bytes = fetch_bytes(store, &path).await?;
            return Ok(Some((path, bytes)));
        }
    }
    Ok(None)
}

/// The days of which there are files of a lane, oldest first.
pub(crate) async fn days(
    store: &dyn ObjectStore,
    layout: &Layout,
    (topic, lane): LaneKey,
) -> Result<Vec<Day>, object_store::Error> {
    let listed = match store
        .list_with_delimiter(Some(&layout.lane(topic, lane)))
        .await
    {
        Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut days: Vec<Day> = listed
        .common_prefixes
        .iter()
        .filter_map(day_of_folder)
        .collect();
    days.sort_unstable();
    Ok(days)
}
