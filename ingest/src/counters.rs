//! What ingest counts, for whoever publishes metrics. Every number has its
//! metric in [`events::metric`]; labels come from bounded sets.

use std::sync::atomic::{AtomicU64, Ordering};

use events::metric::{self, Metric};
use events::reason::Reason;

use crate::http::problem;
use crate::mllp::{Became, Closed};
use crate::{fhir, hl7};

/// The numbers of one process, shared by all ways in.
#[derive(Debug)]
pub struct Counters {
    acks_stale: AtomicU64,
    dead_letters: Vec<AtomicU64>,
    facts: AtomicU64,
    fhir_resources: [AtomicU64; fhir::Became::ALL.len()],
    hl7_ignored: [AtomicU64; hl7::TYPES.len()],
    hl7_messages: [AtomicU64; Became::ALL.len()],
    http_writes: AtomicU64,
    ignored: Vec<AtomicU64>,
    in_flight: AtomicU64,
    labels: [AtomicU64; 2],
    messages: AtomicU64,
    mllp_closed: [AtomicU64; Closed::ALL.len()],
    mllp_connections: AtomicU64,
    mllp_skipped: AtomicU64,
    mqtt_connected: AtomicU64,
    readings: AtomicU64,
    reconnects: AtomicU64,
    refused: [AtomicU64; problem::CODES.len()],
}

