//! Snapshots in the object store. The parts of an epoch are written first; then
//! the manifest that names them, with their hashes, and only if there is none of
//! that epoch: whoever finds a manifest finds all of what it names, or sees that
//! it is damaged.
//!
//! ```text
//! snapshots/LOG/parts/EPOCH/PART-HASH       a part, named by what it holds
//! snapshots/LOG/manifests/EPOCH.json        names the parts of an epoch
//! snapshots/LOG/generations/NUMBER          claimed by every processor that starts
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Manifests that are kept: an older one is the way out when a newer is damaged.
pub const KEPT: usize = 3;

/// What one snapshot consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// At the end of which epoch it was taken.
    pub epoch: u64,
    /// Which processor took it: every start has a higher number.
    pub generation: u64,
    /// What must be the same for whoever goes on from it.
    pub terms: Terms,
    /// Its parts, by name.
    pub parts: Vec<Part>,
}

/// What the state was computed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Version of what the parts hold.
    pub version: u32,
    /// Lanes of each topic.
    pub lanes: u32,
    /// The correction horizon, in milliseconds.
    pub horizon_ms: i64,
    /// The disorder that is waited for, in milliseconds.
    pub disorder_ms: i64,
}

/// A part, and where to go on reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub name: String,
    /// Of lanes: the record to go on with.
    pub next_offset: u64,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What went wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The store does not answer, or is full.
    #[error("the snapshots' store: {0}")]
    Store(#[from] Error),
    /// A part is gone, or is not what the manifest says.
    #[error("snapshot of epoch {epoch}: {part} is damaged")]
    Damaged {
        /// The snapshot's epoch.
        epoch: u64,
        /// The part.
        part: String,
    },
    /// A manifest is not one.
    #[error("snapshot {name}: the manifest is damaged: {error}")]
    Manifest {
        /// Its name.
        name: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The store replaces what it is asked to create.
    #[error(
        "the snapshots' store creates what is already there: it can't exclude that two processors go on"
    )]
    Replaces,
    /// Another processor has started on the same log since.
    #[error("another processor has started on this log and goes on in place of this one")]
    TakenOver,
}

/// The snapshots of one log.
#[derive(Clone, Debug)]
pub struct Snapshots {
    store: Arc<dyn ObjectStore>,
    root: Path,
    generation: u64,
}

impl Snapshots {
    /// Claims the snapshots of the log of this name: whoever claimed them before
    /// can't add to them any more.
    ///
    /// # Errors
    /// The store does not answer, or does not know how to create what is not there.
    pub async fn claim(store: Arc<dyn ObjectStore>, log: &str) -> Result<Self, SnapshotError> {
        let root = Path::from("snapshots").join(log);
        let mut snapshots = Self {
            store,
            root,
            generation: 0,
        };
        loop {
            snapshots.generation = snapshots.newest_generation().await? + 1;
            let name = snapshots.generation_name(snapshots.generation);
            match snapshots.create(&name, Bytes::new()).await {
                Err(Error::AlreadyExists { .. }) => {}
                claimed => {
                    claimed?;
                    break;
                }
            }
        }
        snapshots.is_exclusive().await?;
        let claimed = snapshots.names("generations").await?;
        let earlier = |name: &&Path| leading_number(name) < Some(snapshots.generation);
        for name in claimed.iter().filter(earlier) {
            snapshots.remove(name).await?;
        }
        Ok(snapshots)
    }

    /// What is there can't be created again, unless whoever started later has let go
    /// of it.
    async fn is_exclusive(&self) -> Result<(), SnapshotError> {
        let name = self.generation_name(self.generation);
        match self.create(&name, Bytes::new()).await {
            Err(Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) if self.newest_generation().await? > self.generation => Ok(()),
            Ok(()) => Err(SnapshotError::Replaces),
        }
    }

