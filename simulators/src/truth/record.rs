//! All that happened at one site, as the judge takes it.

use events::control::BedMaster;
use events::fact::Fact;
use events::sensor::Reading;
use events::time::{CellTime, HOUR_MS};
use events::topic::DevicePath;

use crate::hospital::{Happening, Hospital};
use crate::scenario::Scenario;

/// The facts and readings of a run. What happened at or after `to` is not
/// looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The wards and beds, in force from `from` on.
    pub master: BedMaster,
    /// In the order of the log.
    pub facts: Vec<Fact>,
    /// In the order of the log, without duplicates.
    pub readings: Vec<(DevicePath, Reading)>,
    /// Rows are about windows that start at or after this time,
    pub from: i64,
    /// and end at or before this one.
    pub to: i64,
}

impl Record {
    /// The truth of the hospital's first `hours`.
    pub fn of_hospital(seed: u64, scenario: &Scenario, start: CellTime, hours: i64) -> Self {
        let mut record = Self {
            master: Hospital::master(),
            from: start.0,
            to: start.0 + hours * HOUR_MS,
            ..Self::default()
        };
        let hospital = Hospital::new(seed, scenario, start);
        for (_, happening) in hospital.take_while(|(at, _)| *at < record.to) {
            match happening {
                Happening::Fact(fact) => record.facts.push(fact),
                Happening::Reading(path, reading) => record.readings.push((path, reading)),
            }
        }
        record
    }
}
