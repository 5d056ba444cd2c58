//! The devices of one lane of `signals`. A device always writes into the same
//! lane, wherever it stands, so this state belongs to the lane, and moves with
//! it when the number of workers changes. Many readings go in; few reports come out: what changes
//! something, and now and then that a device was heard.

pub mod absence;
pub mod dedup;
mod device;
pub mod hearing;
pub mod statements;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use events::fact::SensorFact;
use events::id::DeviceId;
use events::place::{Place, Site};
use events::proto::SensorFrame;
use events::reason::Reason;
use events::time::HOUR_MS;
use events::topic::{self, DevicePath};
use events::wire;
use serde::{Deserialize, Serialize};

use absence::Absence;
use device::{Context, Device};
use hearing::BASE_GAP_MS;
use statements::At;

use crate::shared::SharedList;

/// Gaps are kept for so much longer than the horizon: a site lets go of its own
/// once an hour, and one that is missing before would be taken for undone.
const HEARD_LONGER_MS: i64 = 2 * HOUR_MS;

/// Devices of one lane, one counted again at each place where it has stood.
const SOURCES_MAX: usize = 200_000;

/// What a lane tells a site of one of its devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its site.
    pub site: Arc<Site>,
    /// Its id, unique within the site.
    pub device: Arc<str>,
    /// Where it stood.
    pub place: Arc<Place>,
    /// What is to be known.
    pub news: News,
}

/// What there is to know of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// It said something that changes something.
    Said {
        /// Its order among the statements of this device.
        at: At,
        /// What it means.
        fact: SensorFact,
    },
    /// It was heard again, and nothing else is new.
    Heard {
        /// The newest reading's time.
        last: i64,
    },
    /// It was not heard, or not there, at other times than was known.
    Absent {
        /// The newest reading's time, if there was one.
        last: Option<i64>,
        /// The gaps between readings within the horizon.
        gaps: Vec<(i64, i64)>,
        /// From wills to births or readings, within the horizon.
        gone: Vec<Absence>,
        /// Whether it has been quiet for longer than the base gap.
        quiet: bool,
    },
    /// A reading was set aside.
    SetAside {
        /// Why.
        reason: Reason,
        /// Its event time.
        at: i64,
    },
}

/// Counts of one lane, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Readings folded.
    pub readings: u64,
    /// Readings seen before.
    pub duplicates: u64,
}

/// The devices of one lane.
pub struct Lane {
    horizon_ms: i64,
    kept: Kept,
    /// By `tenant/site/device`.
    index: HashMap<String, usize>,
    /// By the whole path.
    sources: HashMap<Arc<str>, Source>,
    /// Of each source, by its number.
    places: Vec<Arc<Place>>,
    /// When to look whether a device has gone quiet; one entry a device.
    checks: BTreeSet<(i64, usize)>,
    counts: LaneCounts,
    /// Sources of the frame at hand, by its dictionary; kept for its memory.
    dictionary: Vec<Option<Source>>,
}

/// What is written down of a lane: everything else follows from it. A copy shares
/// with the lane what has not changed since.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    devices: SharedList<Device>,
    /// In the order in which they were first heard of: that is their number.
    sources: SharedList<(Arc<str>, usize)>,
}

/// A device at a place.
#[derive(Clone, Copy)]
struct Source {
    device: usize,
    place: u32,
}

impl Lane {
    /// A lane that has heard nothing; corrections reach back `horizon_ms`.
    pub fn new(horizon_ms: i64) -> Self {
        Self {
            horizon_ms,
            kept: Kept::default(),
            index: HashMap::new(),
            sources: HashMap::new(),
            places: Vec::new(),
            checks: BTreeSet::new(),
            counts: LaneCounts::default(),
            dictionary: Vec::new(),
        }
    }

    /// A copy of what is to be written down.
    pub(crate) fn kept(&self) -> Kept {
        self.kept.clone()
    }

    /// As it was when `kept` was written down; nothing if no lane can have kept that.
    pub(crate) fn restored(mut kept: Kept, horizon_ms: i64) -> Option<Self> {
        let mut lane = Self::new(horizon_ms);
        for (path, device) in kept.sources.iter() {
            kept.devices.get(*device)?;
            let place = DevicePath::parse(path).ok()?.place;
            lane.index.insert(topic::device_key(path), *device);
            lane.stands(path.clone(), *device, place);
        }
        let mut sites = BTreeSet::new();
        for (index, device) in kept.devices.iter_mut().enumerate() {
            device.share_site(&mut sites);
            lane.checks.extend(device.check().map(|due| (due, index)));
        }
        lane.kept = kept;
        Some(lane)
    }

