//! Beds as they physically are, who gets the next one, and beds out of use.

use events::fact::{BedTap, VisitEvent, What};
use events::place::Place;
use events::time::{DAY_MS, EventTime, HOUR_MS};

use super::Hospital;
use super::agenda::Event;
use super::devices::mean_gap;
use super::layout::{EMERGENCY, WARDS};
use super::stay::{Step, Where};

#[derive(Clone)]
pub(super) struct Bed {
    pub(super) ward: usize,
    pub(super) place: Place,
    /// Its pad and cleaning button.
    pub(super) unit: Option<usize>,
    staffed: bool,
    pub(super) occupant: Option<usize>,
    promised: Option<usize>,
    pub(super) clean: bool,
    blocked: bool,
    /// What its pad feels.
    pub(super) weighs: bool,
    pub(super) awaits_cleaning: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BedChange {
    /// The pad feels this patient.
    LiesDown(usize),
    /// The pad feels nobody.
    Emptied,
    /// Somebody sees that the patient has left.
    FoundEmpty,
    Unblocked,
}

impl Bed {
    pub(super) fn new(ward: usize, place: Place, staffed: bool, unit: Option<usize>) -> Self {
        Self {
            ward,
            place,
            unit,
            staffed,
            occupant: None,
            promised: None,
            clean: true,
            blocked: false,
            weighs: false,
            awaits_cleaning: false,
        }
    }

    fn is_free(&self) -> bool {
        self.staffed && self.clean && !self.blocked && self.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.occupant.is_none() && self.promised.is_none()
    }
}

impl Hospital {
    /// Patients in beds, the other beds clean or dirty.
    pub(super) fn open_beds(&mut self) {
        for bed in 0..self.beds.len() {
            if !self.beds[bed].staffed {
                continue;
            }
            if self.rng.percent(self.scenario.beds.occupied_at_start_pct) {
                self.start_in_bed(bed);
            } else if self.rng.percent(self.scenario.beds.dirty_at_start_pct) {
                self.tap(bed, BedTap::Dirty);
                self.dirty(bed);
            } else {
                self.tap(bed, BedTap::Clean);
            }
        }
        self.open_blocked();
        self.plan_blocking();
    }

    /// A bed that can take a patient now.
    pub(super) fn free_bed(&self, ward: usize) -> Option<usize> {
        let free = |bed: &Bed| bed.ward == ward && bed.is_free();
        self.beds.iter().position(free)
    }

    pub(super) fn change_bed(&mut self, bed: usize, change: BedChange) {
        match change {
            BedChange::LiesDown(patient) => self.lie_down(bed, patient),
            BedChange::Emptied => self.empty(bed),
            BedChange::FoundEmpty => self.found_empty(bed),
            BedChange::Unblocked => {
                self.beds[bed].blocked = false;
                self.tap(bed, BedTap::Open);
                self.after(0, Event::BedMeeting(self.beds[bed].ward));
            }
        }
    }

    /// Gives free beds to those who wait, longest wait first.
    pub(super) fn assign_beds(&mut self, ward: usize) {
        if ward == EMERGENCY {
            return self.move_in_from_corridor();
        }
        while let Some(bed) = self.free_bed(ward) {
            let Some(patient) = self.requests[ward].pop_front() else {
                return;
            };
            self.promise(bed, patient);
            // A few are told by telephone only.
            if !self.rng.percent(3) {
                let place = self.beds[bed].place.clone();
                self.say_visit(patient, VisitEvent::BedAssigned(place));
            }
            self.bed_assigned(patient, bed);
        }
    }

    /// Nobody is booked in the bed any more.
    pub(super) fn vacate(&mut self, bed: usize) {
        self.beds[bed].occupant = None;
        if self.beds[bed].weighs {
            let lag = self.minutes(1, 6);
            self.after(lag, Event::Bed(bed, BedChange::Emptied));
        } else if self.beds[bed].clean {
            self.after(0, Event::BedMeeting(self.beds[bed].ward));
        } else if !self.beds[bed].awaits_cleaning {
            self.dirty(bed);
        }
    }

    pub(super) fn occupy(&mut self, bed: usize, patient: usize) {
        let state = &mut self.beds[bed];
        (state.occupant, state.promised, state.clean) = (Some(patient), None, false);
        if state.unit.is_some() {
            let lag = self.rng.between(15_000, 170_000);
            self.after(lag, Event::Bed(bed, BedChange::LiesDown(patient)));
        }
    }

