//! The devices of one lane of `signals`. A device always writes into the same
//! lane, so this state belongs to the lane, and moves with it when the number of
//! workers changes. Many readings go in; few reports come out: what changes
//! something, and now and then that a device was heard.

pub mod dedup;
pub mod hearing;
pub mod statements;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use events::fact::SensorFact;
use events::place::Site;
use events::proto::SensorFrame;
use events::reason::Reason;
use events::sensor::{self, Reading};
use events::time::HOUR_MS;
use events::topic::DevicePath;
use events::wire;
use serde::{Deserialize, Serialize};

use dedup::{Seen, Verdict};
use hearing::{BASE_GAP_MS, Hearing};
use statements::{At, Statements};

/// A device is reported as heard at most this often, in milliseconds of event time.
pub const HEARD_EVERY_MS: i64 = 30_000;

/// Gaps are kept for so much longer than the horizon: a site lets go of its own
/// once an hour, and one that is missing before would be taken for undone.
const HEARD_LONGER_MS: i64 = 2 * HOUR_MS;

/// What a lane tells a site of one of its devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its site.
    pub site: Site,
    /// `tenant/site/ward/room/bed/device`.
    pub path: Arc<str>,
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
    /// When it was heard, and when not.
    Heard {
        /// The newest reading's time.
        last: i64,
        /// The gaps between readings within the horizon.
        gaps: Vec<(i64, i64)>,
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
    index: HashMap<String, usize>,
    devices: Vec<Device>,
    /// When to look whether a device has gone quiet; one entry a device.
    checks: BinaryHeap<Reverse<(i64, usize)>>,
    counts: LaneCounts,
    /// Devices of the frame at hand, by its dictionary; kept for its memory.
    dictionary: Vec<usize>,
}

struct Device {
    site: Site,
    path: Arc<str>,
    seen: Seen,
    hearing: Hearing,
    statements: Statements,
    reported: i64,
    quiet: bool,
}

impl Lane {
    /// A lane that has heard nothing; corrections reach back `horizon_ms`.
    pub fn new(horizon_ms: i64) -> Self {
        Self {
            horizon_ms,
            index: HashMap::new(),
            devices: Vec::new(),
            checks: BinaryHeap::new(),
            counts: LaneCounts::default(),
            dictionary: Vec::new(),
        }
    }

    /// Folds a frame read at cell time `now`. Sources whose path is none are
    /// skipped: the gateway never writes one.
    pub fn fold(&mut self, frame: &SensorFrame, now: i64, reports: &mut Vec<Report>) {
        let mut dictionary = std::mem::take(&mut self.dictionary);
        dictionary.clear();
        dictionary.extend(
            frame
                .sources
                .iter()
                .map(|path| self.device(path).unwrap_or(usize::MAX)),
        );
        for (source, reading) in wire::readings(frame) {
            if let Some(device) = self.devices.get_mut(dictionary[source]) {
                self.counts.readings += 1;
                let newly_heard = device.hearing.last().is_none();
                device.fold(&reading, now - self.horizon_ms, &mut self.counts, reports);
                if newly_heard && let Some(last) = device.hearing.last() {
                    self.checks
                        .push(Reverse((last + BASE_GAP_MS, dictionary[source])));
                }
            }
        }
        self.dictionary = dictionary;
    }

    /// When [`Lane::tick`] next has something to do, in cell time.
    pub fn due(&self) -> Option<i64> {
        self.checks.peek().map(|Reverse((due, _))| *due + 1)
    }

    /// Notices at cell time `now` who has gone quiet.
    pub fn tick(&mut self, now: i64, reports: &mut Vec<Report>) {
        while let Some(Reverse((due, index))) = self.checks.peek().copied()
            && due < now
        {
            self.checks.pop();
            let device = &mut self.devices[index];
            let last = device
                .hearing
                .last()
                .expect("only devices that were heard are checked");
            if last + BASE_GAP_MS >= now {
                self.checks.push(Reverse((last + BASE_GAP_MS, index)));
                continue;
            }
            // Quiet: looked at again, rarely, so that a return is always seen.
            self.checks.push(Reverse((now + BASE_GAP_MS, index)));
            if !device.quiet {
                device.quiet = true;
                device
                    .hearing
                    .forget(now - self.horizon_ms - HEARD_LONGER_MS);
                reports.push(device.heard());
            }
        }
    }

