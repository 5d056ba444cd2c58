//! What can happen to a slot, and which stretches of time can be one.

use serde::{Deserialize, Serialize};

use crate::time::{CellTime, DAY_MS, EventTime};

/// A slot lasts this long at most, in milliseconds.
pub const SLOT_MAX_MS: i64 = DAY_MS;
/// A slot begins this long after it is told at most, in milliseconds: two years, one of them
/// a leap year.
pub const SLOT_AHEAD_MAX_MS: i64 = 731 * DAY_MS;

/// What can happen to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SlotEvent {
    /// It can be booked, or booked again: this stretch of time.
    Offered {
        /// Its beginning.
        start: EventTime,
        /// Its end, after the beginning.
        end: EventTime,
    },
    /// It is taken, whoever has it.
    Booked,
    /// It is not offered any more.
    Withdrawn,
}

/// Why a stretch of time can't be a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// It has no length.
    #[error("is not after the start")]
    Empty,
    /// Nobody is booked for that long.
    #[error("is more than 24 h after the start")]
    TooLong,
    /// Nobody plans that far; it would be kept until then.
    #[error("is more than two years from now")]
    TooFarAhead,
}

impl SlotEvent {
    /// Time that is offered, as a source says at `now`.
    ///
    /// # Errors
    /// It has no length, or is beyond a bound.
    pub fn offered(start: EventTime, end: EventTime, now: CellTime) -> Result<Self, SlotError> {
        if end <= start {
            Err(SlotError::Empty)
        } else if start.0.saturating_sub(now.0) > SLOT_AHEAD_MAX_MS {
            Err(SlotError::TooFarAhead)
        } else if end.0.saturating_sub(start.0) > SLOT_MAX_MS {
            Err(SlotError::TooLong)
        } else {
            Ok(Self::Offered { start, end })
        }
    }
}

impl SlotError {
    /// Which of its two times is wrong; JSON and FHIR call them the same.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Empty | Self::TooLong => "end",
            Self::TooFarAhead => "start",
        }
    }
}
