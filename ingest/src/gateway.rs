//! From MQTT messages to records for Kafka, and from Kafka's delivery reports to
//! the acknowledgements that may be sent. Pure: [`crate::mqtt`] carries out what
//! this decides.
//!
//! A message is acknowledged once it is durable, in the order of receipt, and
//! only on the connection on which it was received: packet numbers start again
//! when a session is lost, so an old one could acknowledge the wrong message.

use std::collections::VecDeque;
use std::sync::Arc;

use events::reason::Reason;
use events::time::CellTime;
use events::topic::KafkaTopic;

use crate::counters::Counters;
use crate::dead_letter::{Origin, dead_letter, outgoing};
use crate::frames::{Frames, Sealed};
use crate::intake::{self, Intake, Tenants};
use crate::kafka_writer::Outgoing;
use crate::ledger::{Ledger, Ticket};

/// A message as the broker gave it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Where it was published.
    pub topic: &'a [u8],
    /// What was published.
    pub payload: &'a [u8],
    /// Whether the broker had kept it.
    pub retained: bool,
    /// The number to acknowledge; `None` when the broker wants no acknowledgement.
    pub packet: Option<u16>,
}

/// A record for Kafka and what is settled when it is durable.
#[derive(Debug)]
pub struct Parcel {
    /// The record.
    pub record: Outgoing,
    /// What it holds.
    pub contents: Contents,
}

/// What a record holds.
#[derive(Debug)]
pub enum Contents {
    /// The readings of some messages.
    Frame {
        /// The messages.
        tickets: Vec<Ticket>,
        /// How many readings.
        readings: u64,
    },
    /// A message that could not be understood.
    DeadLetter {
        /// The message.
        ticket: Ticket,
        /// Why.
        reason: Reason,
    },
}

/// An acknowledgement that is owed: on which connection, for which packet.
#[derive(Clone, Copy, Debug)]
struct Owed {
    connection: u64,
    packet: Option<u16>,
}

/// All messages between receipt and acknowledgement.
pub struct Gateway {
    tenants: Tenants,
    lanes: u32,
    counters: Arc<Counters>,
    /// Counts connections and their ends.
    connection: u64,
    is_connected: bool,
    frames: Frames,
    ledger: Ledger<Owed>,
    parcels: VecDeque<Parcel>,
    owed: VecDeque<Owed>,
}

impl Gateway {
    /// Serves these tenants, with so many lanes on Kafka.
    pub fn new(tenants: Tenants, lanes: u32, counters: Arc<Counters>) -> Self {
        Self {
            tenants,
            lanes,
            counters,
            connection: 0,
            is_connected: false,
            frames: Frames::new(KafkaTopic::Signals.lanes(lanes)),
            ledger: Ledger::default(),
            parcels: VecDeque::new(),
            owed: VecDeque::new(),
        }
    }

    /// A connection was made.
    pub fn connect(&mut self) {
        self.connection += 1;
        self.is_connected = true;
    }

    /// The connection is gone.
    pub fn disconnect(&mut self) {
        self.connection += 1;
        self.is_connected = false;
    }

    /// Takes a message. `now_ms` is real time from any start.
    pub fn receive(&mut self, message: Received<'_>, now: CellTime, now_ms: u64) {
        let Received { topic, payload, .. } = message;
        let ticket = self.ledger.enter(Owed {
            connection: self.connection,
            packet: message.packet,
        });
        match intake::take(&self.tenants, topic, payload, message.retained, now) {
            Intake::Readings { path, readings } => {
                let full = self.frames.push(&path, &readings, ticket, now_ms);
                self.parcels.extend(full.map(parcel));
            }
            Intake::DeadLetter { tenant, rejected } => {
                let origin = Origin {
                    tenant: tenant.as_ref(),
                    source: "mqtt",
                    position: &String::from_utf8_lossy(topic),
                };
                let letter = dead_letter(origin, &rejected, payload, now);
                self.parcels.push_back(Parcel {
                    record: outgoing(&letter, self.lanes),
                    contents: Contents::DeadLetter {
                        ticket,
                        reason: rejected.reason,
                    },
                });
            }
            Intake::Ignored(reason) => {
                self.counters.ignored(reason);
                self.settle([ticket]);
            }
        }
        self.count();
    }

    /// Seals the frames that have waited long enough.
    pub fn seal_due(&mut self, now_ms: u64) {
        let sealed = self.frames.seal_due(now_ms);
        self.parcels.extend(sealed.into_iter().map(parcel));
    }

    /// The next record for Kafka.
    pub fn next_parcel(&mut self) -> Option<Parcel> {
        self.parcels.pop_front()
    }

    /// Takes back a record for which Kafka had no room; it comes first again.
    pub fn put_back(&mut self, parcel: Parcel) {
        self.parcels.push_front(parcel);
    }

    /// What this record held is durable.
    pub fn delivered(&mut self, contents: Contents) {
        match contents {
            Contents::Frame { tickets, readings } => {
                self.counters.readings(readings);
                self.settle(tickets);
            }
            Contents::DeadLetter { ticket, reason } => {
                self.counters.dead_letter(reason);
                self.settle([ticket]);
            }
        }
        self.count();
    }

    /// The packet to acknowledge next, if there is one on this connection.
    /// Stays the next until [`Gateway::acknowledged`].
    pub fn next_acknowledgement(&mut self) -> Option<u16> {
        while let Some(owed) = self.owed.front() {
            let is_current = self.is_connected && owed.connection == self.connection;
            match owed.packet {
                Some(packet) if is_current => return Some(packet),
                Some(_) => self.counters.ack_stale(),
                None => {}
            }
            self.acknowledged();
        }
        None
    }

