//! Every way in, and both ends of the log. Nothing is acknowledged to a device,
//! a caller or a file before Kafka has it for good; what cannot be understood
//! becomes a dead letter; every queue is bounded, and when one is full the
//! source waits.
//!
//! ```text
//!  devices --MQTT--> mqtt  --> gateway (intake, frames, ledger) --.
//!  people ---HTTP--> http  --> facts -----------------------------+-> kafka_writer --> Kafka
//!  records --FHIR--> http  --> fhir --> facts --------------------+                   |
//!  hospital -MLLP--> mllp  --> hl7 --> facts ---------------------+                   |
//!  past -----file--> csv   --> facts, cleanings, sorted (to be folded beside the log)  |
//!  bed lists -file-> bed_list --> the bed master (for who sends it)                      |
//!  clock ----------> ticker --------------------------------------'                     |
//!  processor, sinks <------------------------------- chunks of lanes <-- kafka_reader <-'
//! ```
//!
//! Files named after a system do IO; the others are pure.
//!
//! Start order: [`kafka::wait`], [`kafka::create_topics`] (or, on a mock
//! cluster, [`kafka::Config::topics`]), one [`kafka_writer::Writer`] that
//! everybody shares; then [`ticker::run`] and [`mqtt::run`] as tasks, a
//! [`kafka_reader::Reader`] for each consumer of the log, and, when the log was
//! there before, [`http::recall::run`] beside the server. They end when
//! [`Stop`] turns true; when one fails, the process ends. The writer goes last.
//!
//! What is full, and what happens then:
//! - Kafka's producer: callers wait; MQTT messages are not acknowledged, so that
//!   the broker keeps them; ticks are left out, the next closes more epochs;
//! - the receive window of MQTT: the broker waits, and twice the window is never
//!   passed, whatever the broker does;
//! - a reader's channel: nothing more is fetched;
//! - a lane of the log that is too far ahead of the slowest: it is not fetched;
//! - the turns to write of HTTP requests: further ones wait with their bodies;
//! - the room for bodies that arrive or wait: further requests are refused with 503;
//! - the requests that are remembered by their keys, the facts of FHIR: the oldest are forgotten;
//! - an MLLP connection's unanswered messages, the room for large ones: no more is read;
//! - the MLLP connections: further ones are closed at once.

pub mod bed_list;
pub mod counters;
pub mod csv;
pub mod dead_letter;
pub mod fhir;
pub mod frames;
pub mod gateway;
pub mod hl7;
pub mod http;
pub mod intake;
pub mod kafka;
pub mod kafka_group;
pub mod kafka_look;
pub mod kafka_reader;
pub mod kafka_writer;
pub mod label;
pub mod ledger;
pub mod mllp;
pub mod mqtt;
mod observation;
pub mod pace;
pub mod pseudonym;
pub mod ticker;
pub mod told;

pub use intake::{Tenants, check_payload};
pub use pseudonym::Pseudonyms;

/// Turns true once, when the process should stop.
pub type Stop = tokio::sync::watch::Receiver<bool>;
