//! A patient's way through the hospital: treated in the emergency department,
//! assigned a bed, brought there by a porter, moved on, discharged.

use events::fact::{VisitEvent, What};
use events::id::{PatientId, VisitId};
use events::place::Place;
use events::time::{EventTime, HOUR_MS, MINUTE_MS};

use super::Hospital;
use super::agenda::Event;
use super::beds::BedChange;
use super::calendar;
use super::layout::{INTENSIVE, MEDICAL_A, MEDICAL_B, SURGICAL, ward_id};

pub(super) struct Patient {
    visit: VisitId,
    patient: PatientId,
    pub(super) place: Where,
    /// The ward that was asked for a bed.
    wants: Option<usize>,
    /// The bed that was promised.
    next: Option<usize>,
    equipment: Option<usize>,
    /// In grams.
    pub(super) weight: i32,
    /// Not in bed, and not coming back to it.
    pub(super) is_up: bool,
    has_moved_on: bool,
    is_seen: bool,
    is_gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    Nowhere,
    Bed(usize),
    /// A ward place without a bed.
    Ward(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Treated,
    /// Nobody has come, and the patient does not wait any longer.
    GivesUp,
    /// Asks for a bed on another ward, if none was assigned yet.
    Reconsiders,
    /// A planned patient comes; or does not.
    Comes,
    Withdraws,
    ReadyToMove,
    PickedUp,
    Moved,
    /// The admission was a mistake.
    Mistake,
    Undone,
    Expected(i64),
    /// Up for a few minutes.
    Stroll,
    StayOver,
    WalksOut,
    Discharge,
}

impl Hospital {
    pub(super) fn new_patient(&mut self) -> usize {
        let number = self.patients.len() + 1;
        let (day, weight) = (self.now_ms / 60_000, self.rng.between(45_000, 115_000));
        self.patients.push(Patient {
            visit: VisitId::new(&format!("v-{day}-{number:04}")).expect("fits the alphabet"),
            patient: PatientId::new(&format!("p-{day}-{number:04}")).expect("fits the alphabet"),
            place: Where::Nowhere,
            wants: None,
            next: None,
            equipment: None,
            weight: i32::try_from(weight).expect("in grams"),
            is_up: false,
            has_moved_on: false,
            is_seen: false,
            is_gone: false,
        });
        number - 1
    }

    pub(super) fn stay(&mut self, patient: usize, step: Step) {
        if self.patients[patient].is_gone {
            return;
        }
        match step {
            Step::Treated => self.treated(patient),
            Step::GivesUp => self.gives_up(patient),
            Step::Reconsiders => self.reconsiders(patient),
            Step::Comes => self.comes(patient),
            Step::Withdraws => self.withdraws(patient),
            Step::ReadyToMove => {
                self.say_visit(patient, VisitEvent::ReadyToMove);
                self.porters.ask(patient);
                self.send_porters();
            }
            Step::PickedUp => {
                self.gets_up(patient);
                let way = self.minutes(4, 12);
                self.after(way, Event::Stay(patient, Step::Moved));
            }
            Step::Moved => self.moved(patient),
            Step::Mistake => {
                self.gets_up(patient);
                let desk = self.minutes(1, 5);
                self.after(desk, Event::Stay(patient, Step::Undone));
            }
            Step::Undone => self.undone(patient),
            Step::Expected(at) => {
                self.say_visit(patient, VisitEvent::ExpectedDischarge(EventTime(at)));
            }
            Step::Stroll => self.strolls(patient),
            Step::StayOver => self.stay_over(patient),
            Step::WalksOut => self.walks_out(patient),
            Step::Discharge => self.discharge(patient),
        }
    }

    pub(super) fn request_bed(&mut self, patient: usize, ward: usize) {
        self.say_visit(patient, VisitEvent::BedRequested(ward_id(ward)));
        self.patients[patient].wants = Some(ward);
        self.requests[ward].push_back(patient);
        let meeting = self.minutes(5, 25);
        self.after(meeting, Event::BedMeeting(ward));
        if self.rng.percent(4) {
            let later = self.minutes(20, 60);
            self.after(later, Event::Stay(patient, Step::Reconsiders));
        }
    }

