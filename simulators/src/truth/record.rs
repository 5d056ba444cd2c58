//! All that happened at one site, as the judge takes it.

use events::control::{BedMaster, Setting};
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
    /// What was set while it ran, oldest first, each with when it came into force.
    pub settings: Vec<(i64, Setting)>,
    /// In the order of the log.
    pub facts: Vec<Fact>,
    /// In the order of the log, without duplicates.
    pub readings: Vec<(DevicePath, Reading)>,
    /// All that came of devices in the order of the log, births and wills among
    /// it. A broker tells of wills, and no hospital knows them: without this,
    /// nobody has ever gone.
    pub arrived: Vec<(DevicePath, Reading)>,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use events::time::{DAY_MS, MINUTE_MS};

    use super::*;
    use crate::truth::{self, RowKey};

    #[test]
    fn a_simulated_day_has_rows_for_every_window_and_every_kind_of_alert() {
        let start = CellTime(1_767_571_200_000);
        let (mut kpis_seen, mut rules_seen) = (BTreeSet::new(), BTreeSet::new());
        for name in ["cleaning_shortage", "clinic_monday", "flu_surge"] {
            let scenario = Scenario::load(name).unwrap();
            let record = Record::of_hospital(1, &scenario, start, 24);
            let rows = truth::rows(&record);
            let census = |key: &&RowKey| key.kpi == "census" && key.ward == "ICU";
            let windows = DAY_MS / MINUTE_MS + 24 * 4 + 24 + 1;
            assert_eq!(
                i64::try_from(rows.keys().filter(census).count()),
                Ok(windows)
            );
            kpis_seen.extend(rows.into_keys().map(|key| key.kpi));
            rules_seen.extend(truth::alerts(&record).into_iter().map(|alert| alert.0));
        }
        assert_eq!(kpis_seen.len(), truth::kpis().len());
        // Without faults no device falls silent, nor many at once, and no source.
        assert_eq!(rules_seen.len(), truth::rules().len() - 3, "{rules_seen:?}");
    }
}
