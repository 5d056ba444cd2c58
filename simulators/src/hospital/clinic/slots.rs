//! Time that the clinic offers: all slots of a day, two days ahead. Most are then booked;
//! of the others some are taken by people who are never told of, and some withdrawn.

use events::fact::{SlotEvent, What};
use events::id::SlotId;
use events::time::{EventTime, HOUR_MS, MINUTE_MS};

use super::{ClinicState, ClinicStep, KINDS, SESSIONS};
use crate::hospital::Hospital;
use crate::hospital::agenda::Event;
use crate::hospital::layout::{CLINIC, ward_id};

impl ClinicState {
    /// The slot of a practitioner that begins then.
    pub(super) fn slot_at(&self, practitioner: usize, start: i64) -> Option<SlotId> {
        let is_offered = self.offered.contains(&(practitioner, start));
        is_offered.then(|| slot_id(practitioner, start))
    }
}

impl Hospital {
    pub(super) fn offer(&mut self, day: i64) {
        if !self.calendar.is_working_day(day) {
            return;
        }
        let slot = self.slot_ms();
        for (from, to) in SESSIONS {
            for practitioner in 0..self.clinic.practitioners.len() {
                let mut at = day + from * HOUR_MS;
                while at < day + to * HOUR_MS {
                    if at > self.now_ms {
                        self.clinic.offered.insert((practitioner, at));
                        self.say_offered(practitioner, at);
                    }
                    at += slot;
                }
            }
        }
    }

    /// What becomes of a slot that no appointment takes.
    pub(super) fn leave_open(&mut self, practitioner: usize, start: i64) {
        self.clinic.left_open += 1;
        let steps: &[(i64, ClinicStep)] = match self.clinic.left_open % 4 {
            0 => &[(60, ClinicStep::SlotTaken(practitioner, start))],
            1 => &[(55, ClinicStep::SlotWithdrawn(practitioner, start))],
            2 => &[
                (50, ClinicStep::SlotWithdrawn(practitioner, start)),
                (20, ClinicStep::SlotOffered(practitioner, start)),
            ],
            _ => &[],
        };
        for (minutes_before, step) in steps {
            let at = start - minutes_before * MINUTE_MS;
            self.agenda.put(at, Event::Clinic(*step));
        }
    }

    pub(super) fn say_offered(&mut self, practitioner: usize, start: i64) {
        let end = EventTime(start + self.slot_ms());
        let start_at = EventTime(start);
        let offered = SlotEvent::Offered {
            start: start_at,
            end,
        };
        self.say_slot(practitioner, start, offered);
    }

    pub(super) fn say_slot(&mut self, practitioner: usize, start: i64, event: SlotEvent) {
        let kind = KINDS[practitioner % KINDS.len()].to_owned();
        self.say(What::Slot {
            slot: slot_id(practitioner, start),
            ward: ward_id(CLINIC),
            kind,
            event,
        });
    }

    fn slot_ms(&self) -> i64 {
        i64::from(self.scenario.clinic.slot_minutes) * MINUTE_MS
    }
}

fn slot_id(practitioner: usize, start: i64) -> SlotId {
    let id = format!("s-{}-{}", practitioner + 1, start / MINUTE_MS);
    SlotId::new(&id).expect("fits the alphabet")
}
