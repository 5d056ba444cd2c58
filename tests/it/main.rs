//! The whole product as its users meet it: the real binary, real Apache Kafka and
//! Mosquitto, the real ClickHouse engine, a plain MQTT client, `curl`, a browser.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod access;
#[path = "../adt/mod.rs"]
mod adt;
mod archive;
mod backfill;
mod bad_input;
mod beds;
mod board;
mod browser;
mod bucket;
mod callouts;
mod chaos;
mod cli;
mod commands;
mod control;
mod dead_letter;
mod demo;
mod explain;
mod gap;
mod grafana;
mod labels;
mod mllp;
mod node;
mod nurses;
mod outage;
mod paste;
mod program;
mod restart;
mod roles;
mod said_again;
mod silent;
mod verify;
mod watch;
mod webhooks;
