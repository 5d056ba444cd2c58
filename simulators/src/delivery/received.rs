//! What the gateway can know: deliveries as a record to judge, for faults that
//! lose information.

use std::collections::BTreeSet;

use events::control::BedMaster;
use events::fact::{Fact, FactFlags};
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
    let mut record = Record {
        master,
        from,
        to,
        ..Record::default()
    };
    let (mut readings_seen, mut requests_seen) = (BTreeSet::new(), BTreeSet::new());
    for Delivery { at_ms, told } in deliveries {
        let now = CellTime(at_ms);
        match told {
            Message::Payload { topic, bytes } => {
                for (path, reading) in readings(&topic, &bytes, now) {
                    if is_presence(&reading) {
                        record.arrived.push((path, reading));
                        continue;
                    }
                    let id = (path.device.clone(), reading.boot, reading.seq);
                    if readings_seen.insert(id) {
                        record.arrived.push((path.clone(), reading));
                        record.readings.push((path, reading));
                    }
                }
            }
            Message::Http { key, told } => {
                if requests_seen.insert(key) {
                    let facts = told.facts.into_iter();
                    record
                        .facts
                        .extend(facts.filter_map(|fact| dated(fact, now)));
                }
            }
        }
    }
    record
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
