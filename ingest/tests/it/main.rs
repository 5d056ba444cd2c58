//! Ingest against servers: Mosquitto for MQTT; for Kafka librdkafka's mock cluster,
//! and Apache Kafka where the mock falls short.

mod apache;
mod http;
mod log;
mod mqtt;
mod support;
mod ticker;