    pub(super) fn lie_down(&mut self, bed: usize, patient: usize) {
        let is_his = self.beds[bed].occupant == Some(patient) && !self.patients[patient].is_up;
        if let (true, false, Some(unit)) = (is_his, self.beds[bed].weighs, self.beds[bed].unit) {
            self.beds[bed].weighs = true;
            self.set_pad(unit, Some(self.patients[patient].weight));
        }
    }

    pub(super) fn get_up(&mut self, bed: usize) {
        if let (true, Some(unit)) = (self.beds[bed].weighs, self.beds[bed].unit) {
            self.beds[bed].weighs = false;
            self.set_pad(unit, None);
        }
    }

    pub(super) fn promise(&mut self, bed: usize, patient: usize) {
        self.beds[bed].promised = Some(patient);
    }

    pub(super) fn release(&mut self, bed: usize) {
        self.beds[bed].promised = None;
        self.after(0, Event::BedMeeting(self.beds[bed].ward));
    }

    pub(super) fn tap(&mut self, bed: usize, tap: BedTap) {
        let place = self.beds[bed].place.clone();
        self.say(What::Bed { place, tap });
    }

    pub(super) fn block_some_bed(&mut self) {
        self.plan_blocking();
        let ward = usize::try_from(self.rng.between(0, 4)).expect("not negative");
        let Some(bed) = self.free_bed(ward) else {
            return;
        };
        if self.rng.percent(35) {
            self.tap(bed, BedTap::Dirty);
            return self.dirty(bed);
        }
        let hours = self.minutes(60, 480);
        let reason = self.rng.pick(&["isolation", "maintenance", "infection"]);
        let late = self.minutes(0, 60);
        self.block(bed, reason, hours, late);
    }

    /// Some beds are blocked from the start, one for each reason that is common.
    fn open_blocked(&mut self) {
        for reason in ["infection", "isolation", "maintenance", "repair"] {
            if let Some(bed) = (0..WARDS.len()).rev().find_map(|ward| self.free_bed(ward)) {
                let hours = self.asides.between(HOUR_MS, 8 * HOUR_MS);
                self.block(bed, reason, hours, 0);
            }
        }
    }

    /// Blocks a bed for so many milliseconds, and some more than is expected.
    fn block(&mut self, bed: usize, reason: &str, hours: i64, late: i64) {
        let reason = reason.to_owned();
        let expected_back = Some(EventTime(self.now_ms + hours));
        self.beds[bed].blocked = true;
        self.tap(
            bed,
            BedTap::Blocked {
                reason,
                expected_back,
            },
        );
        self.after(hours + late, Event::Bed(bed, BedChange::Unblocked));
    }

    fn plan_blocking(&mut self) {
        let per_day = self.scenario.beds.blocks_per_day;
        if per_day > 0 {
            let gap = self.rng.exponential(mean_gap(per_day));
            self.after(gap, Event::Blocking);
        }
    }

    fn empty(&mut self, bed: usize) {
        self.get_up(bed);
        let state = &self.beds[bed];
        if state.occupant.is_none() && !state.clean && !state.awaits_cleaning {
            self.dirty(bed);
        }
    }

    fn move_in_from_corridor(&mut self) {
        let waits = |hospital: &Self, patient: usize| {
            hospital.patients[patient].place == Where::Ward(EMERGENCY)
                && !hospital.patients[patient].is_up
        };
        while let Some(bed) = self.free_bed(EMERGENCY) {
            let Some(patient) = (0..self.patients.len()).find(|p| waits(self, *p)) else {
                return;
            };
            if self.rng.percent(50) {
                let place = self.beds[bed].place.clone();
                self.say_visit(patient, VisitEvent::BedAssigned(place));
            }
            self.settle(patient, Where::Bed(bed), VisitEvent::Transferred);
        }
    }

    fn start_in_bed(&mut self, bed: usize) {
        let patient = self.new_patient();
        let ward = self.beds[bed].ward;
        self.settle(patient, Where::Bed(bed), VisitEvent::Admitted);
        let longest = if ward == EMERGENCY {
            15 * HOUR_MS
        } else {
            40 * DAY_MS
        };
        if self.asides.percent(70) {
            let ago = self.asides.between(0, longest);
            let began = EventTime(self.now_ms - ago);
            self.say_visit(patient, VisitEvent::StayBegan(began));
        }
        if ward == EMERGENCY {
            self.say_visit(patient, VisitEvent::Emergency);
            let rest = self.minutes(5, 180);
            self.after(rest, Event::Stay(patient, Step::Treated));
        } else {
            self.begin_stay(patient, ward, true);
        }
    }
}
