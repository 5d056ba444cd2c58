//! The whole product as its users meet it: the real binary, real Apache Kafka and
//! Mosquitto, the real ClickHouse engine, a plain MQTT client, `curl`, a browser.

mod cli;
mod demo;
mod program;
