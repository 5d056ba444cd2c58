//! The archive: every input lane for good, byte for byte, in Parquet files that
//! any tool reads.
//!
//! ```text
//! archive/LOG/signals/lane=03/date=2026-01-02/00000000000000081920.parquet
//!         |   |       |       |               first offset; the next file begins where it ends
//!         |   |       |       cell time's day (UTC)
//!         the log's own name: another log begins another archive
//! archive/LOG/manifests/2026-01-02.json       names each file of a day that is over
//! ```
//!
//! It promises that a lane is there without gap or repetition: a file is created
//! whole or not at all, under a name that only one can have, and never changed.
//! Whoever writes goes on where the newest file ends.

mod format;
mod lane;
mod layout;
mod manifest;
mod patience;
mod reader;
mod rows;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use events::metric::{self, Metric};
use events::topic::KafkaTopic;

pub use lane::Limits;
pub use layout::Day;
pub use manifest::{Finding, check};
pub use reader::{Chunks, LaneFiles, Reader};
pub use writer::{Config, Writer};

/// A topic and one of its lanes.
pub type LaneKey = (KafkaTopic, u32);

/// Why the archive can't be read, or can't be written further.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store does not do what was asked.
    #[error("{path}: {error}")]
    Store {
        /// Of what.
        path: String,
        /// Why.
        error: object_store::Error,
    },
    /// A file is not as it was written.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// Which.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Records are wanted that the archive does not hold, although it holds later ones.
    #[error("the archive holds no records of {} lane {lane} from offset {from} to {to}", topic.name())]
    Missing {
        /// Which topic.
        topic: KafkaTopic,
        /// Which lane.
        lane: u32,
        /// First that is missing.
        from: u64,
        /// First that is there again.
        to: u64,
    },
}

/// What the archive counts, for the metrics page.
#[derive(Debug, Default)]
pub struct Counters {
    bytes: AtomicU64,
    files: AtomicU64,
    records: AtomicU64,
    retries: AtomicU64,
    waiting: AtomicU64,
}

impl Counters {
    /// Every number now: the metric, its label's value ("": it has none), the number.
    pub fn snapshot(&self) -> Vec<(Metric, &'static str, u64)> {
        vec![
            (metric::ARCHIVE_BYTES, "", self.bytes.load(Relaxed)),
            (metric::ARCHIVE_FILES, "", self.files.load(Relaxed)),
            (metric::ARCHIVE_RECORDS, "", self.records.load(Relaxed)),
            (metric::ARCHIVE_RETRIES, "", self.retries.load(Relaxed)),
            (metric::ARCHIVE_WAITING, "", self.waiting.load(Relaxed)),
        ]
    }
}

/// SHA-256 in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
