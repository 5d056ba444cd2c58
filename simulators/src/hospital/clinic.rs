//! The clinic: sessions booked ahead, patients who come early, late or not at
//! all, practitioners who see one after the other.

mod slots;

use std::collections::{BTreeSet, VecDeque};

use events::fact::{AppointmentEvent, SlotEvent, What};
use events::id::{AppointmentId, RoomId, StaffId};
use events::time::{DAY_MS, EventTime, HOUR_MS, MINUTE_MS};

use super::agenda::Event;
use super::layout::{CLINIC, ward_id};
use super::{Hospital, calendar};

/// First and last hour of the sessions of a working day.
const SESSIONS: [(i64, i64); 2] = [(8, 12), (13, 17)];
/// How many days ahead slots are offered.
const OFFERED_DAYS: i64 = 2;
const KINDS: [&str; 3] = ["first", "follow-up", "procedure"];

pub(super) struct ClinicState {
    practitioners: Vec<Practitioner>,
    appointments: Vec<Appointment>,
    /// Practitioner and beginning of each slot that was offered.
    offered: BTreeSet<(usize, i64)>,
    /// How many slots nobody has booked.
    left_open: usize,
}

#[derive(Clone, Default)]
struct Practitioner {
    is_busy: bool,
    waiting: VecDeque<usize>,
}

struct Appointment {
    id: AppointmentId,
    practitioner: usize,
    kind: &'static str,
    scheduled: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClinicStep {
    /// It is midnight: the sessions of tomorrow are booked.
    NewDay,
    Arrives(usize),
    Roomed(usize),
    Starts(usize),
    Ends(usize),
    Cancelled(usize),
    NoShow(usize),
    Moved(usize),
    /// Practitioner and beginning of a slot.
    SlotTaken(usize, i64),
    SlotWithdrawn(usize, i64),
    SlotOffered(usize, i64),
}

impl ClinicState {
    pub(super) fn new(practitioners: u32) -> Self {
        Self {
            practitioners: vec![Practitioner::default(); practitioners as usize],
            appointments: Vec::new(),
            offered: BTreeSet::new(),
            left_open: 0,
        }
    }
}

impl Hospital {
    pub(super) fn open_clinic(&mut self) {
        let today = calendar::midnight(self.now_ms);
        for ahead in 0..=OFFERED_DAYS {
            self.offer(today + ahead * DAY_MS);
        }
        self.book(today);
        self.book(today + DAY_MS);
        self.agenda
            .put(today + DAY_MS, Event::Clinic(ClinicStep::NewDay));
    }

    pub(super) fn run_clinic(&mut self, step: ClinicStep) {
        match step {
            ClinicStep::NewDay => {
                self.offer(self.now_ms + OFFERED_DAYS * DAY_MS);
                self.book(self.now_ms + DAY_MS);
                self.after(DAY_MS, Event::Clinic(ClinicStep::NewDay));
            }
            ClinicStep::Arrives(appointment) => {
                self.say_appointment(appointment, AppointmentEvent::Arrived);
                let practitioner = self.clinic.appointments[appointment].practitioner;
                let waiting = &mut self.clinic.practitioners[practitioner].waiting;
                waiting.push_back(appointment);
                self.call(practitioner);
            }
            ClinicStep::Roomed(appointment) => self.roomed(appointment),
            ClinicStep::Starts(appointment) => self.consult(appointment),
            ClinicStep::Ends(appointment) => {
                self.say_appointment(appointment, AppointmentEvent::Ended);
                let practitioner = self.clinic.appointments[appointment].practitioner;
                self.clinic.practitioners[practitioner].is_busy = false;
                self.call(practitioner);
            }
            ClinicStep::Cancelled(appointment) => {
                self.say_appointment(appointment, AppointmentEvent::Cancelled);
            }
            ClinicStep::NoShow(appointment) => {
                self.say_appointment(appointment, AppointmentEvent::NoShow);
            }
            ClinicStep::Moved(appointment) => {
                self.clinic.appointments[appointment].scheduled += 2 * HOUR_MS;
                self.say_booked(appointment);
                self.plan_visit(appointment);
            }
            ClinicStep::SlotTaken(practitioner, start) => {
                self.say_slot(practitioner, start, SlotEvent::Booked);
            }
            ClinicStep::SlotWithdrawn(practitioner, start) => {
                self.say_slot(practitioner, start, SlotEvent::Withdrawn);
            }
            ClinicStep::SlotOffered(practitioner, start) => {
                self.say_offered(practitioner, start);
            }
        }
    }