    pub(super) fn bed_assigned(&mut self, patient: usize, bed: usize) {
        let person = &mut self.patients[patient];
        (person.wants, person.next) = (None, Some(bed));
        let step = match person.place {
            Where::Nowhere if self.rng.percent(8) => Step::Withdraws,
            Where::Nowhere => Step::Comes,
            _ => Step::ReadyToMove,
        };
        let later = self.minutes(5, 45);
        self.after(later, Event::Stay(patient, step));
    }

    pub(super) fn send_porters(&mut self) {
        while let Some(patient) = self.porters.next_job(self.now_ms) {
            let way = self.minutes(3, 8);
            self.after(way, Event::Stay(patient, Step::PickedUp));
        }
    }

    /// Puts the patient there, and says so.
    pub(super) fn settle(&mut self, patient: usize, to: Where, how: fn(Place) -> VisitEvent) {
        let place = match to {
            Where::Bed(bed) => self.beds[bed].place.clone(),
            Where::Ward(ward) => ward_place(ward),
            Where::Nowhere => return,
        };
        self.say_visit(patient, how(place));
        let from = std::mem::replace(&mut self.patients[patient].place, to);
        self.patients[patient].is_up = false;
        if let Where::Bed(bed) = to {
            self.occupy(bed, patient);
        }
        if let Where::Bed(bed) = from {
            self.vacate(bed);
        }
    }

    /// Plans a stay on a ward; one that began long ago may end at any time.
    pub(super) fn begin_stay(&mut self, patient: usize, ward: usize, long_ago: bool) {
        let hours = if ward == INTENSIVE {
            40
        } else {
            self.scenario.beds.stay_hours
        };
        let mut stay = self.rng.lognormal(i64::from(hours) * HOUR_MS, 0.6);
        if long_ago {
            stay = self.rng.between(0, stay);
        }
        let over = self.by_day(self.now_ms + stay);
        self.agenda.put(over, Event::Stay(patient, Step::StayOver));
        let notice = over - self.minutes(180, 480);
        if ward != INTENSIVE && notice > self.now_ms {
            let expected = Step::Expected(over + 90 * MINUTE_MS);
            self.agenda.put(notice, Event::Stay(patient, expected));
        }
        if self.rng.percent(if ward == INTENSIVE { 90 } else { 35 })
            && let Where::Bed(bed) = self.patients[patient].place
        {
            self.patients[patient].equipment = self.take_equipment(bed);
        }
        let later = self.minutes(60, 600);
        self.after(later, Event::Stay(patient, Step::Stroll));
    }

    pub(super) fn say_visit(&mut self, patient: usize, event: VisitEvent) {
        let person = &self.patients[patient];
        let (visit, patient) = (person.visit.clone(), Some(person.patient.clone()));
        self.say(What::Visit {
            visit,
            patient,
            event,
        });
    }

    fn treated(&mut self, patient: usize) {
        self.patients[patient].is_seen = true;
        if self.rng.percent(self.scenario.arrivals.admitted_pct) {
            let ward = match self.rng.between(1, 100) {
                1..=38 => MEDICAL_A,
                39..=72 => MEDICAL_B,
                73..=90 => SURGICAL,
                _ => INTENSIVE,
            };
            // Some decisions are told to nobody.
            if !self.asides.percent(6) {
                self.say_visit(patient, VisitEvent::AdmissionDecided);
            }
            self.request_bed(patient, ward);
        } else {
            self.say_visit(patient, VisitEvent::ReadyToLeave);
            let papers = self.minutes(5, 50);
            self.after(papers, Event::Stay(patient, Step::WalksOut));
        }
    }

    fn reconsiders(&mut self, patient: usize) {
        let Some(ward) = self.patients[patient].wants else {
            return;
        };
        self.requests[ward].retain(|waiting| *waiting != patient);
        let other = if ward == MEDICAL_A {
            MEDICAL_B
        } else {
            MEDICAL_A
        };
        self.request_bed(patient, other);
    }

    fn comes(&mut self, patient: usize) {
        let bed = self.patients[patient]
            .next
            .take()
            .expect("a bed was promised");
        let ward = self.beds[bed].ward;
        self.settle(patient, Where::Bed(bed), VisitEvent::Admitted);
        if self.rng.percent(6) {
            let later = self.minutes(10, 40);
            self.after(later, Event::Stay(patient, Step::Mistake));
        } else {
            self.begin_stay(patient, ward, false);
        }
    }