/// One number with its metric and the value of its label, or "".
pub type Sample = (Metric, &'static str, u64);

impl Default for Counters {
    fn default() -> Self {
        let per_reason = || Reason::ALL.iter().map(|_| AtomicU64::default()).collect();
        Self {
            acks_stale: AtomicU64::default(),
            dead_letters: per_reason(),
            facts: AtomicU64::default(),
            fhir_resources: Default::default(),
            hl7_ignored: Default::default(),
            hl7_messages: Default::default(),
            http_writes: AtomicU64::default(),
            ignored: per_reason(),
            in_flight: AtomicU64::default(),
            labels: Default::default(),
            messages: AtomicU64::default(),
            mllp_closed: Default::default(),
            mllp_connections: AtomicU64::default(),
            mllp_skipped: AtomicU64::default(),
            mqtt_connected: AtomicU64::default(),
            readings: AtomicU64::default(),
            reconnects: AtomicU64::default(),
            refused: Default::default(),
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

    /// Facts that were told over HTTP, FHIR or MLLP are durable.
    pub fn facts(&self, count: u64) {
        add(&self.facts, count);
    }

    /// What became of a FHIR resource.
    pub fn fhir_resource(&self, became: fhir::Became) {
        add(&self.fhir_resources[became as usize], 1);
    }

    /// What became of an HL7 message over MLLP.
    pub fn hl7_message(&self, became: Became) {
        add(&self.hl7_messages[became as usize], 1);
    }

    /// An HL7 message with this name, as `ORU^R01`, told nothing.
    pub fn hl7_ignored(&self, name: &str) {
        let kind = name.split('^').next().unwrap_or_default();
        let index = hl7::TYPES.iter().position(|known| *known == kind);
        add(
            &self.hl7_ignored[index.expect("only known types are ignored")],
            1,
        );
    }

    /// The facts of an HTTP request are on their way to Kafka.
    pub fn http_write_begins(&self) {
        add(&self.http_writes, 1);
    }

    /// Kafka has them, or never will.
    pub fn http_write_ends(&self) {
        self.http_writes.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many facts are durable now.
    pub fn facts_now(&self) -> u64 {
        self.facts.load(Ordering::Relaxed)
    }

    /// A name was heard, and is on its way to be kept, or is let go of.
    pub fn label(&self, is_on_its_way: bool) {
        add(&self.labels[usize::from(!is_on_its_way)], 1);
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

    /// An MQTT message was received.
    pub fn message(&self) {
        add(&self.messages, 1);
    }

    /// How many MQTT messages have been received.
    pub fn messages_now(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// An MLLP connection was not let in, or not kept.
    pub fn mllp_closed(&self, closed: Closed) {
        add(&self.mllp_closed[closed as usize], 1);
    }

    /// An MLLP connection was let in.
    pub fn mllp_opens(&self) {
        add(&self.mllp_connections, 1);
    }

    /// An MLLP connection has ended.
    pub fn mllp_ends(&self) {
        self.mllp_connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Bytes came outside of frames.
    pub fn mllp_skipped(&self, bytes: u64) {
        add(&self.mllp_skipped, bytes);
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

    /// An HTTP request was refused, for one of [`problem::CODES`].
    pub fn refused(&self, code: &str) {
        let index = problem::CODES.iter().position(|known| *known == code);
        add(&self.refused[index.expect("every code is in the list")], 1);
    }

    /// Every number; of those with a label, the ones that are not zero.
    pub fn snapshot(&self) -> Vec<Sample> {
        let single = [
            (metric::INGEST_ACKS_STALE, &self.acks_stale),
            (metric::INGEST_FACTS, &self.facts),
            (metric::INGEST_HTTP_WRITES, &self.http_writes),
            (metric::INGEST_IN_FLIGHT, &self.in_flight),
            (metric::INGEST_MESSAGES, &self.messages),
            (metric::INGEST_MLLP_CONNECTIONS, &self.mllp_connections),
            (metric::INGEST_MLLP_SKIPPED, &self.mllp_skipped),
            (metric::INGEST_MQTT_CONNECTED, &self.mqtt_connected),
            (metric::INGEST_READINGS, &self.readings),
            (metric::INGEST_RECONNECTS, &self.reconnects),
        ];
        let reasons = || Reason::ALL.iter().map(|reason| reason.code());
        let problems = problem::CODES.into_iter();
        let types = hl7::TYPES.iter().copied();
        let became = Became::ALL.iter().map(|became| became.code());
        let closed = Closed::ALL.iter().map(|closed| closed.code());
        let ignored = labelled(metric::INGEST_IGNORED, reasons(), &self.ignored);
        let dead = labelled(metric::INGEST_DEAD_LETTERS, reasons(), &self.dead_letters);
        single
            .map(|(metric, number)| (metric, "", number.load(Ordering::Relaxed)))
            .into_iter()
            .chain(dead)
            .chain(ignored)
            .chain(labelled(metric::INGEST_REFUSED, problems, &self.refused))
            .chain(labelled(
                metric::INGEST_LABELS,
                ["heard", "dropped"].into_iter(),
                &self.labels,
            ))
            .chain(labelled(
                metric::INGEST_FHIR_RESOURCES,
                fhir::Became::ALL.iter().map(|became| became.code()),
                &self.fhir_resources,
            ))
            .chain(labelled(
                metric::INGEST_MLLP_IGNORED,
                types,
                &self.hl7_ignored,
            ))
            .chain(labelled(
                metric::INGEST_MLLP_MESSAGES,
                became,
                &self.hl7_messages,
            ))
            .chain(labelled(
                metric::INGEST_MLLP_CLOSED,
                closed,
                &self.mllp_closed,
            ))
            .collect()
    }
}

fn add(number: &AtomicU64, count: u64) {
    number.fetch_add(count, Ordering::Relaxed);
}

fn labelled(
    metric: Metric,
    labels: impl Iterator<Item = &'static str>,
    numbers: &[AtomicU64],
) -> impl Iterator<Item = Sample> {
    labels
        .zip(numbers)
        .map(move |(label, number)| (metric, label, number.load(Ordering::Relaxed)))
        .filter(|(_, _, count)| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_appear_under_their_metric_and_label() {
        let counters = Counters::default();
        counters.readings(3);
        counters.facts(2);
        counters.refused("not_json");
        for reason in Reason::ALL {
            counters.dead_letter(*reason);
        }
        let snapshot = counters.snapshot();
        assert!(snapshot.contains(&(metric::INGEST_READINGS, "", 3)));
        assert!(snapshot.contains(&(metric::INGEST_FACTS, "", 2)));
        assert!(snapshot.contains(&(metric::INGEST_REFUSED, "not_json", 1)));
        for reason in Reason::ALL {
            assert!(snapshot.contains(&(metric::INGEST_DEAD_LETTERS, reason.code(), 1)));
        }
    }
}