    /// Folds a frame read at cell time `now`. Sources whose path is none are
    /// skipped: the gateway never writes one. Those for which there is no room are
    /// reported as set aside, once a frame.
    pub fn fold(&mut self, frame: &SensorFrame, now: i64, reports: &mut Vec<Report>) {
        let mut dictionary = std::mem::take(&mut self.dictionary);
        dictionary.clear();
        for path in &frame.sources {
            dictionary.push(self.source(path, now, reports));
        }
        let mut context = Context {
            places: &self.places,
            place: 0,
            edge: now - self.horizon_ms,
            kept_from: now - self.horizon_ms - HEARD_LONGER_MS,
            counts: &mut self.counts,
            reports,
        };
        // A device often says several things one after the other: it is looked up once.
        let (mut at_hand, mut device) = (usize::MAX, None);
        for (number, reading) in wire::readings(frame) {
            let Some(source) = dictionary[number] else {
                continue;
            };
            if number != at_hand {
                (at_hand, context.place) = (number, source.place);
                device = self.kept.devices.get_mut(source.device);
            }
            let device = device.as_deref_mut().expect("a source is of a device");
            device.fold(&reading, &mut context);
            if device.check().is_none()
                && let Some(last) = device.last()
            {
                let check = (device.check_at(last + BASE_GAP_MS), source.device);
                self.checks.insert(check);
            }
        }
        self.dictionary = dictionary;
    }

    /// When [`Lane::tick`] next has something to do, in cell time.
    pub fn due(&self) -> Option<i64> {
        self.checks.first().map(|(due, _)| *due + 1)
    }

    /// Notices at cell time `now` who has gone quiet.
    pub fn tick(&mut self, now: i64, reports: &mut Vec<Report>) {
        let mut context = Context {
            places: &self.places,
            place: 0,
            edge: now - self.horizon_ms,
            kept_from: now - self.horizon_ms - HEARD_LONGER_MS,
            counts: &mut self.counts,
            reports,
        };
        while let Some((due, index)) = self.checks.first().copied()
            && due < now
        {
            self.checks.pop_first();
            let device = self.kept.devices.get_mut(index);
            let device = device.expect("a check is of a device");
            let heard = device.last().filter(|last| last + BASE_GAP_MS >= now);
            // One that is quiet is looked at again, rarely, so that a return is always seen.
            let next = heard.unwrap_or(now) + BASE_GAP_MS;
            self.checks.insert((device.check_at(next), index));
            if heard.is_none() {
                device.go_quiet(&mut context);
            }
        }
    }

    /// What was counted since the last call.
    pub fn take_counts(&mut self) -> LaneCounts {
        std::mem::take(&mut self.counts)
    }

    fn source(&mut self, path: &str, now: i64, reports: &mut Vec<Report>) -> Option<Source> {
        if let Some(source) = self.sources.get(path) {
            return Some(*source);
        }
        let DevicePath {
            site,
            place,
            device,
        } = DevicePath::parse(path).ok()?;
        if self.sources.len() >= SOURCES_MAX {
            reports.push(Report {
                site: Arc::new(site),
                device: device.as_str().into(),
                place: Arc::new(place),
                news: News::SetAside {
                    reason: Reason::SiteFull,
                    at: now,
                },
            });
            return None;
        }
        let path: Arc<str> = path.into();
        let index = self.device(topic::device_key(&path), site, &device);
        self.kept.sources.push((path.clone(), index));
        Some(self.stands(path, index, place))
    }

    /// The device of that key, which is new if it has never been heard of.
    fn device(&mut self, key: String, site: Site, name: &DeviceId) -> usize {
        let place = source_number(self.places.len());
        *self.index.entry(key).or_insert_with(|| {
            let device = Device::new(Arc::new(site), name.as_str().into(), place);
            self.kept.devices.push(device);
            self.kept.devices.len() - 1
        })
    }

    /// Notes that a device stands at a place.
    fn stands(&mut self, path: Arc<str>, device: usize, place: Place) -> Source {
        let number = source_number(self.places.len());
        self.places.push(Arc::new(place));
        let source = Source {
            device,
            place: number,
        };
        self.sources.insert(path, source);
        source
    }
}

fn source_number(sources: usize) -> u32 {
    u32::try_from(sources).expect("sources are bounded")
}

#[cfg(test)]
mod tests;
