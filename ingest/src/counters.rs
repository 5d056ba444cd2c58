//! What ingest counts, for whoever publishes metrics. Every number has its
//! metric in [`events::metric`]; labels come from bounded sets.

use std::sync::atomic::{AtomicU64, Ordering};

use events::metric::{self, Metric};
use events::reason::Reason;

/// Ways in by which facts come: the values of the label `source`.
const SOURCES: [&str; 2] = ["http", "hl7"];

/// The numbers of one process, shared by all ways in.
#[derive(Debug)]
pub struct Counters {
    acks_stale: AtomicU64,
    dead_letters: Vec<AtomicU64>,
    facts: [AtomicU64; SOURCES.len()],
    ignored: Vec<AtomicU64>,
    in_flight: AtomicU64,
    mqtt_connected: AtomicU64,
    readings: AtomicU64,
    reconnects: AtomicU64,
}

/// One number with its metric and the value of its label, or "".
pub type Sample = (Metric, &'static str, u64);

impl Default for Counters {
    fn default() -> Self {
        let per_reason = || Reason::ALL.iter().map(|_| AtomicU64::default()).collect();
        Self {
            acks_stale: AtomicU64::default(),
            dead_letters: per_reason(),
            facts: Default::default(),
            ignored: per_reason(),
            in_flight: AtomicU64::default(),
            mqtt_connected: AtomicU64::default(),
            readings: AtomicU64::default(),
            reconnects: AtomicU64::default(),
        }
    }
}

impl Counters {
    /// An acknowledgement was not sent, because the connection had changed.
    pub fn ack_stale(&self) {
        add(&self.acks_stale, 1);
    }

    /// A dead letter is durable.
    pub fn dead_letter(&self, reason: Reason) {
        add(&self.dead_letters[reason as usize], 1);
    }

    /// Facts of a source, `http` or `hl7`, are durable. Another source is not counted.
    pub fn facts(&self, source: &str, count: u64) {
        if let Some(index) = SOURCES.iter().position(|known| *known == source) {
            add(&self.facts[index], count);
        }
    }

    /// How many facts of all sources are durable now.
    pub fn facts_now(&self) -> u64 {
        self.facts
            .iter()
            .map(|number| number.load(Ordering::Relaxed))
            .sum()
    }

    /// A message was looked at and left alone.
    pub fn ignored(&self, reason: Reason) {
        add(&self.ignored[reason as usize], 1);
    }

    /// So many MQTT messages are received and not acknowledged.
    pub fn in_flight(&self, count: usize) {
        self.in_flight.store(count as u64, Ordering::Relaxed);
    }

    /// How many MQTT messages are received and not acknowledged now.
    pub fn in_flight_now(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// The MQTT broker is reached and sends us what is published, or not any more.
    pub fn mqtt_connected(&self, is_connected: bool) {
        self.mqtt_connected
            .store(u64::from(is_connected), Ordering::Relaxed);
    }

    /// Whether the MQTT broker is reached and sends us what is published.
    pub fn is_mqtt_connected(&self) -> bool {
        self.mqtt_connected.load(Ordering::Relaxed) == 1
    }

    /// Readings are durable.
    pub fn readings(&self, count: u64) {
        add(&self.readings, count);
    }

    /// A connection to the MQTT broker was made.
    pub fn reconnect(&self) {
        add(&self.reconnects, 1);
    }

    /// Every number; of those with a label, the ones that are not zero.
    pub fn snapshot(&self) -> Vec<Sample> {
        let single = [
            (metric::INGEST_ACKS_STALE, &self.acks_stale),
            (metric::INGEST_IN_FLIGHT, &self.in_flight),
            (metric::INGEST_MQTT_CONNECTED, &self.mqtt_connected),
            (metric::INGEST_READINGS, &self.readings),
            (metric::INGEST_RECONNECTS, &self.reconnects),
        ];
        let single = single.map(|(metric, number)| (metric, "", number.load(Ordering::Relaxed)));
        let facts = SOURCES.iter().zip(&self.facts).map(|(source, number)| {
            (
                metric::INGEST_FACTS,
                *source,
                number.load(Ordering::Relaxed),
            )
        });
        single
            .into_iter()
            .chain(facts)
            .chain(by_reason(metric::INGEST_DEAD_LETTERS, &self.dead_letters))
            .chain(by_reason(metric::INGEST_IGNORED, &self.ignored))
            .collect()
    }
}

fn add(number: &AtomicU64, count: u64) {
    number.fetch_add(count, Ordering::Relaxed);
}

fn by_reason(metric: Metric, numbers: &[AtomicU64]) -> impl Iterator<Item = Sample> + '_ {
    Reason::ALL
        .iter()
        .zip(numbers)
        .map(move |(reason, number)| (metric, reason.code(), number.load(Ordering::Relaxed)))
        .filter(|(_, _, count)| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_appear_under_their_metric_and_label() {
        let counters = Counters::default();
        counters.readings(3);
        counters.facts("hl7", 2);
        for reason in Reason::ALL {
            counters.dead_letter(*reason);
        }
        let snapshot = counters.snapshot();
        assert!(snapshot.contains(&(metric::INGEST_READINGS, "", 3)));
        assert!(snapshot.contains(&(metric::INGEST_FACTS, "hl7", 2)));
        for reason in Reason::ALL {
            assert!(snapshot.contains(&(metric::INGEST_DEAD_LETTERS, reason.code(), 1)));
        }
    }
}
