//! What arrives at the gateway, and when: the hospital's happenings as messages,
//! through the faults. The same arguments give the same deliveries. What was
//! under way when the hours were over still arrives.

mod line;
mod received;

use std::collections::BTreeMap;
use std::iter::Peekable;

use events::fact::{Fact, Told, What};
use events::id::DeviceId;
use events::sensor::Reading;
use events::time::{CellTime, HOUR_MS};
use events::topic::DevicePath;

use crate::faults::{self, Faults};
use crate::hospital::{Happening, Hospital};
use crate::rng::Rng;
use crate::scenario::Scenario;
use line::Line;

pub use received::{Receiving, received};

/// A message on its arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When it arrives, in cell time.
    pub at_ms: i64,
    /// What is told.
    pub told: Message,
}

/// What can arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// By MQTT: readings, or a birth or will on the stream `state`.
    Payload {
        /// Its topic.
        topic: String,
        /// JSON.
        bytes: Vec<u8>,
    },
    /// By HTTP.
    Http {
        /// The idempotency key: the same for every repetition of a request.
        key: String,
        /// Its facts.
        told: Told,
    },
}

impl Message {
    /// Whether the broker keeps it for those who subscribe later.
    pub fn is_retained(&self) -> bool {
        matches!(self, Self::Payload { topic, .. } if topic.ends_with("/state"))
    }
}

/// The deliveries of the hospital's first `hours`.
pub fn deliveries(
    seed: u64,
    scenario: &Scenario,
    faults: Faults,
    start: CellTime,
    hours: i64,
) -> Deliveries {
    let mut deliveries = Deliveries {
        hospital: Hospital::new(seed, scenario, start).peekable(),
        end_ms: start.0.saturating_add(hours.saturating_mul(HOUR_MS)),
        seed,
        faults,
        rng: Rng::named(seed, "faults"),
        lines: BTreeMap::new(),
        agenda: BTreeMap::new(),
        count: 0,
        facts: 0,
        newest: (i64::MIN, i64::MIN),
    };
    for path in Hospital::devices() {
        let name = path.device.clone();
        let (line, birth) = Line::new(path);
        deliveries.lines.insert(name.clone(), line);
        deliveries.send(start.0, birth);
        deliveries.put(start.0, Event::Hour(name));
    }
    deliveries
}

/// Deliveries in the order of their arrival.
pub struct Deliveries {
    hospital: Peekable<Hospital>,
    end_ms: i64,
    seed: u64,
    faults: Faults,
    rng: Rng,
    lines: BTreeMap<DeviceId, Line>,
    /// Soonest first; at the same time in the order in which it was decided.
    agenda: BTreeMap<(i64, u64), Event>,
    count: u64,
    facts: u64,
    /// When the newest fact happened, and when it arrives.
    newest: (i64, i64),
}

enum Event {
    Arrives(Message),
    /// An hour begins for a device.
    Hour(DeviceId),
    /// A device is cut off, and perhaps starts again.
    CutOff(DeviceId, bool),
    /// A device is back.
    Back(DeviceId),
}

impl Iterator for Deliveries {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        loop {
            let end = self.end_ms;
            let happens = self.hospital.peek().map(|(at, _)| *at);
            let happens = happens.filter(|at| *at < end);
            let planned = self.agenda.keys().next().map(|(at, _)| *at);
            if planned.is_some_and(|at| happens.is_none_or(|happens| at <= happens)) {
                let ((at_ms, _), event) = self.agenda.pop_first()?;
                if let Event::Arrives(told) = event {
                    return Some(Delivery { at_ms, told });
                }
                self.take(at_ms, event);
            } else {
                happens?;
                match self.hospital.next()? {
                    (at, Happening::Fact(fact)) => self.tell(at, fact),
                    (at, Happening::Reading(path, reading)) => self.measure(at, &path, reading),
                }
            }
        }
    }
}

impl Deliveries {
    fn take(&mut self, at: i64, event: Event) {
        match event {
            Event::Hour(device) if at < self.end_ms => self.plan_hour(at, device),
            Event::CutOff(device, reboots) if at < self.end_ms => {
                let will = self.line(&device).cut_off(reboots);
                // The broker finds out by its keep-alive.
                let noticed = at + self.rng.between(1_000, 45_000);
                self.send(noticed, will);
            }
            Event::Back(device) => {
                for message in self.line(&device).back(at) {
                    self.send(at, message);
                }
            }
            Event::Arrives(_) | Event::Hour(_) | Event::CutOff(..) => {}
        }
    }

    fn plan_hour(&mut self, at: i64, device: DeviceId) {
        let hour = faults::hour(self.faults, &mut self.rng);
        self.line(&device).skew_ms = hour.skew_ms;
        if let Some(cut) = hour.cut
            && at + cut.from < self.end_ms
        {
            let off = Event::CutOff(device.clone(), cut.reboots);
            self.put(at + cut.from, off);
            self.put(at + cut.to, Event::Back(device.clone()));
        }
        self.put(at + HOUR_MS, Event::Hour(device));
    }

    fn tell(&mut self, at: i64, fact: Fact) {
        let kind = match fact.what {
            What::Appointment { .. } | What::Slot { .. } => "appointments",
            What::Bed { .. } => "beds",
            What::Staff { .. } => "staff",
            What::Visit { .. } | What::Vital { .. } => "visits",
            What::Command(_) => "commands",
        };
        if faults::is_out(self.faults, self.seed, kind, at) {
            return;
        }
        let key = format!("{}-{}", self.seed, self.facts);
        self.facts += 1;
        let told = Told {
            site: Hospital::site(),
            source: "http".to_owned(),
            facts: vec![fact],
            receipt: None,
        };
        self.send(at, Message::Http { key, told });
    }

    fn measure(&mut self, at: i64, path: &DevicePath, reading: Reading) {
        if let Some(message) = self.line(&path.device).measure(path, reading) {
            self.send(at, message);
        }
    }

    fn send(&mut self, at: i64, message: Message) {
        let is_fact = matches!(message, Message::Http { .. });
        let arrivals = faults::arrivals(self.faults, &mut self.rng, is_fact);
        let mut arrivals: Vec<i64> = arrivals.into_iter().map(|late| at + late).collect();
        if is_fact {
            self.keep_in_order(at, &mut arrivals);
        }
        for arrival in arrivals {
            let mut message = message.clone();
            if let Message::Http { told, .. } = &mut message {
                told.facts
                    .iter_mut()
                    .for_each(|fact| fact.told = CellTime(arrival));
            }
            self.put(arrival, Event::Arrives(message));
        }
    }

    /// Of facts of one instant nobody could tell the order any more: whoever says
    /// them waits for the answer to one before the next.
    fn keep_in_order(&mut self, at: i64, arrivals: &mut [i64]) {
        let (newest, arrived) = self.newest;
        if newest == at {
            for arrival in &mut *arrivals {
                *arrival = arrived.max(*arrival);
            }
        }
        if let Some(first) = arrivals.iter().min() {
            self.newest = (at, *first);
        }
    }

    fn put(&mut self, at: i64, event: Event) {
        self.agenda.insert((at, self.count), event);
        self.count += 1;
    }

    fn line(&mut self, device: &DeviceId) -> &mut Line {
        self.lines
            .get_mut(device)
            .expect("every device has got its line")
    }
}

#[cfg(test)]
mod tests;
