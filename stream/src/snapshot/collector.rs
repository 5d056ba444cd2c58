//! Puts the parts of snapshots together, as workers write them down.

use std::collections::BTreeMap;

use super::{Part, Piece, parts};

/// Parts of snapshots that are not whole yet: at most one for each that
/// [`super::Plan`] has not been told is whole.
#[derive(Debug)]
pub struct Collector {
    /// How many parts a snapshot has.
    parts: usize,
    open: BTreeMap<u64, BTreeMap<Part, Piece>>,
}

impl Collector {
    /// For a log with so many lanes a topic.
    pub fn new(lanes: u32) -> Self {
        Self {
            parts: parts(lanes).len(),
            open: BTreeMap::new(),
        }
    }

    /// Takes a part. Gives the snapshot that it makes whole: its epoch and parts.
    /// Everything said up to that epoch was said before its last part.
    pub fn take(&mut self, piece: Piece) -> Option<(u64, BTreeMap<Part, Piece>)> {
        let epoch = piece.epoch;
        let open = self.open.entry(epoch).or_default();
        open.insert(piece.part, piece);
        if open.len() < self.parts {
            return None;
        }
        self.open.remove_entry(&epoch)
    }
}
