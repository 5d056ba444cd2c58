//! The line from one device to the broker: its numbering, its clock, what it
//! keeps, and what it sends again after a cut.

use std::collections::{BTreeMap, VecDeque};

use events::sensor::Reading;
use events::time::{EventTime, MINUTE_MS};
use events::topic::DevicePath;

use super::Message;
use crate::payload;

/// How many readings a device keeps.
const KEPT_MAX: usize = 1_000;

pub(super) struct Line {
    /// Where it stands now. Its will names the place where it stood when it last
    /// said something.
    path: DevicePath,
    boot: u32,
    seq: u64,
    is_cut: bool,
    pub(super) skew_ms: i64,
    /// With the true time of each, and where it then stood.
    kept: VecDeque<(i64, DevicePath, Reading)>,
}

impl Line {
    /// A device that has just started, and its birth.
    pub(super) fn new(path: DevicePath) -> (Self, Message) {
        let line = Self {
            path,
            boot: 1,
            seq: 0,
            is_cut: false,
            skew_ms: 0,
            kept: VecDeque::new(),
        };
        let birth = line.presence(true);
        (line, birth)
    }

    /// Numbers and keeps a reading; gives the message, unless there is a cut.
    pub(super) fn measure(&mut self, path: &DevicePath, truth: Reading) -> Option<Message> {
        self.path.clone_from(path);
        let reading = Reading {
            boot: self.boot,
            seq: self.seq,
            at: EventTime(truth.at.0 + self.skew_ms),
            ..truth
        };
        self.seq += 1;
        self.kept.push_back((truth.at.0, path.clone(), reading));
        if self.kept.len() > KEPT_MAX {
            self.kept.pop_front();
        }
        (!self.is_cut).then(|| readings(path, payload::stream(&reading), &[reading]))
    }

    /// Gives the will that the broker will publish.
    pub(super) fn cut_off(&mut self, reboots: bool) -> Message {
        let will = self.presence(false);
        self.is_cut = true;
        if reboots {
            (self.boot, self.seq) = (self.boot + 1, 0);
        }
        will
    }

    /// The birth, and the readings of the last minute once more.
    pub(super) fn back(&mut self, now_ms: i64) -> Vec<Message> {
        self.is_cut = false;
        let mut streams: BTreeMap<(&DevicePath, &str), Vec<Reading>> = BTreeMap::new();
        for (at, path, reading) in &self.kept {
            if *at >= now_ms - MINUTE_MS {
                let stream = payload::stream(reading);
                streams.entry((path, stream)).or_default().push(*reading);
            }
        }
        let again = streams.iter();
        let again = again.map(|((path, stream), of_stream)| readings(path, stream, of_stream));
        [self.presence(true)].into_iter().chain(again).collect()
    }

    fn presence(&self, online: bool) -> Message {
        Message::Payload {
            topic: self.path.mqtt_topic("state"),
            bytes: payload::presence(self.boot, online),
        }
    }
}

fn readings(path: &DevicePath, stream: &str, readings: &[Reading]) -> Message {
    Message::Payload {
        topic: path.mqtt_topic(stream),
        bytes: payload::bytes(readings),
    }
}
