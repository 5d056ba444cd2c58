//! Whole files of messages, in the order of event time; what happened at the
//! same time keeps the order in which it was told. Every message is counted
//! exactly once in the [`Tally`].

use std::collections::BTreeMap;

use events::fact::Told;
use events::reason::{Reason, Rejected};
use events::time::{CellTime, EventTime};

use super::seen::{Heard, Seen};
use super::{Interface, Outcome, split};

/// Longest file, in bytes; a longer one is one dead letter `payload_too_large`.
pub const FILE_BYTES_MAX: usize = 256 << 20;

/// A file and what stands in it.
#[derive(Clone, Copy, Debug)]
pub struct File<'b> {
    /// Its name, for the positions of dead letters.
    pub name: &'b str,
    /// Its bytes.
    pub bytes: &'b [u8],
}

/// What some files say.
#[derive(Debug, Default)]
pub struct Replay<'b> {
    /// What was told, in the order of event time.
    pub told: Vec<Told>,
    /// What could not be understood, in the order of the files.
    pub dead: Vec<Dead<'b>>,
    /// How many messages became what.
    pub tally: Tally,
}

/// A message that could not be understood.
#[derive(Debug)]
pub struct Dead<'b> {
    /// Name of the file and number of the message, which starts at 1.
    pub position: String,
    /// Why.
    pub rejected: Rejected,
    /// The message.
    pub message: &'b [u8],
}

/// How many messages became what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// They told something.
    pub told: u64,
    /// Among those that told something: their control id had been used before,
    /// with other content.
    pub reused: u64,
    /// They had been heard before, byte for byte.
    pub repeated: u64,
    /// They move nobody; by event.
    pub ignored: BTreeMap<String, u64>,
    /// They could not be understood; by reason.
    pub dead: BTreeMap<Reason, u64>,
}

impl Tally {
    /// How many messages there were.
    pub fn messages(&self) -> u64 {
        let ignored: u64 = self.ignored.values().sum();
        let dead: u64 = self.dead.values().sum();
        self.told + self.repeated + ignored + dead
    }
}

/// Reads files in this order, `now` as for [`Interface::read`]. What was `seen`
/// before tells nothing again.
pub fn replay<'b>(
    interface: &Interface,
    files: impl IntoIterator<Item = File<'b>>,
    now: Option<CellTime>,
    mut seen: Seen,
) -> Replay<'b> {
    let mut replay = Replay::default();
    for file in files {
        match unreadable(file.bytes) {
            Some(rejected) => replay.bury(file.name.to_owned(), rejected, file.bytes),
            None => replay.file(interface, &mut seen, file, now),
        }
    }
    replay.told.sort_by_key(at);
    replay
}

/// When the first of a message's facts became true.
pub fn at(told: &Told) -> EventTime {
    told.facts
        .first()
        .map_or(EventTime::default(), |fact| fact.at)
}

fn unreadable(file: &[u8]) -> Option<Rejected> {
    if file.len() > FILE_BYTES_MAX {
        let detail = format!("file is longer than {FILE_BYTES_MAX} bytes");
        return Some(Rejected::new(Reason::PayloadTooLarge, detail));
    }
    let empty = split::messages(file).next().is_none();
    empty.then(|| Rejected::new(Reason::Empty, "file has no message"))
}

impl<'b> Replay<'b> {
    fn file(
        &mut self,
        interface: &Interface,
        seen: &mut Seen,
        file: File<'b>,
        now: Option<CellTime>,
    ) {
        for (message, number) in split::messages(file.bytes).zip(1_u64..) {
            match interface.read(message, now) {
                Outcome::Facts(told) => self.take(told, seen),
                Outcome::Ignored(event) => *self.tally.ignored.entry(event).or_default() += 1,
                Outcome::Dead(rejected) => {
                    self.bury(format!("{}:{number}", file.name), rejected, message);
                }
            }
        }
    }

    fn take(&mut self, told: Told, seen: &mut Seen) {
        let heard = told.receipt.as_ref().map_or(Heard::New, |r| seen.hear(r));
        match heard {
            Heard::Repeated => {
                self.tally.repeated += 1;
                return;
            }
            Heard::Reused => self.tally.reused += 1,
            Heard::New => {}
        }
        self.tally.told += 1;
        self.told.push(told);
    }

    fn bury(&mut self, position: String, rejected: Rejected, message: &'b [u8]) {
        *self.tally.dead.entry(rejected.reason).or_default() += 1;
        self.dead.push(Dead {
            position,
            rejected,
            message,
        });
    }
}
