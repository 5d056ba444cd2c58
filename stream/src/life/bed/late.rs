//! ADT comes late: the patient has left, and visits do not know yet.

use events::control::OccupancySource;
use events::reason::Reason;

use super::{Cleanliness, Folding};
use crate::life::visit::Left;
use crate::trace::{Clock, Reading};
use crate::version;

impl Folding<'_> {
    /// Vacated by the pad's clock against known by the visit's, and discharged.
    pub(super) fn compare_clocks(&mut self, at: i64, how: Left) {
        if !self.state.occupants.is_empty() || how == Left::TakenBack {
            return;
        }
        let vacated = |since: i64| match (self.feels(), self.state.pad_emptied) {
            (Some(true), _) => Reading::Invalid,
            (_, Some(emptied)) if emptied >= since => Reading::Took(at - emptied),
            _ => Reading::Missing,
        };
        let lain = self.state.clocks.adt.filter(|word| word.occupied);
        let entry = lain.map(|word| vacated(word.since));
        let known = self.state.occupied_since.map(vacated);
        if let Some(reading) = entry.filter(|_| how == Left::Discharged && self.feels().is_some()) {
            self.mark(Clock::DischargeEntry, at, reading);
        }
        if let Some(reading) = known.filter(|_| self.source == OccupancySource::Both) {
            self.mark(Clock::VacatedToKnown, at, reading);
        }
    }

    /// Cleaned while visits have it as occupied: no discharge that comes later makes it
    /// dirty, if the patient had left by then. Since when it was dirty nobody has said.
    pub(super) fn clean_ahead(&mut self, at: i64) -> Result<(), Reason> {
        let (since, emptied) = (self.state.occupied_since, self.state.pad_emptied);
        let has_left = self.feels() == Some(false) && emptied >= since;
        let Cleanliness::InUse { cleaned, .. } = &mut self.state.cleanliness else {
            return Err(Reason::RefusedBedState);
        };
        if self.version < version::THREE_CLOCKS || !has_left {
            return Err(Reason::RefusedBedState);
        }
        if cleaned.is_none() {
            *cleaned = Some(at);
            self.mark(Clock::BedTurn, at, Reading::Missing);
        }
        Ok(())
    }

    /// Somebody has come since it was cleaned ahead of ADT.
    pub(super) fn used_again(&mut self) {
        if let Cleanliness::InUse { cleaned, .. } = &mut self.state.cleanliness {
            *cleaned = None;
        }
    }
}