    fn book(&mut self, day: i64) {
        if !self.calendar.is_working_day(day) {
            return;
        }
        let slot = i64::from(self.scenario.clinic.slot_minutes) * MINUTE_MS;
        for (from, to) in SESSIONS {
            for practitioner in 0..self.clinic.practitioners.len() {
                let mut at = day + from * HOUR_MS;
                while at < day + to * HOUR_MS {
                    if at > self.now_ms + HOUR_MS {
                        if self.rng.percent(90) {
                            self.book_slot(practitioner, at);
                        } else {
                            self.leave_open(practitioner, at);
                        }
                    }
                    at += slot;
                }
            }
        }
    }

    fn book_slot(&mut self, practitioner: usize, scheduled: i64) {
        let index = self.clinic.appointments.len();
        let id = format!("a-{}-{index}", scheduled / 60_000);
        self.clinic.appointments.push(Appointment {
            id: AppointmentId::new(&id).expect("fits the alphabet"),
            practitioner,
            kind: self.rng.pick::<&str>(&KINDS),
            scheduled,
        });
        self.say_booked(index);
        match self.rng.between(1, 100) {
            1..=5 => {
                let at = self
                    .rng
                    .between(self.now_ms + MINUTE_MS, scheduled - MINUTE_MS);
                let step = ClinicStep::Cancelled(index);
                self.agenda.put(at, Event::Clinic(step));
            }
            6..=7 => {
                let at = self
                    .rng
                    .between(self.now_ms + MINUTE_MS, scheduled - HOUR_MS / 2);
                self.agenda.put(at, Event::Clinic(ClinicStep::Moved(index)));
            }
            _ => self.plan_visit(index),
        }
    }

    fn plan_visit(&mut self, appointment: usize) {
        let scheduled = self.clinic.appointments[appointment].scheduled;
        let (lag, step) = if self.rng.percent(self.scenario.clinic.no_show_pct) {
            (30 * MINUTE_MS, ClinicStep::NoShow(appointment))
        } else {
            (self.minutes(-20, 12), ClinicStep::Arrives(appointment))
        };
        self.agenda.put(scheduled + lag, Event::Clinic(step));
    }

    /// Calls the next patient of a practitioner who is free.
    fn call(&mut self, practitioner: usize) {
        let state = &mut self.clinic.practitioners[practitioner];
        if state.is_busy {
            return;
        }
        if let Some(appointment) = state.waiting.pop_front() {
            state.is_busy = true;
            let way = self.minutes(1, 4);
            self.after(way, Event::Clinic(ClinicStep::Roomed(appointment)));
        }
    }

    fn roomed(&mut self, appointment: usize) {
        // Some are never said to be in a room.
        if !self.rng.percent(6) {
            self.say_appointment(appointment, AppointmentEvent::Roomed);
        }
        let wait = self.minutes(1, 6);
        self.after(wait, Event::Clinic(ClinicStep::Starts(appointment)));
    }

    fn consult(&mut self, appointment: usize) {
        self.say_appointment(appointment, AppointmentEvent::Started);
        let median = i64::from(self.scenario.clinic.slot_minutes) * MINUTE_MS * 8 / 10;
        let takes = self.rng.lognormal(median, 0.4);
        self.after(takes, Event::Clinic(ClinicStep::Ends(appointment)));
    }

    fn say_booked(&mut self, appointment: usize) {
        let scheduled = EventTime(self.clinic.appointments[appointment].scheduled);
        self.say_appointment(appointment, AppointmentEvent::Booked(scheduled));
    }

    fn say_appointment(&mut self, appointment: usize, event: AppointmentEvent) {
        let Appointment {
            id,
            practitioner,
            kind,
            scheduled,
        } = &self.clinic.appointments[appointment];
        let what = What::Appointment {
            appointment: id.clone(),
            ward: ward_id(CLINIC),
            practitioner: Some(
                StaffId::new(&format!("practitioner-{}", practitioner + 1)).expect("fits"),
            ),
            room: Some(RoomId::new(&format!("C{}", practitioner + 1)).expect("fits")),
            kind: (*kind).to_owned(),
            slot: self.clinic.slot_at(*practitioner, *scheduled),
            event,
        };
        self.say(what);
    }
}
