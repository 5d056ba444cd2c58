//! A discrete-event hospital in virtual time. The same seed, scenario and start
//! give the same happenings, for ever: whoever needs the truth again runs it
//! again. Happenings come in the order of their time, no two at the same
//! millisecond, so that no result depends on how ties are broken.

mod agenda;
mod arrivals;
mod beds;
mod calendar;
mod cleaning;
mod clinic;
mod crew;
mod devices;
mod layout;
mod slips;
mod staff;
mod stay;

use std::collections::VecDeque;

use events::control::BedMaster;
use events::fact::{Fact, FactFlags, What};
use events::place::Site;
use events::sensor::Reading;
use events::time::{CellTime, EventTime};
use events::topic::DevicePath;

use crate::rng::Rng;
use crate::scenario::Scenario;
use agenda::{Agenda, Event};
use beds::Bed;
use calendar::Calendar;
use clinic::ClinicState;
use crew::Crew;
use devices::Device;
use layout::WARDS;
use staff::Shift;
use stay::Patient;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A person or a system has something to tell.
    Fact(Fact),
    /// A device has measured something.
    Reading(DevicePath, Reading),
}

/// The hospital. It never ends: take as long a part of it as you need.
pub struct Hospital {
    scenario: Scenario,
    calendar: Calendar,
    rng: Rng,
    /// Of what is told beside the rest, and changes nothing of it.
    asides: Rng,
    /// Of what goes wrong: days without it are the same.
    slips: Rng,
    agenda: Agenda,
    said: VecDeque<(i64, Happening)>,
    now_ms: i64,
    said_ms: i64,
    beds: Vec<Bed>,
    devices: Vec<Device>,
    patients: Vec<Patient>,
    /// Patients waiting for a bed, by ward.
    requests: Vec<VecDeque<usize>>,
    cleaners: Crew,
    porters: Crew,
    clinic: ClinicState,
    shift: Shift,
}

impl Hospital {
    /// The hospital as it is at `start`: occupied, staffed, booked.
    pub fn new(seed: u64, scenario: &Scenario, start: CellTime) -> Self {
        let (beds, devices) = layout::furnish();
        let mut hospital = Self {
            calendar: Calendar::new(scenario.weekday),
            rng: Rng::named(seed, "hospital"),
            asides: Rng::named(seed, "asides"),
            slips: Rng::named(seed, "slips"),
            agenda: Agenda::default(),
            said: VecDeque::new(),
            now_ms: start.0,
            said_ms: start.0 - 1,
            beds,
            devices,
            patients: Vec::new(),
            requests: vec![VecDeque::new(); WARDS.len()],
            cleaners: Crew::new(scenario.cleaning.crews),
            porters: Crew::new(scenario.porters),
            clinic: ClinicState::new(scenario.clinic.practitioners),
            shift: Shift::default(),
            scenario: scenario.clone(),
        };
        hospital.open();
        hospital
    }

    /// Tenant and site of every happening.
    pub fn site() -> Site {
        layout::site()
    }

    /// Its wards and beds.
    pub fn master() -> BedMaster {
        layout::master()
    }

    /// Its devices.
    pub fn devices() -> Vec<DevicePath> {
        let (_, devices) = layout::furnish();
        devices.into_iter().map(|device| device.path).collect()
    }

    fn open(&mut self) {
        self.start_shift();
        self.open_beds();
        self.open_arrivals();
        self.open_clinic();
        self.open_devices();
    }

    /// Lets something happen `delay_ms` from now.
    fn after(&mut self, delay_ms: i64, event: Event) {
        self.agenda.put(self.now_ms + delay_ms.max(0), event);
    }

    fn minutes(&mut self, least: i64, most: i64) -> i64 {
        self.rng.between(least * 60_000, most * 60_000)
    }

    fn say(&mut self, what: What) {
        let at = self.stamp();
        let fact = Fact {
            at: EventTime(at),
            told: CellTime(at),
            flags: FactFlags::default(),
            what,
        };
        self.said.push_back((at, Happening::Fact(fact)));
    }

    fn stamp(&mut self) -> i64 {
        self.said_ms = self.now_ms.max(self.said_ms + 1);
        self.said_ms
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival(arrival) => self.arrive(arrival),
            Event::Bed(bed, change) => self.change_bed(bed, change),
            Event::BedMeeting(ward) => self.assign_beds(ward),
            Event::Blocking => self.block_some_bed(),
            Event::Cleaning(bed, step) => self.clean(bed, step),
            Event::Clinic(step) => self.run_clinic(step),
            Event::Device(device, change) => self.change_device(device, change),
            Event::EquipmentBreaks => self.break_some_equipment(),
            Event::PadSticks => self.stick_some_pad(),
            Event::Shift => self.change_shift(),
            Event::Stay(patient, step) => self.stay(patient, step),
        }
    }
}

/// Never ends.
impl Iterator for Hospital {
    type Item = (i64, Happening);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(happening) = self.said.pop_front() {
                return Some(happening);
            }
            let (at, event) = self.agenda.take()?;
            self.now_ms = at;
            self.happen(event);
        }
    }
}

#[cfg(test)]
mod tests;
