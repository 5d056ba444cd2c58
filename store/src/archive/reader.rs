//! IO: reads lanes back from the archive, file after file.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use events::log::{Chunk, LogRecord};
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire::tick;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::layout::{Layout, first_offset};
use super::rows::{Row, Stretch};
use super::{ArchiveError, format};

/// Records of a chunk.
const RECORDS_MAX: usize = 1024;

/// Consecutive chunks of a lane.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Chunk, ArchiveError>> + Send>>;

/// Reads the archive of one log.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Arc<dyn ObjectStore>,
    layout: Layout,
}

/// The files of a lane, as they were when they were listed.
#[derive(Clone, Debug)]
pub struct LaneFiles {
    store: Arc<dyn ObjectStore>,
    topic: KafkaTopic,
    lane: u32,
    /// Each with its first offset, oldest first.
    files: Vec<(u64, Path)>,
}

impl Reader {
    /// Of the log with this name.
    pub fn new(store: Arc<dyn ObjectStore>, log: &str) -> Self {
        let layout = Layout::new(log);
        Self { store, layout }
    }

    /// Lists what there is of a lane.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn lane(&self, topic: KafkaTopic, lane: u32) -> Result<LaneFiles, ArchiveError> {
        let prefix = self.layout.lane(topic, lane);
        let listed: Vec<_> = self
            .store
            .list(Some(&prefix))
            .try_collect()
            .await
            .map_err(|error| failed(&prefix, error))?;
        let paths = listed.into_iter().map(|object| object.location);
        let mut files: Vec<(u64, Path)> = paths
            .filter_map(|path| first_offset(&path).map(|first| (first, path)))
            .collect();
        files.sort_unstable();
        Ok(LaneFiles {
            store: Arc::clone(&self.store),
            topic,
            lane,
            files,
        })
    }
}

impl LaneFiles {
    /// Where the archive of the lane begins; nothing when it has none.
    pub fn begins(&self) -> Option<u64> {
        self.files.first().map(|(first, _)| *first)
    }

    /// Each file with its first offset, oldest first.
    #[cfg(test)]
    pub(crate) fn files(&self) -> &[(u64, Path)] {
        &self.files
    }

    /// Where it ends: the offset after its last record. Reads one file.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn ends(&self) -> Result<Option<u64>, ArchiveError> {
        let Some((_, path)) = self.files.last() else {
            return Ok(None);
        };
        Ok(fetch(&*self.store, path).await?.end())
    }

    /// Its records from the offset `from` on, to its end as it was when it was listed.
    /// Nothing when it ends before. One file is in memory at a time.
    ///
    /// An item is an error when what is wanted is missing although later records
    /// are there, when a file is damaged or can't be read; it is then the last.
    pub fn chunks(&self, from: u64) -> Chunks {
        let from_file = self.files.partition_point(|(first, _)| *first <= from);
        let files = self.files[from_file.saturating_sub(1)..].to_vec();
        let store = Arc::clone(&self.store);
        // One after the other: who reads all lanes at once has a file of each in memory.
        let fetched = stream::iter(files).then(move |(first, path)| {
            let store = Arc::clone(&store);
            async move { Ok((first, fetch(&*store, &path).await?)) }
        });
        let (topic, lane) = (self.topic, self.lane);
        let mut next = from;
        let chunks = fetched
            .and_then(move |(first, stretch)| {
                let followed = follow(&mut next, first, &stretch);
                let followed = followed.map(|()| chunked(topic, lane, from, stretch));
                std::future::ready(followed.map_err(|(from, to)| ArchiveError::Missing {
                    topic,
                    lane,
                    from,
                    to,
                }))
            })
            .map_ok(|chunks| stream::iter(chunks.map(Ok)))
            .try_flatten();
        // An error is the last item.
        let mut failed = false;
        Box::pin(chunks.take_while(move |item| {
            let before = failed;
            failed = item.is_err();
            std::future::ready(!before)
        }))
    }

    /// From where to read so that everything from the epoch of `since` on is seen, and
    /// the tick before it: the offset of the newest tick before `since`. Nothing when
    /// the archive has none.
    ///
    /// # Errors
    /// A file can't be read or is damaged.
    pub async fn since(&self, since: CellTime) -> Result<Option<u64>, ArchiveError> {
        let (mut low, mut high) = (0, self.files.len());
        while low < high {
            let middle = low.midpoint(high);
            let stretch = fetch(&*self.store, &self.files[middle].1).await?;
            match stretch.began() {
                Some(at) if at >= since.0 => high = middle,
                _ => low = middle + 1,
            }
        }
        for (_, path) in self.files[..low].iter().rev() {
            let stretch = fetch(&*self.store, path).await?;
            if let Some(offset) = newest_tick_before(&stretch, since) {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }
}

/// Reads a file.
pub(crate) async fn fetch(store: &dyn ObjectStore, path: &Path) -> Result<Stretch, ArchiveError> {
    let bytes = fetch_bytes(store, path)
        .await
        .map_err(|error| failed(path, error))?;
    decode(path, bytes).await
}

pub(crate) async fn fetch_bytes(
    store: &dyn ObjectStore,
    path: &Path,
) -> Result<Bytes, object_store::Error> {
    store.get(path).await?.bytes().await
}

/// Reads the bytes of the file at `path`, beside the async tasks.
pub(crate) async fn decode(path: &Path, bytes: Bytes) -> Result<Stretch, ArchiveError> {
    let damaged = |reason: String| ArchiveError::Damaged {
        path: path.to_string(),
        reason,
    };
    let read = tokio::task::spawn_blocking(move || format::read(bytes)).await;
    // Parquet's decoder may panic over bytes that make no sense.
    let read = read.map_err(|_| damaged("it can't be decoded".to_owned()))?;
    read.map_err(|error| damaged(error.to_string()))
}

fn failed(path: &Path, error: object_store::Error) -> ArchiveError {
    let path = path.to_string();
    ArchiveError::Store { path, error }
}

/// Checks that a file begins where the one before it ended, or, the first, no later
/// than what is wanted. Else says what is missing.
fn follow(next: &mut u64, first: u64, stretch: &Stretch) -> Result<(), (u64, u64)> {
    if first > *next {
        return Err((*next, first));
    }
    *next = stretch.end().unwrap_or(first).max(*next);
    Ok(())
}

/// The records of a file, made one chunk at a time: a day of ticks is small as a
/// list of times, and large as records.
fn chunked(
    topic: KafkaTopic,
    lane: u32,
    from: u64,
    stretch: Stretch,
) -> impl Iterator<Item = Chunk> {
    let records = stretch.rows.into_iter().flat_map(Row::into_records);
    let mut records = records.filter(move |record| record.offset >= from);
    std::iter::from_fn(move || {
        let records: Vec<LogRecord> = records.by_ref().take(RECORDS_MAX).collect();
        (!records.is_empty()).then_some(Chunk {
            topic,
            lane,
            records,
        })
    })
}

fn newest_tick_before(stretch: &Stretch, since: CellTime) -> Option<u64> {
    let mut newest = stretch.rows.first().and_then(|row| row.before);
    let mut found = None;
    for record in stretch.records() {
        let Some(tick) = tick(&record.value) else {
            continue;
        };
        if newest.is_some_and(|newest| tick.epoch <= newest.epoch) {
            continue;
        }
        if tick.at >= since {
            break;
        }
        newest = Some(tick);
        found = Some(record.offset);
    }
    found
}
