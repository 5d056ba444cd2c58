//! Finds records in the log again: of a fact its place is known, of a reading what its
//! device called it.

use std::collections::BTreeSet;

use events::fact::Fact;
use events::log::Chunk;
use events::place::Site;
use events::sensor::{self, Reading};
use events::topic::{self, DevicePath, KafkaTopic};
use events::wire::{self, Record};

use crate::life::{Key, Order};
use crate::site::intake::{FACTS, SIGNALS};

/// What a record says, or one of the readings or facts in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Tale {
    /// Told by people or systems.
    Fact {
        /// By whom: `http`, `hl7:SENDER`.
        source: String,
        /// What.
        fact: Fact,
    },
    /// Read by a device.
    Reading {
        /// Which, and where it stood.
        path: DevicePath,
        /// What.
        reading: Reading,
    },
}

/// A record that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its place among what is said of the site.
    pub key: Key,
    /// Its topic.
    pub topic: KafkaTopic,
    /// Its lane.
    pub lane: u32,
    /// Its offset.
    pub offset: u64,
    /// Its place within the record.
    pub index: usize,
    /// What it says.
    pub tale: Tale,
}

/// Looks for the records of a site.
pub struct Finder {
    site: Site,
    wanted: BTreeSet<Key>,
    found: Vec<Found>,
}

impl Finder {
    /// Looks for these.
    pub fn new(site: Site, wanted: BTreeSet<Key>) -> Self {
        Self {
            site,
            wanted,
            found: Vec::new(),
        }
    }

    /// Whether something of a topic has not been found yet.
    pub fn wants(&self, topic: KafkaTopic) -> bool {
        let place = place_of(topic);
        self.wanted
            .iter()
            .any(|(_, order)| Some(order.topic) == place)
    }

    /// Where the first of the facts is in their lane.
    pub fn first_fact(&self) -> Option<u64> {
        let orders = self.wanted.iter().map(|(_, order)| order);
        let facts = orders.filter(|order| order.topic == FACTS);
        facts.map(|order| order.major).min()
    }

    /// Looks through a chunk. The first of several that are alike is the one: those
    /// that follow were dropped.
    pub fn look(&mut self, chunk: &Chunk) {
        for record in &chunk.records {
            let at = (chunk.topic, chunk.lane, record.offset);
            match chunk.topic {
                KafkaTopic::Facts => self.look_at_facts(at, &record.value),
                KafkaTopic::Signals => self.look_at_frame(at, &record.value),
                _ => {}
            }
        }
    }

    /// What was found, in the order of event time and log.
    pub fn found(mut self) -> Vec<Found> {
        self.found.sort_unstable_by_key(|found| found.key);
        self.found
    }

    fn look_at_facts(&mut self, (topic, lane, offset): (KafkaTopic, u32, u64), value: &[u8]) {
        let Ok(Record::Data(told)) = wire::decode_facts(value) else {
            return;
        };
        if told.site != self.site {
            return;
        }
        for (index, fact) in told.facts.into_iter().enumerate() {
            let order = Order {
                topic: FACTS,
                lane,
                major: offset,
                minor: index as u64,
            };
            let key = (fact.at.0, order);
            if self.wanted.remove(&key) {
                let source = told.source.clone();
                let tale = Tale::Fact { source, fact };
                self.found.push(Found {
                    key,
                    topic,
                    lane,
                    offset,
                    index,
                    tale,
                });
            }
        }
    }

    fn look_at_frame(&mut self, (topic, lane, offset): (KafkaTopic, u32, u64), value: &[u8]) {
        let Ok(Record::Data(frame)) = wire::decode_signals(value) else {
            return;
        };
        let of_site = |path: &String| {
            let path = DevicePath::parse(path).ok();
            path.filter(|path| path.site == self.site)
        };
        let sources: Vec<Option<DevicePath>> = frame.sources.iter().map(of_site).collect();
        for (index, (source, reading)) in wire::readings(&frame).enumerate() {
            let is_state = sensor::by_code(reading.code).is_some_and(|sensor| !sensor.presence);
            let Some(path) = sources[source].as_ref().filter(|_| is_state) else {
                continue;
            };
            let key = (
                reading.at.0,
                order_of(path.device.as_str(), reading.boot, reading.seq),
            );
            if self.wanted.remove(&key) {
                let path = path.clone();
                let tale = Tale::Reading { path, reading };
                self.found.push(Found {
                    key,
                    topic,
                    lane,
                    offset,
                    index,
                    tale,
                });
            }
        }
    }
}

fn place_of(topic: KafkaTopic) -> Option<u8> {
    match topic {
        KafkaTopic::Facts => Some(FACTS),
        KafkaTopic::Signals => Some(SIGNALS),
        _ => None,
    }
}

/// The order of a reading among what is said of its site.
fn order_of(device: &str, boot: u32, seq: u64) -> Order {
    Order {
        topic: SIGNALS,
        lane: topic::lane(device, u32::MAX),
        major: u64::from(boot),
        minor: seq,
    }
}