    fn withdraws(&mut self, patient: usize) {
        self.say_visit(patient, VisitEvent::Cancelled);
        self.patients[patient].is_gone = true;
        if let Some(bed) = self.patients[patient].next {
            self.release(bed);
        }
    }

    fn moved(&mut self, patient: usize) {
        self.porters.job_done();
        self.returns_equipment(patient);
        let bed = self.patients[patient]
            .next
            .take()
            .expect("a bed was promised");
        self.settle(patient, Where::Bed(bed), VisitEvent::Transferred);
        self.begin_stay(patient, self.beds[bed].ward, false);
        self.send_porters();
    }

    fn undone(&mut self, patient: usize) {
        self.say_visit(patient, VisitEvent::Cancelled);
        self.patients[patient].is_gone = true;
        if let Where::Bed(bed) = self.patients[patient].place {
            (self.beds[bed].occupant, self.beds[bed].clean) = (None, true);
            self.after(0, Event::BedMeeting(self.beds[bed].ward));
        }
    }

    fn strolls(&mut self, patient: usize) {
        let Where::Bed(bed) = self.patients[patient].place else {
            return;
        };
        // Where only the pad is believed, a stroll would be a departure.
        let is_believed = self.beds[bed].ward == MEDICAL_B;
        if self.patients[patient].is_up || !self.beds[bed].weighs || is_believed {
            return;
        }
        self.get_up(bed);
        let back = self.minutes(3, 20);
        self.after(back, Event::Bed(bed, BedChange::LiesDown(patient)));
        let next = self.minutes(120, 900);
        self.after(back + next, Event::Stay(patient, Step::Stroll));
    }

    fn stay_over(&mut self, patient: usize) {
        let Where::Bed(bed) = self.patients[patient].place else {
            return;
        };
        let ward = self.beds[bed].ward;
        if ward == INTENSIVE {
            let step_down = *self.rng.pick(&[MEDICAL_A, MEDICAL_B, SURGICAL]);
            self.request_bed(patient, step_down);
        } else if !self.patients[patient].has_moved_on && self.rng.percent(8) {
            self.patients[patient].has_moved_on = true;
            let other = if ward == MEDICAL_A {
                SURGICAL
            } else {
                MEDICAL_A
            };
            self.request_bed(patient, other);
        } else {
            self.say_visit(patient, VisitEvent::ReadyToLeave);
            let waits = self.rng.lognormal(95 * MINUTE_MS, 0.5);
            self.after(waits, Event::Stay(patient, Step::WalksOut));
        }
    }

    fn walks_out(&mut self, patient: usize) {
        self.returns_equipment(patient);
        // Some are written out before they have left the bed.
        if self.rng.percent(6) {
            return self.discharge(patient);
        }
        self.gets_up(patient);
        let desk = self.minutes(2, 20) + self.enters_late(patient);
        self.after(desk, Event::Stay(patient, Step::Discharge));
    }

    fn discharge(&mut self, patient: usize) {
        self.leaves(patient, VisitEvent::Discharged);
    }

    fn gives_up(&mut self, patient: usize) {
        if !self.patients[patient].is_seen {
            self.leaves(patient, VisitEvent::LeftUnseen);
        }
    }

    fn leaves(&mut self, patient: usize, event: VisitEvent) {
        self.say_visit(patient, event);
        self.patients[patient].is_gone = true;
        if let Where::Bed(bed) = self.patients[patient].place {
            self.vacate(bed);
        }
        self.patients[patient].place = Where::Nowhere;
    }

    fn gets_up(&mut self, patient: usize) {
        self.patients[patient].is_up = true;
        if let Where::Bed(bed) = self.patients[patient].place {
            self.get_up(bed);
        }
    }

    fn returns_equipment(&mut self, patient: usize) {
        if let Some(device) = self.patients[patient].equipment.take() {
            self.return_equipment(device);
        }
    }

    /// Stays end between 9 and 18 h.
    fn by_day(&mut self, at: i64) -> i64 {
        match calendar::hour(at) {
            9..18 => at,
            hour => {
                let next_morning = calendar::midnight(at) + if hour < 9 { 9 } else { 33 } * HOUR_MS;
                next_morning + self.rng.between(0, 6 * HOUR_MS)
            }
        }
    }
}

fn ward_place(ward: usize) -> Place {
    Place {
        ward: ward_id(ward),
        room: None,
        bed: None,
    }
}
