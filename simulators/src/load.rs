//! Load: many devices that say the same thing over and over, at a rate. It
//! measures throughput only; there is no hospital behind it and no truth.

use std::time::Duration;

use events::id::{BedId, DeviceId, SiteId, TenantId, WardId};
use events::place::{Place, Site};
use events::sensor::{ClockFlags, READINGS_MAX, Reading, Value, by_stream};
use events::time::{CellTime, Clock, EventTime};
use events::topic::DevicePath;

use crate::mqtt::{Closed, Mqtt};
use crate::payload;

const BEDS_PER_WARD: usize = 50;
const SETTLE_WITHIN: Duration = Duration::from_secs(60);

/// How much load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many devices take turns; at least one.
    pub devices: usize,
    /// Readings a second, of all devices; 0 as fast as the broker takes them.
    pub rate: u64,
    /// Readings in one payload, 1 to [`READINGS_MAX`].
    pub batch: usize,
    /// How many readings altogether.
    pub readings: u64,
}

/// What the load came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// Readings published.
    pub readings: u64,
    /// Payloads published.
    pub payloads: u64,
    /// Payloads that the broker acknowledged.
    pub acknowledged: u64,
    /// From the first publish to the last acknowledgement.
    pub took_ms: i64,
}

impl LoadReport {
    /// Readings a second.
    pub fn rate(&self) -> u64 {
        self.readings * 1_000 / self.took_ms.max(1).unsigned_abs()
    }
}

/// Puts the load on the broker; `clock` has to run at speed 1.
///
/// # Errors
/// The connections have been closed.
pub async fn run(load: Load, mqtt: &Mqtt, clock: &Clock) -> Result<LoadReport, Closed> {
    let start = clock().0;
    let (_, acknowledged_before) = mqtt.counts();
    let mut source = Source::new(load);
    let (mut readings, mut payloads) = (0, 0);
    while readings < load.readings {
        while load.rate > 0 && readings * 1_000 / load.rate > (clock().0 - start).unsigned_abs() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (topic, bytes, count) = source.next_payload(clock());
        mqtt.publish(topic, bytes, false).await?;
        readings += count;
        payloads += 1;
    }
    mqtt.settle(SETTLE_WITHIN).await;
    Ok(LoadReport {
        readings,
        payloads,
        acknowledged: mqtt.counts().1 - acknowledged_before,
        took_ms: clock().0 - start,
    })
}

/// The payloads of a load, one device after the other.
pub struct Source {
    topics: Vec<String>,
    seqs: Vec<u64>,
    batch: usize,
    turn: usize,
}

impl Source {
    /// The payloads of this load.
    pub fn new(load: Load) -> Self {
        let devices = load.devices.max(1);
        Self {
            topics: (0..devices).map(topic).collect(),
            seqs: vec![0; devices],
            batch: load.batch.clamp(1, READINGS_MAX),
            turn: 0,
        }
    }

    /// Topic, JSON and number of readings of the next payload, measured at `now`.
    pub fn next_payload(&mut self, now: CellTime) -> (String, Vec<u8>, u64) {
        let device = self.turn % self.topics.len();
        self.turn += 1;
        let first = self.seqs[device];
        self.seqs[device] += self.batch as u64;
        let readings: Vec<Reading> = (first..self.seqs[device])
            .map(|seq| Reading {
                boot: 1,
                seq,
                at: EventTime(now.0),
                told: now,
                flags: ClockFlags::default(),
                code: by_stream("bed").expect("pads are sensors").code,
                value: Value {
                    value: 1,
                    extra: Some(71_500),
                },
            })
            .collect();
        let bytes = payload::bytes(&readings);
        (self.topics[device].clone(), bytes, self.batch as u64)
    }
}

fn topic(device: usize) -> String {
    let id = "fits the alphabet";
    let path = DevicePath {
        site: Site {
            tenant: TenantId::new("demo").expect(id),
            site: SiteId::new("load").expect(id),
        },
        place: Place {
            ward: WardId::new(&format!("W-{}", device / BEDS_PER_WARD)).expect(id),
            room: None,
            bed: Some(BedId::new(&format!("B-{}", device % BEDS_PER_WARD)).expect(id)),
        },
        device: DeviceId::new(&format!("pad-{device}")).expect(id),
    };
    path.mqtt_topic("bed")
}

#[cfg(test)]
mod tests {
    use events::sensor::parse;

    use super::*;

    #[test]
    fn every_payload_is_new_to_the_gateway() {
        let mut source = Source::new(Load {
            devices: 3,
            rate: 0,
            batch: 10,
            readings: 60,
        });
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..6 {
            let now = CellTime(1_767_571_200_000);
            let (topic, bytes, count) = source.next_payload(now);
            assert_eq!(count, 10);
            for reading in parse("bed", &bytes, now).unwrap() {
                assert!(seen.insert((topic.clone(), reading.seq)));
            }
        }
        assert_eq!(seen.len(), 60);
    }
}
