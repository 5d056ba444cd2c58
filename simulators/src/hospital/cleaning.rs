//! Cleaners of finite number: a dirty bed waits until one is free.

use events::fact::{BedTap, CleaningPhase};
use events::time::MINUTE_MS;

use super::Hospital;
use super::agenda::Event;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CleaningStep {
    Begins,
    Ends,
    Inspected,
}

impl Hospital {
    pub(super) fn dirty(&mut self, bed: usize) {
        (self.beds[bed].clean, self.beds[bed].awaits_cleaning) = (false, true);
        self.cleaners.ask(bed);
        self.send_cleaners();
    }

    pub(super) fn send_cleaners(&mut self) {
        while let Some(bed) = self.cleaners.next_job(self.now_ms) {
            let way = self.minutes(3, 10);
            self.after(way, Event::Cleaning(bed, CleaningStep::Begins));
        }
    }

    pub(super) fn clean(&mut self, bed: usize, step: CleaningStep) {
        match step {
            CleaningStep::Begins => self.cleaning_begins(bed),
            CleaningStep::Ends => self.cleaning_ends(bed),
            CleaningStep::Inspected => self.inspected(bed),
        }
    }

    fn cleaning_begins(&mut self, bed: usize) {
        // Some forget the button.
        let forgets = self.rng.percent(8);
        if let (Some(unit), false) = (self.beds[bed].unit, forgets) {
            self.press_button(unit, CleaningPhase::Started);
        }
        let median = i64::from(self.scenario.cleaning.minutes) * MINUTE_MS;
        let takes = self.rng.lognormal(median, 0.35);
        self.after(takes, Event::Cleaning(bed, CleaningStep::Ends));
    }

    fn cleaning_ends(&mut self, bed: usize) {
        self.cleaners.job_done();
        (self.beds[bed].clean, self.beds[bed].awaits_cleaning) = (true, false);
        let forgets = self.rng.percent(5);
        match self.beds[bed].unit {
            Some(unit) if !forgets => self.press_button(unit, CleaningPhase::Done),
            _ => self.tap(bed, BedTap::Clean),
        }
        if self.rng.percent(15) {
            let later = self.minutes(1, 15);
            self.after(later, Event::Cleaning(bed, CleaningStep::Inspected));
        }
        let notice = self.minutes(1, 6);
        self.after(notice, Event::BedMeeting(self.beds[bed].ward));
        self.send_cleaners();
    }

    fn inspected(&mut self, bed: usize) {
        if let Some(unit) = self.beds[bed].unit {
            self.press_button(unit, CleaningPhase::Inspected);
        }
    }
}