    /// Number of this processor among all that have started on the log.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The manifests, newest first; those that can't be read in their place.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn manifests(&self) -> Result<Vec<Result<Manifest, SnapshotError>>, SnapshotError> {
        let mut manifests = Vec::new();
        for name in self.names("manifests").await?.into_iter().rev() {
            let bytes = self.store.get(&name).await?.bytes().await?;
            let manifest =
                serde_json::from_slice(&bytes).map_err(|error| SnapshotError::Manifest {
                    name: name.to_string(),
                    error,
                });
            manifests.push(manifest);
        }
        Ok(manifests)
    }

    /// Writes a part of the snapshot of an epoch.
    ///
    /// # Errors
    /// The store does not answer, or is full.
    pub async fn put(
        &self,
        epoch: u64,
        name: String,
        next_offset: u64,
        bytes: Vec<u8>,
    ) -> Result<Part, SnapshotError> {
        let part = Part {
            name,
            next_offset,
            size: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        match self
            .create(&self.part_name(epoch, &part), bytes.into())
            .await
        {
            // Its name says what it holds.
            Err(Error::AlreadyExists { .. }) => {}
            written => written?,
        }
        Ok(part)
    }

    /// Makes the snapshot of an epoch one that can be gone on from: all of its parts
    /// are written, and everything said up to its end is acknowledged. Then lets go
    /// of those that are too old.
    ///
    /// # Errors
    /// The store does not answer or is full, or another processor has taken over.
    pub async fn commit(&self, manifest: &Manifest) -> Result<(), SnapshotError> {
        if self.newest_generation().await? > self.generation {
            return Err(SnapshotError::TakenOver);
        }
        let bytes = serde_json::to_vec_pretty(manifest).expect("manifests are texts and numbers");
        let bytes = Bytes::from(bytes);
        let name = self.manifest_name(manifest.epoch);
        match self.create(&name, bytes.clone()).await {
            Err(Error::AlreadyExists { .. }) => {
                // By us, without our being told, if it is the same.
                if self.store.get(&name).await?.bytes().await? != bytes {
                    return Err(SnapshotError::TakenOver);
                }
            }
            created => created?,
        }
        self.forget().await
    }

    /// Reads a part.
    ///
    /// # Errors
    /// The store does not answer, or the part is not what the manifest says.
    pub async fn part(&self, manifest: &Manifest, part: &Part) -> Result<Bytes, SnapshotError> {
        let damaged = || SnapshotError::Damaged {
            epoch: manifest.epoch,
            part: part.name.clone(),
        };
        let found = self.store.get(&self.part_name(manifest.epoch, part)).await;
        let bytes = match found {
            Err(Error::NotFound { .. }) => return Err(damaged()),
            found => found?.bytes().await?,
        };
        if sha256(&bytes) != part.sha256 {
            return Err(damaged());
        }
        Ok(bytes)
    }

    /// Lets go of all but the newest manifests, and of parts that none of those
    /// that are kept may name.
    async fn forget(&self) -> Result<(), SnapshotError> {
        let mut manifests = self.names("manifests").await?;
        let Some(old) = manifests.len().checked_sub(KEPT).filter(|old| *old > 0) else {
            return Ok(());
        };
        let kept = manifests.split_off(old);
        let oldest = kept.first().and_then(leading_number).unwrap_or(0);
        for name in manifests {
            self.remove(&name).await?;
        }
        let parts = self.root.clone().join("parts");
        let mut found = self.store.list(Some(&parts));
        while let Some(object) = found.next().await {
            let object = object?.location;
            let epoch = object.parts().nth(parts.parts_count());
            let epoch = epoch.and_then(|epoch| epoch.as_ref().parse::<u64>().ok());
            if epoch.is_some_and(|epoch| epoch < oldest) {
                self.remove(&object).await?;
            }
        }
        Ok(())
    }

    /// Lets go of an object; another processor may have done so already.
    async fn remove(&self, name: &Path) -> Result<(), SnapshotError> {
        match self.store.delete(name).await {
            Err(Error::NotFound { .. }) => Ok(()),
            removed => Ok(removed?),
        }
    }

    async fn newest_generation(&self) -> Result<u64, SnapshotError> {
        let claimed = self.names("generations").await?;
        Ok(claimed.last().and_then(leading_number).unwrap_or(0))
    }

    /// The names below a level, in order.
    async fn names(&self, level: &str) -> Result<Vec<Path>, SnapshotError> {
        let level = self.root.clone().join(level);
        let found = self.store.list(Some(&level));
        let names: BTreeSet<Path> = found.map_ok(|object| object.location).try_collect().await?;
        Ok(names.into_iter().collect())
    }

    async fn create(&self, name: &Path, bytes: Bytes) -> Result<(), Error> {
        let options = PutOptions::from(PutMode::Create);
        self.store
            .put_opts(name, bytes.into(), options)
            .await
            .map(drop)
    }

    fn part_name(&self, epoch: u64, part: &Part) -> Path {
        let hash = &part.sha256[..part.sha256.len().min(16)];
        let parts = self.root.clone().join("parts").join(number(epoch));
        parts.join(format!("{}-{hash}", part.name))
    }

    fn manifest_name(&self, epoch: u64) -> Path {
        let manifests = self.root.clone().join("manifests");
        manifests.join(format!("{}.json", number(epoch)))
    }

    fn generation_name(&self, generation: u64) -> Path {
        self.root
            .clone()
            .join("generations")
            .join(number(generation))
    }
}

/// As long as every other, so that names sort as numbers do.
fn number(number: u64) -> String {
    format!("{number:020}")
}

/// The number that a name begins with.
fn leading_number(name: &Path) -> Option<u64> {
    name.filename()?.split('.').next()?.parse().ok()
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
