//! How much has been written into a lane and not yet been read by everybody. A
//! Kafka keeps what was not read; the demo's embedded one lets go of it in
//! silence at 5 MiB a lane, so there writers wait at a bound far below.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use events::log::Chunk;
use events::topic::KafkaTopic;
use ingest::kafka_writer::EMBEDDED_RECORD_BYTES;

/// Bytes of each lane, by who has read them.
pub(crate) struct Backlog {
    limit: Option<u64>,
    lanes: Mutex<BTreeMap<(KafkaTopic, u32), LaneBytes>>,
    read: Condvar,
}

#[derive(Default)]
struct LaneBytes {
    written: u64,
    read: BTreeMap<&'static str, u64>,
}

impl Backlog {
    /// Writers wait when a reader is `limit` bytes behind; never without one.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            lanes: Mutex::default(),
            read: Condvar::new(),
        }
    }

    /// A reader that will read this lane from its beginning.
    pub(crate) fn expect(&self, reader: &'static str, topic: KafkaTopic, lane: u32) {
        self.lanes()
            .entry((topic, lane))
            .or_default()
            .read
            .insert(reader, 0);
    }

    /// Waits for room and notes that `bytes` are written.
    pub(crate) fn write(&self, topic: KafkaTopic, lane: u32, bytes: usize) {
        let Some(limit) = self.limit else {
            return;
        };
        let mut lanes = self.lanes();
        while lanes
            .get(&(topic, lane))
            .is_some_and(|lane| lane.behind() > limit)
        {
            lanes = self
                .read
                .wait(lanes)
                .unwrap_or_else(PoisonError::into_inner);
        }
        lanes.entry((topic, lane)).or_default().written += record_bytes(bytes);
    }

    /// Notes that a reader has taken a chunk.
    pub(crate) fn took(&self, reader: &'static str, chunk: &Chunk) {
        if self.limit.is_none() {
            return;
        }
        let values = chunk.records.iter().map(|record| record.value.len());
        let bytes: u64 = values.map(record_bytes).sum();
        let mut lanes = self.lanes();
        let lane = lanes.entry((chunk.topic, chunk.lane)).or_default();
        *lane.read.entry(reader).or_default() += bytes;
        self.read.notify_all();
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<(KafkaTopic, u32), LaneBytes>> {
        // The numbers are whole after each statement, also after a panic.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LaneBytes {
    /// What the slowest reader has still to read. Others may have written, too:
    /// a reader can be ahead of what was noted.
    fn behind(&self) -> u64 {
        let slowest = self.read.values().min().copied().unwrap_or(self.written);
        self.written.saturating_sub(slowest)
    }
}

/// What a record takes in an embedded Kafka.
fn record_bytes(value: usize) -> u64 {
    value.max(EMBEDDED_RECORD_BYTES) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use std::time::Duration;

    use events::log::LogRecord;

    use super::*;

    #[test]
    fn a_writer_waits_for_the_slowest_reader() {
        let backlog = Arc::new(Backlog::new(Some(10)));
        for reader in ["a", "b"] {
            backlog.expect(reader, KafkaTopic::Kpis, 0);
        }
        backlog.write(KafkaTopic::Kpis, 0, 11);
        let chunk = Chunk {
            topic: KafkaTopic::Kpis,
            lane: 0,
            records: vec![LogRecord {
                offset: 0,
                value: vec![0; 11],
            }],
        };
        backlog.took("a", &chunk);
        let (done, is_done) = std::sync::mpsc::sync_channel(1);
        let writer = std::thread::spawn({
            let backlog = Arc::clone(&backlog);
            move || {
                backlog.write(KafkaTopic::Kpis, 0, 1);
                done.send(()).unwrap();
            }
        });
        assert!(is_done.recv_timeout(Duration::from_millis(100)).is_err());
        backlog.took("b", &chunk);
        is_done.recv_timeout(Duration::from_secs(60)).unwrap();
        writer.join().unwrap();
    }
}
