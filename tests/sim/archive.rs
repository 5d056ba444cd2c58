//! The log of a whole hospital through the archive and back, byte for byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::log::Chunk;
use futures_util::TryStreamExt as _;
use store::archive::{Config, Limits, Reader, Writer};
use tokio::sync::mpsc;

use crate::log::Lanes;

/// Small, so that there are many files.
const LIMITS: Limits = Limits {
    file_bytes: 64 * 1024,
    file_ms: 3_600_000,
    buffer_bytes: 256 * 1024,
};

/// Archives these lanes, and gives what is read back.
pub(crate) fn through_the_archive(lanes: &Lanes) -> Lanes {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = store::location::folder(folder.path()).unwrap();
        let config = Config {
            log: "sim".to_owned(),
            lanes: lanes.keys().copied().collect(),
            limits: LIMITS,
            retention_days: 1_000,
        };
        let writer = Writer::open(Arc::clone(&store), config, Arc::default());
        let writer = writer.await.unwrap();
        let (sender, receiver) = mpsc::channel(1);
        let running = tokio::spawn(writer.run(receiver));
        for ((topic, lane), records) in lanes {
            for records in records.chunks(100) {
                let chunk = Chunk {
                    topic: *topic,
                    lane: *lane,
                    records: records.to_vec(),
                };
                sender.send(chunk).await.unwrap();
            }
        }
        drop(sender);
        running.await.unwrap().unwrap();

        let reader = Reader::new(store, "sim");
        let mut read: Lanes = BTreeMap::new();
        for (topic, lane) in lanes.keys() {
            let files = reader.lane(*topic, *lane).await.unwrap();
            let chunks: Vec<Chunk> = files.chunks(0).try_collect().await.unwrap();
            let records = chunks.into_iter().flat_map(|chunk| chunk.records);
            read.insert((*topic, *lane), records.collect());
        }
        read
    })
}
