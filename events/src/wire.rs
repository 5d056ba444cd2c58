//! The bytes on Kafka: one version byte, then a message of `proto/medaxis/v1`.
//! Ids are checked again on the way in, so that whoever holds a decoded fact can
//! trust it. Old bytes decode for ever: fields are added, never changed.

mod commands;
mod control;
mod facts;
mod frame;
mod output;
mod slots;
mod vitals;

use prost::Message;

use crate::id::IdError;
use crate::proto;
use crate::time::CellTime;

pub use control::{decode_control, encode_control};
pub use facts::{decode_facts, encode_facts};
pub use frame::{FrameBuilder, decode_signals, readings};
pub use output::{
    OutputBytes, decode_output, encode_epoch_end, encode_folded, encode_output, write_epoch,
};

/// First byte of every value.
pub const VERSION: u8 = 1;
/// Every tick begins so: the version, then field 1, a message.
const TICK_BEGINS: [u8; 2] = [VERSION, 0x0a];

/// The processor's clock, as it stands in every lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Everything before the tick belongs to an epoch up to this one.
    pub epoch: u64,
    /// The ticker's cell time.
    pub at: CellTime,
}

impl Tick {
    /// The tick of an instant.
    pub fn at(at: CellTime) -> Self {
        Self {
            epoch: at.epoch(),
            at,
        }
    }
}

/// One record of an input lane.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<T> {
    /// The clock.
    Tick(Tick),
    /// Something else.
    Data(T),
}

/// Bytes that are none of ours.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No version byte, or one from the future.
    #[error("version byte is not {VERSION}")]
    Version,
    /// Not the message that the topic carries.
    #[error("not a message of this topic: {0}")]
    Message(#[from] prost::DecodeError),
    /// Neither tick nor data in it.
    #[error("record is empty")]
    Empty,
    /// An id that no encoder of ours would write.
    #[error("field {field} {error}")]
    Id {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        error: IdError,
    },
    /// A field whose value has no meaning.
    #[error("field {0} has no meaning")]
    Meaning(&'static str),
}

/// Any message with its version byte in front.
pub fn encode(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(VERSION);
    message.encode_raw(&mut bytes);
    bytes
}

/// The message behind a version byte.
///
/// # Errors
/// The version is unknown, or the bytes are not such a message.
pub fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, WireError> {
    match bytes.split_first() {
        Some((&VERSION, message)) => Ok(M::decode(message)?),
        _ => Err(WireError::Version),
    }
}

/// A tick for any input topic: `tick` is field 1 of each record.
pub fn encode_tick(tick: Tick) -> Vec<u8> {
    encode(&proto::ControlRecord {
        record: Some(proto::control_record::Record::Tick(tick.into())),
    })
}

/// The tick that a record of any input topic is, if it is one.
pub fn tick(bytes: &[u8]) -> Option<Tick> {
    // Most records are not, and need not be decoded to see it.
    if !bytes.starts_with(&TICK_BEGINS) {
        return None;
    }
    match decode_control(bytes) {
        Ok(Record::Tick(tick)) => Some(tick),
        Ok(Record::Data(_)) | Err(_) => None,
    }
}

impl From<Tick> for proto::Tick {
    fn from(tick: Tick) -> Self {
        Self {
            epoch: tick.epoch,
            cell_ms: tick.at.0,
        }
    }
}

impl From<proto::Tick> for Tick {
    fn from(tick: proto::Tick) -> Self {
        Self {
            epoch: tick.epoch,
            at: CellTime(tick.cell_ms),
        }
    }
}

/// Reads an id field.
fn id<T>(
    field: &'static str,
    text: &str,
    new: fn(&str) -> Result<T, IdError>,
) -> Result<T, WireError> {
    new(text).map_err(|error| WireError::Id { field, error })
}

/// Reads an id field that is empty when absent.
fn optional<T>(
    field: &'static str,
    text: &str,
    new: fn(&str) -> Result<T, IdError>,
) -> Result<Option<T>, WireError> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text, new).map(Some)
    }
}

#[cfg(test)]
mod tests;
