//! Compares the archive with its manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use object_store::ObjectStore;
use object_store::path::Path;

use super::{Entry, Manifest, files, manifests};
use crate::archive::layout::{Day, Layout};
use crate::archive::reader::fetch_bytes;
use crate::archive::writer::days;
use crate::archive::{ArchiveError, LaneKey, sha256};

/// Something that is not as the manifests say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The file is there with other bytes.
    Altered(String),
    /// The file is gone.
    Deleted(String),
    /// The file is not in the day's manifest.
    Added(String),
    /// A manifest that a later one names is gone, or an earlier day than the newest
    /// manifest's has none.
    ManifestMissing(Day),
    /// The manifest is not the one that the next names, or can't be read.
    ManifestAltered(Day),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(path) => write!(f, "{path}: was altered"),
            Self::Deleted(path) => write!(f, "{path}: was deleted"),
            Self::Added(path) => write!(f, "{path}: was added"),
            Self::ManifestMissing(day) => write!(f, "manifest of {day}: is missing"),
            Self::ManifestAltered(day) => write!(f, "manifest of {day}: was altered"),
        }
    }
}

/// Compares the archive of `log` with its manifests; nothing is found in one that
/// is as it was written. Reads every file of every day that is over.
///
/// # Errors
/// The store does not answer.
pub async fn check(
    store: &dyn ObjectStore,
    log: &str,
    lanes: &[LaneKey],
) -> Result<Vec<Finding>, ArchiveError> {
    let check = Check {
        store,
        layout: Layout::new(log),
        lanes,
    };
    let mut findings = check.run().await.map_err(|error| ArchiveError::Store {
        path: check.layout.manifests().to_string(),
        error,
    })?;
    findings.sort_unstable();
    findings.dedup();
    Ok(findings)
}

struct Check<'a> {
    store: &'a dyn ObjectStore,
    layout: Layout,
    lanes: &'a [LaneKey],
}

impl Check<'_> {
    async fn run(&self) -> Result<Vec<Finding>, object_store::Error> {
        let written = manifests(self.store, &self.layout).await?;
        let mut findings = self.without_manifest(&written).await?;
        let mut digests: BTreeMap<String, String> = BTreeMap::new();
        for day in written {
            let bytes = fetch_bytes(self.store, &self.layout.manifest(day)).await?;
            let is_oldest = digests.is_empty();
            digests.insert(day.to_string(), sha256(&bytes));
            let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
                findings.push(Finding::ManifestAltered(day));
                continue;
            };
            // Before the oldest are those that retention has let go of.
            if let Some(previous) = manifest.previous.as_ref().filter(|_| !is_oldest) {
                let named = previous.day.parse().unwrap_or(day);
                match digests.get(&previous.day) {
                    Some(digest) if *digest == previous.sha256 => {}
                    Some(_) => findings.push(Finding::ManifestAltered(named)),
                    None => findings.push(Finding::ManifestMissing(named)),
                }
            }
            self.compare(day, &manifest.files, &mut findings).await?;
        }
        Ok(findings)
    }

    /// Days before the newest manifest that have files and no manifest.
    async fn without_manifest(&self, written: &[Day]) -> Result<Vec<Finding>, object_store::Error> {
        let mut findings = Vec::new();
        for lane in self.lanes {
            for day in days(self.store, &self.layout, *lane).await? {
                if Some(&day) < written.last() && !written.contains(&day) {
                    let files = files(self.store, &self.layout, &[*lane], day).await?;
                    findings.extend((!files.is_empty()).then_some(Finding::ManifestMissing(day)));
                }
            }
        }
        Ok(findings)
    }

    async fn compare(
        &self,
        day: Day,
        entries: &[Entry],
        findings: &mut Vec<Finding>,
    ) -> Result<(), object_store::Error> {
        let there = files(self.store, &self.layout, self.lanes, day).await?;
        let there: BTreeSet<String> = there.iter().map(Path::to_string).collect();
        let named: BTreeSet<String> = entries.iter().map(|entry| entry.path.clone()).collect();
        findings.extend(there.difference(&named).cloned().map(Finding::Added));
        for entry in entries {
            let path = entry.path.clone();
            match fetch_bytes(self.store, &Path::from(path.as_str())).await {
                Ok(bytes) if sha256(&bytes) == entry.sha256 => {}
                Ok(_) => findings.push(Finding::Altered(path)),
                Err(object_store::Error::NotFound { .. }) => findings.push(Finding::Deleted(path)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
