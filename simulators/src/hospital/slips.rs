//! What goes wrong now and then: a discharge that is entered long after the patient has
//! left, housekeepers who do not wait for it, and pads that are stuck.

use events::fact::BedTap;
use events::time::MINUTE_MS;

use super::Hospital;
use super::agenda::Event;
use super::beds::BedChange;
use super::devices::{DeviceChange, mean_gap};
use super::stay::Where;

/// Discharges that are entered late.
const LATE_PCT: u32 = 25;
/// By so many minutes.
const LATE_MINUTES: (i64, i64) = (15, 150);
/// Empty beds that somebody finds before the discharge is entered.
const FOUND_PCT: u32 = 60;
/// Within so many minutes.
const FOUND_MINUTES: (i64, i64) = (2, 12);
/// Of all pads together.
const STUCK_PER_DAY: u32 = 12;
/// For so many minutes each.
const STUCK_MINUTES: (i64, i64) = (45, 300);

impl Hospital {
    /// How much later than usual a discharge is entered, in milliseconds: mostly nothing.
    pub(super) fn enters_late(&mut self, patient: usize) -> i64 {
        if !self.slips.percent(LATE_PCT) {
            return 0;
        }
        if let Where::Bed(bed) = self.patients[patient].place
            && self.slips.percent(FOUND_PCT)
        {
            let found = self.slips.between(FOUND_MINUTES.0, FOUND_MINUTES.1);
            self.after(found * MINUTE_MS, Event::Bed(bed, BedChange::FoundEmpty));
        }
        self.slips.between(LATE_MINUTES.0, LATE_MINUTES.1) * MINUTE_MS
    }

    /// Somebody finds a bed that its patient has left for good; some tap it dirty.
    pub(super) fn found_empty(&mut self, bed: usize) {
        let state = &self.beds[bed];
        let occupant = state.occupant.map(|patient| self.patients[patient].is_up);
        if occupant != Some(true) || state.clean || state.awaits_cleaning {
            return;
        }
        if self.slips.percent(50) {
            self.tap(bed, BedTap::Dirty);
        }
        self.dirty(bed);
    }

    pub(super) fn plan_stuck_pad(&mut self) {
        let gap = self.slips.exponential(mean_gap(STUCK_PER_DAY));
        self.after(gap, Event::PadSticks);
    }

    /// A pad goes on saying what it said, whoever comes and goes.
    pub(super) fn stick_some_pad(&mut self) {
        let units: Vec<usize> = self.beds.iter().filter_map(|bed| bed.unit).collect();
        let unit = *self.slips.pick(&units);
        if self.devices[unit].sticks() {
            let lasts = self.slips.between(STUCK_MINUTES.0, STUCK_MINUTES.1) * MINUTE_MS;
            self.after(lasts, Event::Device(unit, DeviceChange::Freed));
        }
        self.plan_stuck_pad();
    }
}
