//! A simulated hospital and the judge of the processor. Nothing here knows the
//! stages: it speaks their public protocols, and `events` is all that it shares.
//!
//! - [`scenario`]: what a hospital's days are like, as files.
//! - [`hospital`]: the discrete-event hospital in virtual time; its truth.
//! - [`faults`]: what goes wrong between the hospital and the gateway.
//! - [`delivery`]: what arrives when; how arrivals become a record to judge.
//! - [`truth`]: a naive definition of every KPI and alert rule.
//! - [`judge`]: how what was got differs from what was expected.
//! - [`names`]: how simulated patients are called.
//! - [`request`]: facts as the HTTP requests that tell them.
//! - [`mqtt`], [`http`]: the wires; [`player`]: deliveries over both, in time.
//! - [`load`]: many devices at a rate, to measure throughput only.

pub mod delivery;
pub mod faults;
pub mod hospital;
pub mod http;
pub mod judge;
pub mod load;
pub mod mqtt;
pub mod names;
pub mod payload;
pub mod player;
pub mod request;
pub mod rng;
pub mod scenario;
pub mod truth;
