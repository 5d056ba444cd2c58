//! Snapshots: what the processor knows at the end of an epoch, in parts that do
//! not depend on the number of workers. A lane's part is what its devices have
//! said; a group's part are the sites whose outputs go to one lane. Whoever has
//! all parts of an epoch, and reads each lane on from where its part says, goes on
//! as if nothing had happened.
//!
//! ```text
//! lane a   ... record, tick 99 | tick 100, record ...      parts of epoch 99: what was
//! lane b   ... tick 98, record | tick 104, record ...      read before the bar; the tick
//! sites    ... folded up to 99 | folded from 100 on        after it is read once more
//! ```

pub mod collector;
pub mod plan;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use events::topic::KafkaTopic;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lane::{Kept, Lane};
use crate::site::SiteFold;
use crate::source::LaneKey;
use crate::worker::Config;

pub use collector::Collector;
pub use plan::Plan;

/// Version of what parts hold: another one for each change of what is written
/// down. A snapshot of another version is not read; the log is folded instead.
pub const VERSION: u32 = 8;

/// A part of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A lane of an input topic: its devices.
    Lane(KafkaTopic, u32),
    /// The sites whose outputs go to this lane.
    Sites(u32),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lane(topic, lane) => write!(f, "{}-{lane}", topic.name()),
            Self::Sites(lane) => write!(f, "sites-{lane}"),
        }
    }
}

/// Every part of a whole snapshot of a log with so many lanes a topic.
pub fn parts(lanes: u32) -> Vec<Part> {
    let of_topic =
        |topic: KafkaTopic| (0..topic.lanes(lanes)).map(move |lane| Part::Lane(topic, lane));
    let read = KafkaTopic::INPUTS.into_iter().flat_map(of_topic);
    read.chain((0..lanes).map(Part::Sites)).collect()
}

/// One part, as it was at the end of an epoch.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The epoch.
    pub epoch: u64,
    /// Which part.
    pub part: Part,
    /// Of lanes: the record to go on with.
    pub next_offset: u64,
    pub(crate) held: Held,
}

/// What a part holds: copies that share what has not changed since, because writing
/// them down takes longer than the fold may wait.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    /// A lane of which the epochs up to this one are closed.
    Lane(u64, Kept),
    /// Sites.
    Sites(Vec<SiteFold>),
}

impl Piece {
    /// Writes it down. The same state is the same bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let written = match &self.held {
            Held::Lane(tick, kept) => postcard::to_allocvec(&(tick, kept)),
            Held::Sites(sites) => postcard::to_allocvec(sites),
        };
        written.expect("state is made of numbers, texts and lists")
    }
}

/// A part that can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("snapshot of epoch {epoch}: {part} is not what this version writes: {error}")]
pub struct DecodeError {
    /// The snapshot's epoch.
    pub epoch: u64,
    /// The part.
    pub part: Part,
    /// What is wrong with it.
    pub error: postcard::Error,
}

/// A snapshot, read: where workers go on from.
pub struct State {
    epoch: u64,
    lanes: BTreeMap<LaneKey, (u64, Lane)>,
    sites: BTreeMap<u32, Vec<SiteFold>>,
}

impl State {
    /// Nothing of an epoch has been read yet.
    pub fn of(epoch: u64) -> Self {
        Self {
            epoch,
            lanes: BTreeMap::new(),
            sites: BTreeMap::new(),
        }
    }

    /// Reads a part.
    ///
    /// # Errors
    /// It is none that this version writes.
    pub fn take(&mut self, config: &Config, part: Part, bytes: &[u8]) -> Result<(), DecodeError> {
        let taken = match part {
            Part::Lane(topic, lane) => postcard::from_bytes(bytes).and_then(|(tick, kept)| {
                let devices = Lane::restored(kept, config.site.horizon_ms);
                let devices = devices.ok_or(postcard::Error::SerdeDeCustom)?;
                self.lanes.insert((topic, lane), (tick, devices));
                Ok(())
            }),
            Part::Sites(lane) => postcard::from_bytes(bytes).map(|sites: Vec<SiteFold>| {
                let restored = sites.into_iter().map(|site| site.restored(config.site));
                self.sites.insert(lane, restored.collect());
            }),
        };
        taken.map_err(|error| DecodeError {
            epoch: self.epoch,
            part,
            error,
        })
    }

    /// The epoch at whose end it was taken.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The last tick of a lane, and its devices.
    pub(crate) fn take_lane(&mut self, lane: LaneKey) -> Option<(u64, Lane)> {
        self.lanes.remove(&lane)
    }

    /// The sites of a group.
    pub(crate) fn take_sites(&mut self, lane: u32) -> Vec<SiteFold> {
        self.sites.remove(&lane).unwrap_or_default()
    }
}

/// A map whose order means nothing is written in the order of its keys: the same
/// state is the same bytes.
pub(crate) fn in_order<K, V, S>(map: &HashMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Ord + Serialize,
    V: Serialize,
    S: Serializer,
{
    serializer.collect_map(map.iter().collect::<BTreeMap<_, _>>())
}

/// Of a map whose values follow from the rest of the state, only the keys.
pub(crate) mod names {
    use super::{BTreeMap, Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K, V, S>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize,
        S: Serializer,
    {
        serializer.collect_seq(map.keys())
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Ord + Deserialize<'de>,
        V: Default,
        D: Deserializer<'de>,
    {
        let keys = Vec::<K>::deserialize(deserializer)?;
        Ok(keys.into_iter().map(|key| (key, V::default())).collect())
    }
}
