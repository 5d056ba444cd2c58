//! From dirty to clean.

use events::fact::CleaningPhase;
use events::reason::Reason;

use super::{Cleanliness, Folding};
use crate::trace::{Clock, Kind, Reading};

impl Folding<'_> {
    pub(super) fn clean(&mut self, at: i64, phase: CleaningPhase) -> Result<(), Reason> {
        self.state.clocks.hear_staff(at);
        let is_clean = matches!(self.state.cleanliness, Cleanliness::Clean(_));
        match phase {
            CleaningPhase::Started => self.start_cleaning(at),
            CleaningPhase::Done if is_clean => Err(Reason::RefusedBedState),
            CleaningPhase::Done => self.become_clean(at),
            CleaningPhase::Inspected if is_clean => Ok(()),
            CleaningPhase::Inspected => Err(Reason::RefusedBedState),
        }
    }

    pub(super) fn become_dirty(&mut self, at: i64) -> Result<(), Reason> {
        match &mut self.state.cleanliness {
            Cleanliness::Unknown | Cleanliness::Clean(_) => {
                self.state.cleanliness = Cleanliness::Dirty(at);
                Ok(())
            }
            Cleanliness::InUse { cleaned, .. } if cleaned.is_some() => {
                *cleaned = None;
                Ok(())
            }
            _ => Err(Reason::RefusedBedState),
        }
    }

    pub(super) fn start_cleaning(&mut self, at: i64) -> Result<(), Reason> {
        let dirty = match self.state.cleanliness {
            Cleanliness::Dirty(since) => {
                self.mark(Clock::CleaningResponse, at, Reading::Took(at - since));
                self.interval(Kind::NotStarted, since, Some(at));
                Some(since)
            }
            Cleanliness::Unknown | Cleanliness::Clean(_) => {
                self.mark(Clock::CleaningResponse, at, Reading::Missing);
                None
            }
            Cleanliness::Cleaning { .. } | Cleanliness::InUse { .. } => {
                return Err(Reason::RefusedBedState);
            }
        };
        self.state.cleanliness = Cleanliness::Cleaning { dirty, since: at };
        Ok(())
    }

    pub(super) fn become_clean(&mut self, at: i64) -> Result<(), Reason> {
        match self.state.cleanliness {
            Cleanliness::InUse { .. } => return self.clean_ahead(at),
            Cleanliness::Clean(_) => return Ok(()),
            Cleanliness::Unknown => {}
            Cleanliness::Dirty(since) => {
                self.mark(Clock::BedTurn, at, Reading::Took(at - since));
                self.mark(Clock::CleaningResponse, at, Reading::Missing);
                self.mark(Clock::CleaningTime, at, Reading::Missing);
            }
            Cleanliness::Cleaning { dirty, since } => {
                self.mark(Clock::CleaningTime, at, Reading::Took(at - since));
                let turn = dirty.map_or(Reading::Missing, |dirty| Reading::Took(at - dirty));
                self.mark(Clock::BedTurn, at, turn);
            }
        }
        self.end_dirt(at);
        self.state.cleanliness = Cleanliness::Clean(at);
        Ok(())
    }

    pub(super) fn end_dirt(&mut self, at: i64) {
        match self.state.cleanliness {
            Cleanliness::Dirty(since) => {
                self.interval(Kind::Dirty, since, Some(at));
                self.interval(Kind::NotStarted, since, Some(at));
            }
            Cleanliness::Cleaning {
                dirty: Some(since), ..
            } => {
                self.interval(Kind::Dirty, since, Some(at));
            }
            _ => {}
        }
    }
}
