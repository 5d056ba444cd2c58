//! How far a lane of outputs has been taken, epoch by epoch.
//!
//! ```text
//! said      5.0 5.1 END5 | 7.0 7.1          the processor is killed, and starts again
//!           5.0 5.1 END5 | 7.0 7.1 7.2 END7
//! taken     5.0 5.1      | 7.0 7.1 7.2
//! compared          5 with itself      7 with what was taken
//! ```
//!
//! An output is taken once: when its epoch has not ended and its place is beyond those before. A
//! processor that starts again says what it said, in the same order, from the beginning of some
//! epoch on; each end is compared with the one that was remembered, or (where the epoch was begun
//! before) with what was taken. Whatever differs is a [`Violation`]: the processor is not the
//! function of its log that it promises to be, or the log has lost something. Rows and boards then
//! stay as they were said first.

use std::collections::VecDeque;

use events::output::EpochEnd;

use crate::record::Seq;

/// Ends that are remembered of a lane: ten seconds of epochs that all say something, hours of a
/// quiet lane. What is older is dropped as well when it is said again, and not compared.
pub(crate) const ENDS_MAX: usize = 512;

/// An epoch is not what it was, or not what the log holds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// It ends otherwise than it did before.
    #[error("epoch {} was said again, and is another: {} outputs with hash {:016x}, before {} with {:016x}",
        .again.epoch, .again.count, .again.hash, .before.count, .before.hash)]
    Another {
        /// How it ended first.
        before: EpochEnd,
        /// How it ends now.
        again: EpochEnd,
    },
    /// It was said again among others, and was not there before.
    #[error("epoch {epoch} was said again, and had not been said before")]
    Added {
        /// Which epoch.
        epoch: u64,
    },
    /// It was there before, and is missing among those said again.
    #[error("epoch {epoch} was left out when others around it were said again")]
    LeftOut {
        /// Which epoch.
        epoch: u64,
    },
    /// It ends with other outputs than those that stand in the log.
    #[error("epoch {} ends with {} outputs with hash {:016x}, and in the log are {} with {:016x}",
        .said.epoch, .said.count, .said.hash, .read.count, .read.hash)]
    Incomplete {
        /// How it ends.
        said: EpochEnd,
        /// What was read of it.
        read: EpochEnd,
    },
    /// Others were said after it, and it was never ended.
    #[error("epoch {epoch} was begun and never ended")]
    NeverEnded {
        /// Which epoch.
        epoch: u64,
    },
}

/// The epochs of one lane, as far as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    /// Place of the newest output that was taken.
    pub(crate) newest: Seq,
    /// What was taken of an epoch that has not ended; nothing too where its beginning was not read.
    pub(crate) open: Option<EpochEnd>,
    /// How the newest epochs ended, oldest first.
    pub(crate) ended: VecDeque<EpochEnd>,
    /// The epoch of the end that was read last, be it a repetition.
    read_last: u64,
}

impl Epochs {
    /// A lane that goes on where it was left.
    pub(crate) fn restored(newest: Seq, open: Option<EpochEnd>, ended: Vec<EpochEnd>) -> Self {
        let read_last = ended.last().map_or(0, |end| end.epoch);
        Self {
            newest,
            open,
            ended: ended.into(),
            read_last,
        }
    }

    /// The newest epoch that has ended; everything up to it is complete. 0 before the first.
    pub fn completed(&self) -> u64 {
        self.ended.back().map_or(0, |end| end.epoch)
    }

    /// Takes the next output of the lane, whose bytes are `value`; gives whether it is new.
    pub fn take(&mut self, offset: u64, seq: Seq, value: &[u8]) -> bool {
        if seq.epoch <= self.completed() || seq <= self.newest {
            return false;
        }
        let begins = seq.epoch > self.newest.epoch;
        // One that others follow stays open until the next end, which tells that it has none. A
        // log of before there were ends has none at all.
        let passed_over = self.open.is_some() && self.completed() > 0;
        if begins && !passed_over {
            let is_whole = self.knows_what_is_before(offset);
            self.open = is_whole.then(|| EpochEnd::of(seq.epoch));
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.epoch == seq.epoch) {
            open.count_in(value);
        }
        self.newest = seq;
        true
    }

    /// Takes the end of an epoch.
    ///
    /// # Errors
    /// It is not what was read of the epoch, or not how it ended before.
    pub fn end(&mut self, offset: u64, end: EpochEnd) -> Result<(), Violation> {
        let read_last = std::mem::replace(&mut self.read_last, end.epoch);
        if end.epoch <= self.completed() {
            return self.compare(read_last, end);
        }
        let read = self.end_open(offset, end.epoch);
        if self.ended.len() == ENDS_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(end);
        match read {
            Some(read) if read.epoch < end.epoch => {
                Err(Violation::NeverEnded { epoch: read.epoch })
            }
            Some(read) if read != end => Err(Violation::Incomplete { said: end, read }),
            _ => Ok(()),
        }
    }

    /// What was read of an epoch that ends, or of one before it that has no end; nothing where
    /// that is not known.
    fn end_open(&mut self, offset: u64, epoch: u64) -> Option<EpochEnd> {
        if let Some(open) = self.open.take_if(|open| open.epoch <= epoch) {
            return Some(open);
        }
        let nothing = self.newest.epoch < epoch && self.knows_what_is_before(offset);
        nothing.then(|| EpochEnd::of(epoch))
    }

    /// Compares an epoch with how it ended before; `read_last` was read before it.
    fn compare(&self, read_last: u64, end: EpochEnd) -> Result<(), Violation> {
        let at = match self.ended.binary_search_by_key(&end.epoch, |end| end.epoch) {
            Ok(at) => at,
            // Older than what is remembered.
            Err(0) => return Ok(()),
            Err(_) => return Err(Violation::Added { epoch: end.epoch }),
        };
        let before = self.ended[at];
        if before != end {
            return Err(Violation::Another { before, again: end });
        }
        // Whoever starts again goes back; from there on nothing may be missing.
        let previous = at.checked_sub(1).map_or(0, |at| self.ended[at].epoch);
        if (1..previous).contains(&read_last) {
            return Err(Violation::LeftOut { epoch: previous });
        }
        Ok(())
    }

    /// Whether everything before this offset was read: from its beginning on, or by who wrote
    /// down what is known.
    fn knows_what_is_before(&self, offset: u64) -> bool {
        offset == 0 || self.newest.epoch > 0 || !self.ended.is_empty()
    }
}

#[cfg(test)]
mod tests;
