//! Who comes: emergencies at any hour, planned patients on working mornings.

use events::fact::VisitEvent;
use events::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::Hospital;
use super::agenda::Event;
use super::calendar::{self, Calendar};
use super::devices::mean_gap;
use super::layout::{EMERGENCY, SURGICAL};
use super::stay::{Step, Where};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Arrival {
    /// Somebody may come, as likely as the hour is busy.
    Emergency,
    /// The list of a day's planned patients is made.
    List,
    /// A planned patient's bed is asked for.
    Planned,
}

impl Hospital {
    pub(super) fn open_arrivals(&mut self) {
        self.plan_emergency();
        self.after(0, Event::Arrival(Arrival::List));
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Emergency => self.emergency(),
            Arrival::List => self.list_planned(),
            Arrival::Planned => {
                let patient = self.new_patient();
                if self.asides.percent(50) {
                    self.say_visit(patient, VisitEvent::AdmissionDecided);
                }
                self.request_bed(patient, SURGICAL);
            }
        }
    }

    /// Candidates come at the busiest hour's rate; of those, as many stay as
    /// the hour deserves.
    fn plan_emergency(&mut self) {
        let busiest = f64::from(Calendar::EMERGENCIES_MAX) * 24.0 / 1_000_000.0;
        let gap = mean_gap(self.scenario.arrivals.emergency_per_day) / busiest;
        let gap = self.rng.exponential(gap);
        self.after(gap, Event::Arrival(Arrival::Emergency));
    }

    fn emergency(&mut self) {
        self.plan_emergency();
        let likely = self.calendar.emergencies(self.now_ms);
        let comes = self.rng.between(1, i64::from(Calendar::EMERGENCIES_MAX));
        if comes > i64::from(likely) {
            return;
        }
        let patient = self.new_patient();
        let place = match self.free_bed(EMERGENCY) {
            Some(bed) => Where::Bed(bed),
            None => Where::Ward(EMERGENCY),
        };
        self.settle(patient, place, VisitEvent::Admitted);
        self.say_visit(patient, VisitEvent::Emergency);
        if self.asides.percent(if place == Where::Ward(EMERGENCY) {
            12
        } else {
            4
        }) {
            let waits = self.asides.between(10 * MINUTE_MS, 90 * MINUTE_MS);
            self.after(waits, Event::Stay(patient, Step::GivesUp));
        }
        let treatment = self.rng.lognormal(150 * 60_000, 0.5);
        self.after(treatment, Event::Stay(patient, Step::Treated));
    }

    fn list_planned(&mut self) {
        let today = calendar::midnight(self.now_ms);
        if self.calendar.is_working_day(self.now_ms) {
            for _ in 0..self.scenario.arrivals.planned_per_day {
                let at = today + self.rng.between(5 * HOUR_MS, 13 * HOUR_MS);
                if at >= self.now_ms {
                    self.agenda.put(at, Event::Arrival(Arrival::Planned));
                }
            }
        }
        self.agenda
            .put(today + DAY_MS, Event::Arrival(Arrival::List));
    }
}
