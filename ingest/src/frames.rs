//! Gathers readings into one frame a lane, and seals it when it is old, large or
//! full. A message's readings stay together, so a message is durable when one
//! frame is. Pure: `now` counts milliseconds of real time from any start.

use events::sensor::Reading;
use events::topic;
use events::wire::FrameBuilder;

use crate::ledger::Ticket;

/// A frame is sealed when its first reading has waited this long, in milliseconds.
pub const AGE_MAX_MS: u64 = 5;
/// A frame is sealed at this size, in bytes.
pub const SIZE_MAX: usize = 64 * 1024;
/// A frame is sealed at this many readings.
pub const READINGS_MAX: usize = 4096;

/// A frame that takes no more readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its lane of the topic `signals`.
    pub lane: u32,
    /// Its bytes.
    pub value: Vec<u8>,
    /// The messages whose readings it holds, in the order of receipt.
    pub tickets: Vec<Ticket>,
    /// How many readings it holds.
    pub readings: u64,
}

/// The frames that are being filled.
pub struct Frames {
    lanes: Vec<Filling>,
}

#[derive(Default)]
struct Filling {
    builder: FrameBuilder,
    tickets: Vec<Ticket>,
    opened_ms: u64,
}

impl Frames {
    /// Empty frames for this many lanes.
    pub fn new(lanes: u32) -> Self {
        Self {
            lanes: (0..lanes.max(1)).map(|_| Filling::default()).collect(),
        }
    }

    /// Adds the readings of one message of the device with this path. Gives the
    /// frame that is full thereby, if it is.
    pub fn push(
        &mut self,
        path: &str,
        readings: &[Reading],
        ticket: Ticket,
        now_ms: u64,
    ) -> Option<Sealed> {
        let count = u32::try_from(self.lanes.len()).expect("there are few lanes");
        let lane = topic::device_lane(path, count);
        let filling = &mut self.lanes[lane as usize];
        if filling.builder.is_empty() {
            filling.opened_ms = now_ms;
        }
        for reading in readings {
            filling.builder.push(path, reading);
        }
        filling.tickets.push(ticket);
        filling.is_full().then(|| filling.seal(lane))
    }

    /// The frames that have waited long enough.
    pub fn seal_due(&mut self, now_ms: u64) -> Vec<Sealed> {
        self.seal_if(|filling| now_ms.saturating_sub(filling.opened_ms) >= AGE_MAX_MS)
    }

    /// All frames that hold something.
    pub fn seal_all(&mut self) -> Vec<Sealed> {
        self.seal_if(|_| true)
    }

    fn seal_if(&mut self, due: impl Fn(&Filling) -> bool) -> Vec<Sealed> {
        (0..)
            .zip(&mut self.lanes)
            .filter(|(_, filling)| !filling.builder.is_empty() && due(filling))
            .map(|(lane, filling)| filling.seal(lane))
            .collect()
    }
}

impl Filling {
    fn is_full(&self) -> bool {
        self.builder.size() >= SIZE_MAX || self.builder.len() >= READINGS_MAX
    }

    fn seal(&mut self, lane: u32) -> Sealed {
        Sealed {
            lane,
            readings: self.builder.len() as u64,
            value: self.builder.finish(),
            tickets: std::mem::take(&mut self.tickets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use events::sensor::{ClockFlags, Value};
    use events::time::{CellTime, EventTime};
    use events::wire::{Record, decode_signals, readings};

    const PATH: &str = "t/s/w/r/b/d";

    fn reading(seq: u64) -> Reading {
        Reading {
            boot: 1,
            seq,
            at: EventTime(1_000),
            told: CellTime(1_000),
            flags: ClockFlags::default(),
            code: 1,
            value: Value {
                value: 1,
                extra: None,
            },
        }
    }

    #[test]
    fn a_frame_is_sealed_when_its_first_reading_is_old() {
        let (mut frames, mut ledger) = (Frames::new(4), Ledger::default());
        let first = ledger.enter(());
        let second = ledger.enter(());
        assert_eq!(frames.push(PATH, &[reading(1)], first, 100), None);
        assert_eq!(frames.push(PATH, &[reading(2)], second, 104), None);
        assert_eq!(frames.seal_due(104), []);
        let sealed = frames.seal_due(105);
        assert_eq!(sealed.len(), 1);
        assert_eq!(sealed[0].lane, topic::device_lane(PATH, 4));
        assert_eq!(
            (sealed[0].readings, &sealed[0].tickets),
            (2, &vec![first, second])
        );
        let Record::Data(frame) = decode_signals(&sealed[0].value).unwrap() else {
            panic!("it is a frame");
        };
        let seqs: Vec<u64> = readings(&frame).map(|(_, reading)| reading.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(frames.seal_due(1_000), []);
    }

    #[test]
    fn a_frame_is_sealed_when_it_is_full() {
        let (mut frames, mut ledger) = (Frames::new(1), Ledger::default());
        let many: Vec<Reading> = (0..500).map(reading).collect();
        let sealed = (0..20).find_map(|_| {
            let ticket = ledger.enter(());
            frames.push(PATH, &many, ticket, 0)
        });
        let sealed = sealed.expect("20 messages of 500 readings fill a frame");
        assert!(sealed.readings >= READINGS_MAX as u64 || sealed.value.len() > SIZE_MAX / 4);
        assert_eq!(sealed.tickets.len(), sealed.readings as usize / 500);
        assert_eq!(frames.seal_all(), []);
    }
}
