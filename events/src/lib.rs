//! The vocabulary that every stage shares, and the only crate that all of them
//! import. No IO, no clock, no async: a name here means the same on a device,
//! in the log, in a table and on a board.
//!
//! - [`access`]: who acts: roles, wards, privacy tiers, and what they may do.
//! - [`id`]: checked names of tenants, sites, wards, beds, devices, visits.
//! - [`label`]: what staff call who lies in a bed.
//! - [`time`]: event time, cell time, windows; milliseconds throughout.
//! - [`place`]: where something is: a bed, or a ward place without a bed.
//! - [`sensor`]: what devices can say: one file and one line a sensor.
//! - [`command`]: what somebody asks for at a board.
//! - [`fact`]: the few things that can become true, whoever said so.
//! - [`control`]: configuration that changes results: bed master, thresholds.
//! - [`hours`]: the hours of a week at which a bed is open.
//! - [`log`]: records of a lane as read, not yet decoded.
//! - [`output`]: what the processor says: KPI values, alerts, board changes.
//! - [`topic`]: MQTT topics, Kafka topics, lanes.
//! - [`reason`]: every reason for which something is set aside.
//! - [`metric`]: every metric's name, kind and help text.
//! - [`wire`]: the published bytes on Kafka, to and from the types above.

pub mod access;
pub mod command;
pub mod control;
pub mod fact;
pub mod hours;
pub mod id;
pub mod label;
pub mod log;
pub mod metric;
pub mod output;
pub mod place;
pub mod reason;
pub mod sensor;
pub mod time;
pub mod topic;
pub mod vital;
pub mod wire;
pub mod zone;

/// The generated messages of `proto/medaxis/v1`, the published contract.
#[allow(clippy::all, reason = "generated")]
#[expect(missing_docs, reason = "documented in the .proto files")]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/medaxis.v1.rs"));
}