    /// What was counted since the last call.
    pub fn take_counts(&mut self) -> LaneCounts {
        std::mem::take(&mut self.counts)
    }

    fn device(&mut self, path: &str) -> Option<usize> {
        if let Some(&index) = self.index.get(path) {
            return Some(index);
        }
        let site = DevicePath::parse(path).ok()?.site;
        self.devices.push(Device {
            site,
            path: path.into(),
            seen: Seen::default(),
            hearing: Hearing::default(),
            statements: Statements::default(),
            reported: i64::MIN,
            quiet: false,
        });
        self.index.insert(path.to_owned(), self.devices.len() - 1);
        Some(self.devices.len() - 1)
    }
}

impl Device {
    fn fold(
        &mut self,
        reading: &Reading,
        edge: i64,
        counts: &mut LaneCounts,
        reports: &mut Vec<Report>,
    ) {
        let Some(sensor) = sensor::by_code(reading.code) else {
            return;
        };
        let fact = (sensor.fact)(reading.value);
        if sensor.presence {
            self.presence(reading, fact, reports);
            return;
        }
        match self.seen.judge(reading.boot, reading.seq) {
            Verdict::New if reading.at.0 < edge => {
                self.set_aside(reading, Reason::BeyondHorizon, reports)
            }
            Verdict::New => self.take(reading, fact, edge, reports),
            Verdict::Duplicate => counts.duplicates += 1,
            Verdict::BootTooOld => self.set_aside(reading, Reason::BootTooOld, reports),
            Verdict::SeqTooOld => self.set_aside(reading, Reason::SeqTooOld, reports),
        }
    }

    fn take(&mut self, reading: &Reading, fact: SensorFact, edge: i64, reports: &mut Vec<Report>) {
        let at = (reading.at.0, reading.boot, reading.seq);
        match fact {
            // States: only what changes something goes on.
            SensorFact::Pad { .. } | SensorFact::Equipment(_) => {
                let sensor = sensor::by_code(reading.code).expect("the code was looked up");
                let state = reading.value.value & state_mask(fact);
                for (at, value) in self.statements.say(at, state) {
                    let value = sensor::Value { value, extra: None };
                    reports.push(self.report(News::Said {
                        at,
                        fact: (sensor.fact)(value),
                    }));
                }
            }
            SensorFact::Cleaning(_) | SensorFact::Presence { .. } => {
                reports.push(self.report(News::Said { at, fact }));
            }
        }
        self.hear(reading.at.0, edge, reports);
    }

    fn hear(&mut self, at: i64, edge: i64, reports: &mut Vec<Report>) {
        let gaps_changed = self.hearing.hear(at);
        let last = self.hearing.last().expect("it was just heard");
        let back = self.quiet && last == at;
        if gaps_changed || back || last >= self.reported.saturating_add(HEARD_EVERY_MS) {
            self.quiet &= !back;
            self.reported = last;
            self.hearing.forget(edge - HEARD_LONGER_MS);
            reports.push(self.heard());
        }
    }

    /// A will of an older boot is ignored.
    fn presence(&mut self, reading: &Reading, fact: SensorFact, reports: &mut Vec<Report>) {
        if self
            .seen
            .newest_boot()
            .is_none_or(|newest| reading.boot >= newest)
        {
            let at = (reading.at.0, reading.boot, 0);
            reports.push(self.report(News::Said { at, fact }));
        }
    }

    fn heard(&self) -> Report {
        self.report(News::Heard {
            last: self.hearing.last().unwrap_or(0),
            gaps: self.hearing.gaps(),
            quiet: self.quiet,
        })
    }

    fn set_aside(&self, reading: &Reading, reason: Reason, reports: &mut Vec<Report>) {
        reports.push(self.report(News::SetAside {
            reason,
            at: reading.at.0,
        }));
    }

    fn report(&self, news: News) -> Report {
        Report {
            site: self.site.clone(),
            path: self.path.clone(),
            news,
        }
    }
}

/// The bits of a value that make up the state; others, such as a pad's exit
/// warning, come and go without changing it.
const fn state_mask(fact: SensorFact) -> i32 {
    match fact {
        SensorFact::Pad { .. } => 1,
        _ => i32::MAX,
    }
}

#[cfg(test)]
mod tests;
