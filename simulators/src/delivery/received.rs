//! What the gateway can know: deliveries as a record to judge, for faults that
//! lose information.

use std::collections::{BTreeMap, BTreeSet};

use events::control::BedMaster;
use events::fact::{Fact, FactFlags};
use events::id::DeviceId;
use events::sensor::{Reading, by_code, parse};
use events::time::{self, CellTime};
use events::topic::{DevicePath, parse_mqtt};

use super::{Delivery, Message};
use crate::truth::Record;

/// The record of what arrived: each reading and each request once, with the
/// event time that the gateway gives it on its first arrival.
pub fn received(
    deliveries: impl IntoIterator<Item = Delivery>,
    master: BedMaster,
    from: i64,
    to: i64,
) -> Record {
    let mut receiving = Receiving::new(master, from, to);
    for delivery in deliveries {
        receiving.take(delivery, i64::MIN);
    }
    receiving.record
}

/// The record of what has arrived so far.
pub struct Receiving {
    record: Record,
    readings: BTreeSet<(DeviceId, u32, u64)>,
    requests: BTreeSet<String>,
    /// The boots of each device that were heard.
    boots: BTreeMap<DeviceId, BTreeSet<u32>>,
    too_old: usize,
}

impl Receiving {
    /// Nothing has arrived.
    pub fn new(master: BedMaster, from: i64, to: i64) -> Self {
        let record = Record {
            master,
            from,
            to,
            ..Record::default()
        };
        Self {
            record,
            readings: BTreeSet::new(),
            requests: BTreeSet::new(),
            boots: BTreeMap::new(),
            too_old: 0,
        }
    }

    /// What has arrived so far.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// How many readings came when their device had been heard in two later boots: nobody
    /// takes those.
    pub const fn too_old(&self) -> usize {
        self.too_old
    }

    /// Takes the next delivery, when what happened before `edge` is taken no more.
    pub fn take(&mut self, delivery: Delivery, edge: i64) {
        let now = CellTime(delivery.at_ms);
        match delivery.told {
            Message::Payload { topic, bytes } => {
                for (path, reading) in readings(&topic, &bytes, now) {
                    self.reading(path, reading, edge);
                }
            }
            Message::Http { key, told } => {
                if self.requests.insert(key) {
                    let facts = told.facts.into_iter();
                    let facts = facts.filter_map(|fact| dated(fact, now));
                    self.record
                        .facts
                        .extend(facts.filter(|fact| fact.at.0 >= edge));
                }
            }
        }
    }

    fn reading(&mut self, path: DevicePath, reading: Reading, edge: i64) {
        if is_presence(&reading) {
            self.record.arrived.push((path, reading));
            return;
        }
        let boots = self.boots.entry(path.device.clone()).or_default();
        boots.insert(reading.boot);
        if boots.iter().filter(|boot| **boot > reading.boot).count() > 1 {
            self.too_old += 1;
            return;
        }
        let id = (path.device.clone(), reading.boot, reading.seq);
        if self.readings.insert(id) && reading.at.0 >= edge {
            self.record.arrived.push((path.clone(), reading));
            self.record.readings.push((path, reading));
        }
    }
}

/// The readings of a payload, or a birth or will.
fn readings(topic: &str, bytes: &[u8], now: CellTime) -> Vec<(DevicePath, Reading)> {
    let Ok((path, stream)) = parse_mqtt(topic) else {
        return Vec::new();
    };
    let readings = parse(stream, bytes, now).unwrap_or_default();
    readings
        .into_iter()
        .map(|reading| (path.clone(), reading))
        .collect()
}

fn is_presence(reading: &Reading) -> bool {
    by_code(reading.code).is_some_and(|sensor| sensor.presence)
}

fn dated(fact: Fact, now: CellTime) -> Option<Fact> {
    let (at, flags) = time::believed(Some(fact.at), now).ok()?;
    Some(Fact {
        at,
        told: now,
        flags: FactFlags(fact.flags.0 | flags.0),
        what: fact.what,
    })
}
