//! One site of a log, folded again by a single thread that stops where it is told
//! to: what was known at the end of an epoch. It folds the same inputs in the same
//! epochs as the dataflow does, so it knows the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::log::Chunk;
use events::place::Site;
use events::topic::{self, KafkaTopic};

use crate::site::{SiteFold, SiteInput, epoch_at};
use crate::snapshot::Plan;
use crate::source::{LaneKey, Source};
use crate::worker::Config;

/// A site, from the log's beginning on.
pub struct Replay {
    site: Site,
    lanes: Source,
    fold: SiteFold,
    stashed: BTreeMap<u64, Vec<SiteInput>>,
    folded: u64,
}

impl Replay {
    /// A site of which nothing has been read.
    pub fn new(site: Site, config: &Config) -> Self {
        let lanes = lanes_of(&site, config.lanes);
        let horizon_ms = config.site.horizon_ms;
        Self {
            lanes: Source::new(lanes, horizon_ms, None, Arc::<Plan>::default()),
            fold: SiteFold::new(site.clone(), config.site),
            site,
            stashed: BTreeMap::new(),
            folded: 0,
        }
    }

    /// Reads a chunk. Outputs are dropped: they have been said.
    pub fn read(&mut self, chunk: &Chunk) {
        for (epoch, input) in self.lanes.read(chunk) {
            if *input.item.site() == self.site {
                self.stashed.entry(epoch).or_default().push(input);
            }
        }
        self.lanes.take_undecodable();
    }

    /// The lane to read on for the next epoch to be whole, unless the epochs up to
    /// `epoch` are.
    pub fn wants(&self, epoch: u64) -> Option<LaneKey> {
        let open = self.lanes.open_epoch().unwrap_or(u64::MAX);
        self.lanes.slowest().filter(|_| open <= epoch)
    }

    /// Folds the epochs up to and including `epoch`, or as many of them as are whole.
    pub fn fold_to(&mut self, epoch: u64) {
        let whole = self.lanes.open_epoch().map_or(0, |open| open - 1);
        let last = epoch.min(whole);
        while let Some(next) = self.next().filter(|next| *next <= last) {
            let mut inputs = self.stashed.remove(&next).unwrap_or_default();
            inputs.sort_by_key(|input| input.place);
            self.fold.fold(next, inputs);
            self.folded = next;
        }
        self.folded = self.folded.max(last);
    }

    /// What is known.
    pub const fn known(&self) -> &SiteFold {
        &self.fold
    }

    fn next(&self) -> Option<u64> {
        let due = self.fold.due();
        let due = due.map(|due| epoch_at(due).max(self.folded + 1));
        let stashed = self.stashed.keys().next().copied();
        due.into_iter().chain(stashed).min()
    }
}

/// The lanes in which something may be said of a site.
pub fn lanes_of(site: &Site, lanes: u32) -> Vec<LaneKey> {
    let facts = topic::lane(&topic::site_key(site), lanes);
    let signals = (0..KafkaTopic::Signals.lanes(lanes)).map(|lane| (KafkaTopic::Signals, lane));
    let told = [(KafkaTopic::Control, 0), (KafkaTopic::Facts, facts)];
    told.into_iter().chain(signals).collect()
}
