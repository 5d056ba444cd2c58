//! Ingest against servers: Mosquitto for MQTT; for Kafka librdkafka's mock cluster,
//! and Apache Kafka where the mock falls short.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod apache;
mod commands;
mod fhir;
mod hl7;
mod http;
mod log;
mod mllp;
mod mqtt;
mod server;
mod support;
mod ticker;
