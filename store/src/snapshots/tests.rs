//! Snapshots in a folder and in a bucket: kept, passed over when damaged, taken over.

mod forgetful;

use std::path::PathBuf;

use super::*;
use crate::location::{self, Store};
use crate::testing::BucketServer;
use forgetful::Forgetful;

const TERMS: Terms = Terms {
    version: 1,
    lanes: 4,
    horizon_ms: 1,
    disorder_ms: 1,
};

async fn claim(folder: &tempfile::TempDir) -> Snapshots {
    claim_in(&location::folder(folder.path()).unwrap()).await
}

async fn claim_in(store: &Store) -> Snapshots {
    Snapshots::claim(Arc::clone(store), "log").await.unwrap()
}

async fn take(snapshots: &Snapshots, epoch: u64) -> Result<Manifest, SnapshotError> {
    let part = snapshots
        .put(epoch, "signals-0".to_owned(), epoch * 10, vec![7; 100])
        .await?;
    let manifest = Manifest {
        epoch,
        generation: snapshots.generation(),
        terms: TERMS,
        parts: vec![part],
    };
    snapshots.commit(&manifest).await?;
    Ok(manifest)
}

fn files(folder: &tempfile::TempDir, level: &str) -> Vec<PathBuf> {
    let level = folder.path().join("snapshots/log").join(level);
    let found = std::fs::read_dir(level).unwrap();
    let mut found: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[tokio::test]
async fn the_newest_comes_first_and_the_old_are_let_go_of() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = claim(&folder).await;
    for epoch in [9, 10, 200, 3_000] {
        take(&snapshots, epoch).await.unwrap();
    }
    let manifests = claim(&folder).await.manifests().await.unwrap();
    let epochs: Vec<_> = manifests.into_iter().map(|m| m.unwrap().epoch).collect();
    assert_eq!(epochs, [3_000, 200, 10]);
    assert_eq!(files(&folder, "parts").len(), KEPT);
    assert_eq!(files(&folder, "generations").len(), 1);
}

#[tokio::test]
async fn a_part_is_read_as_it_was_written_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = claim(&folder).await;
    let manifest = take(&snapshots, 5).await.unwrap();
    let part = &manifest.parts[0];
    assert_eq!(snapshots.part(&manifest, part).await.unwrap(), vec![7; 100]);
    let file = files(&folder, &format!("parts/{}", number(5))).remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let read = snapshots.part(&manifest, part).await;
    assert!(matches!(read, Err(SnapshotError::Damaged { epoch: 5, .. })));
    std::fs::remove_file(&file).unwrap();
    let read = snapshots.part(&manifest, part).await;
    assert!(matches!(read, Err(SnapshotError::Damaged { epoch: 5, .. })));
}

#[tokio::test]
async fn a_manifest_that_was_cut_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = claim(&folder).await;
    for epoch in [1, 2] {
        take(&snapshots, epoch).await.unwrap();
    }
    let file = files(&folder, "manifests").pop().unwrap();
    std::fs::write(&file, "{").unwrap();
    let manifests = snapshots.manifests().await.unwrap();
    let said = manifests[0].as_ref().unwrap_err().to_string();
    assert!(said.contains("00002.json"), "{said}");
    assert_eq!(manifests[1].as_ref().unwrap().epoch, 1);
}

#[tokio::test]
async fn whoever_starts_later_goes_on_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let first = claim(&folder).await;
    take(&first, 1).await.unwrap();
    let second = claim(&folder).await;
    assert!(second.generation() > first.generation());
    assert!(matches!(
        take(&first, 2).await,
        Err(SnapshotError::TakenOver)
    ));
    take(&second, 2).await.unwrap();
}

#[tokio::test]
async fn many_that_start_at_once_all_start_and_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = location::folder(folder.path()).unwrap();
    for round in 1..=20 {
        many_start_at_once(&store, round).await;
    }
}

async fn many_start_at_once(store: &Store, round: u64) {
    let all = futures_util::future::join_all((0..8).map(|_| claim_in(store))).await;
    let newest = all.iter().map(Snapshots::generation).max().unwrap();
    for snapshots in all {
        let taken = take(&snapshots, round).await;
        assert_eq!(taken.is_ok(), snapshots.generation() == newest);
    }
}

#[tokio::test]
async fn a_bucket_keeps_what_a_folder_keeps() {
    let server = BucketServer::start();
    let store = server.store("some/where");
    for round in 1..=5 {
        many_start_at_once(&store, round).await;
    }
    let snapshots = claim_in(&store).await;
    let manifests = snapshots.manifests().await.unwrap();
    let manifests: Vec<_> = manifests.into_iter().map(Result::unwrap).collect();
    let epochs: Vec<_> = manifests.iter().map(|manifest| manifest.epoch).collect();
    assert_eq!(epochs, [5, 4, 3]);
    let (manifest, part) = (&manifests[0], &manifests[0].parts[0]);
    assert_eq!(snapshots.part(manifest, part).await.unwrap(), vec![7; 100]);
    let name = snapshots.part_name(5, part);
    store.put(&name, vec![8; 100].into()).await.unwrap();
    let read = snapshots.part(manifest, part).await;
    assert!(matches!(read, Err(SnapshotError::Damaged { epoch: 5, .. })));

    let wrong = server.open("some/where", "wrong").unwrap();
    let said = Snapshots::claim(wrong, "log")
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("SignatureDoesNotMatch"), "{said}");
    assert!(!said.contains("wrong"), "{said}");
}

/// Two that both create what only one may would both go on.
#[tokio::test]
async fn a_store_that_creates_what_is_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Forgetful(location::folder(folder.path()).unwrap()));
    let said = Snapshots::claim(store, "log")
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("already there"), "{said}");
}
