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

use crate::snapshot;

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
#[derive(Serialize, Deserialize)]
pub struct Lane {
    #[serde(skip)]
    horizon_ms: i64,
    /// By `tenant/site/device`.
    #[serde(skip)]
    index: HashMap<String, usize>,
    devices: Vec<Device>,
    /// By the whole path.
    #[serde(serialize_with = "snapshot::in_order")]
    sources: HashMap<String, Source>,
    places: Vec<Arc<Place>>,
    /// When to look whether a device has gone quiet; one entry a device.
    checks: BTreeSet<(i64, usize)>,
    #[serde(skip)]
    counts: LaneCounts,
    /// Sources of the frame at hand, by its dictionary; kept for its memory.
    #[serde(skip)]
    dictionary: Vec<Option<Source>>,
}

/// A device at a place.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Source {
    device: usize,
    place: u32,
}

impl Lane {
    /// A lane that has heard nothing; corrections reach back `horizon_ms`.
    pub fn new(horizon_ms: i64) -> Self {
        Self {
            horizon_ms,
            index: HashMap::new(),
            devices: Vec::new(),
            sources: HashMap::new(),
            places: Vec::new(),
            checks: BTreeSet::new(),
            counts: LaneCounts::default(),
            dictionary: Vec::new(),
        }
    }

    /// As it was when it was written down, with what is not written down.
    #[must_use]
    pub(crate) fn restored(mut self, horizon_ms: i64) -> Self {
        self.horizon_ms = horizon_ms;
        let of_source =
            |(path, source): (&String, &Source)| (topic::device_key(path), source.device);
        self.index = self.sources.iter().map(of_source).collect();
        let mut sites = BTreeSet::new();
        for device in &mut self.devices {
            device.share_site(&mut sites);
        }
        self
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
        for (source, reading) in wire::readings(frame) {
            if let Some(source) = dictionary[source] {
                let device = &mut self.devices[source.device];
                let newly_heard = device.last().is_none();
                context.place = source.place;
                device.fold(&reading, &mut context);
                if newly_heard && let Some(last) = device.last() {
                    self.checks.insert((last + BASE_GAP_MS, source.device));
                }
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
            let device = &mut self.devices[index];
            if let Some(last) = device.last().filter(|last| last + BASE_GAP_MS >= now) {
                self.checks.insert((last + BASE_GAP_MS, index));
                continue;
            }
            // Quiet: looked at again, rarely, so that a return is always seen.
            self.checks.insert((now + BASE_GAP_MS, index));
            device.go_quiet(&mut context);
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
        let number = u32::try_from(self.places.len()).expect("sources are bounded");
        self.places.push(Arc::new(place));
        let key = topic::device_key(path);
        let index = *self.index.entry(key).or_insert_with(|| {
            let name = device.as_str().into();
            self.devices.push(Device::new(Arc::new(site), name, number));
            self.devices.len() - 1
        });
        let source = Source {
            device: index,
            place: number,
        };
        self.sources.insert(path.to_owned(), source);
        Some(source)
    }
}

#[cfg(test)]
mod tests;