    /// The acknowledgement was handed to the connection, or will never be.
    pub fn acknowledged(&mut self) {
        self.owed.pop_front();
        self.count();
    }

    /// Messages that are not durable yet.
    pub fn open(&self) -> usize {
        self.ledger.open()
    }

    fn count(&self) {
        self.counters.in_flight(self.ledger.len() + self.owed.len());
    }

    fn settle(&mut self, tickets: impl IntoIterator<Item = Ticket>) {
        for ticket in tickets {
            self.ledger.settle(ticket);
        }
        while let Some(owed) = self.ledger.pop_settled() {
            self.owed.push_back(owed);
        }
    }
}

fn parcel(sealed: Sealed) -> Parcel {
    Parcel {
        record: Outgoing {
            topic: KafkaTopic::Signals,
            lane: sealed.lane,
            key: None,
            value: sealed.value,
        },
        contents: Contents::Frame {
            tickets: sealed.tickets,
            readings: sealed.readings,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::id::TenantId;
    use events::metric;

    const NOW: CellTime = CellTime(1_767_323_046_000);
    const TOPIC: &[u8] = b"medaxis/v1/demo/north/w/r/b/pad-1/bed";
    const GOOD: &[u8] = br#"{"boot":1,"seq":1,"occupied":true}"#;

    fn gateway() -> Gateway {
        let tenants = Tenants::from([TenantId::new("demo").unwrap()]);
        let mut gateway = Gateway::new(tenants, 4, Arc::default());
        gateway.connect();
        gateway
    }

    fn receive(gateway: &mut Gateway, packet: u16, payload: &[u8]) {
        let message = Received {
            topic: TOPIC,
            payload,
            retained: false,
            packet: Some(packet),
        };
        gateway.receive(message, NOW, 0);
    }

    fn acknowledgements(gateway: &mut Gateway) -> Vec<u16> {
        let mut packets = Vec::new();
        while let Some(packet) = gateway.next_acknowledgement() {
            packets.push(packet);
            gateway.acknowledged();
        }
        packets
    }

    fn count(gateway: &Gateway, metric: metric::Metric) -> u64 {
        let snapshot = gateway.counters.snapshot();
        snapshot
            .iter()
            .filter(|sample| sample.0 == metric)
            .map(|sample| sample.2)
            .sum()
    }

    #[test]
    fn nothing_is_acknowledged_before_it_is_durable() {
        let mut gateway = gateway();
        receive(&mut gateway, 1, GOOD);
        receive(&mut gateway, 2, b"nonsense");
        gateway.seal_due(5);
        let letter = gateway.next_parcel().unwrap();
        let frame = gateway.next_parcel().unwrap();
        assert_eq!(letter.record.topic, KafkaTopic::DeadLetter);
        assert_eq!(frame.record.topic, KafkaTopic::Signals);
        assert_eq!(acknowledgements(&mut gateway), [0; 0]);
        gateway.delivered(letter.contents);
        assert_eq!(acknowledgements(&mut gateway), [0; 0], "1 comes before 2");
        gateway.delivered(frame.contents);
        assert_eq!(acknowledgements(&mut gateway), [1, 2]);
        assert_eq!(count(&gateway, metric::INGEST_READINGS), 1);
        assert_eq!(count(&gateway, metric::INGEST_DEAD_LETTERS), 1);
    }

    #[test]
    fn an_acknowledgement_from_before_a_reconnect_is_counted_and_not_sent() {
        let mut gateway = gateway();
        receive(&mut gateway, 1, GOOD);
        gateway.seal_due(5);
        let old = gateway.next_parcel().unwrap();
        gateway.disconnect();
        receive(&mut gateway, 2, GOOD);
        gateway.connect();
        receive(&mut gateway, 1, GOOD);
        gateway.seal_due(5);
        let new = gateway.next_parcel().unwrap();
        gateway.delivered(old.contents);
        gateway.delivered(new.contents);
        assert_eq!(
            acknowledgements(&mut gateway),
            [1],
            "only the one of this connection"
        );
        assert_eq!(count(&gateway, metric::INGEST_ACKS_STALE), 2);
        assert_eq!(gateway.open(), 0);
    }

    #[test]
    fn a_retained_copy_is_counted_and_acknowledged() {
        let mut gateway = gateway();
        let message = Received {
            topic: TOPIC,
            payload: GOOD,
            retained: true,
            packet: Some(9),
        };
        gateway.receive(message, NOW, 0);
        assert_eq!(acknowledgements(&mut gateway), [9]);
        assert!(gateway.next_parcel().is_none());
        assert_eq!(count(&gateway, metric::INGEST_IGNORED), 1);
    }

    #[test]
    fn a_message_that_wants_no_acknowledgement_gets_none() {
        let mut gateway = gateway();
        let message = Received {
            topic: TOPIC,
            payload: GOOD,
            retained: false,
            packet: None,
        };
        gateway.receive(message, NOW, 0);
        gateway.seal_due(5);
        let parcel = gateway.next_parcel().unwrap();
        gateway.delivered(parcel.contents);
        assert_eq!(acknowledgements(&mut gateway), [0; 0]);
        assert_eq!(count(&gateway, metric::INGEST_ACKS_STALE), 0);
    }
}
