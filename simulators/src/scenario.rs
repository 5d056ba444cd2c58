//! What a hospital's days are like, as TOML files: four are built in, others
//! are read from a path. Unknown keys are refused, so that a typo is not lost.

use std::path::Path;

use serde::Deserialize;

/// Numbers of a morning, an evening and a night shift (from 7, 15 and 23 h).
pub type PerShift = [u32; 3];

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence for a person.
    pub description: String,
    /// Every day is this day of the week.
    pub weekday: Option<Weekday>,
    /// Who comes.
    pub arrivals: Arrivals,
    /// How beds are used.
    pub beds: Beds,
    /// Who cleans them.
    pub cleaning: Cleaning,
    /// How many porters are at work.
    pub porters: PerShift,
    /// The clinic.
    pub clinic: Clinic,
    /// How often a piece of equipment of the hospital breaks.
    pub equipment_faults_per_day: u32,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// The first working day.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The last.
    Friday,
    /// No clinic, fewer planned admissions.
    Saturday,
    /// As Saturday.
    Sunday,
}

/// Who comes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Emergencies on an average day.
    pub emergency_per_day: u32,
    /// Share of emergencies that need a bed on a ward.
    pub admitted_pct: u32,
    /// Planned admissions on a working day.
    pub planned_per_day: u32,
}

/// How beds are used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beds {
    /// Share of staffed beds that are occupied at the start.
    pub occupied_at_start_pct: u32,
    /// Share of the free beds that are dirty at the start.
    pub dirty_at_start_pct: u32,
    /// Median stay on a ward.
    pub stay_hours: u32,
    /// How many free beds a day are blocked, or found dirty.
    pub blocks_per_day: u32,
}

/// Who cleans beds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// Cleaners at work.
    pub crews: PerShift,
    /// Median time for a bed.
    pub minutes: u32,
}

/// The clinic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinic {
    /// Who see patients, 8 to 12 and 13 to 17 h.
    pub practitioners: u32,
    /// From one appointment to the next.
    pub slot_minutes: u32,
    /// Share of patients who do not come.
    pub no_show_pct: u32,
}

/// A scenario that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Neither the name of a built-in scenario nor a path ending in `.toml`.
    #[error("scenario is none of {}, and no path ending in .toml", names().join(", "))]
    Unknown,
    /// The file can't be read.
    #[error("scenario file: {0}")]
    Read(#[from] std::io::Error),
    /// The file is not a scenario.
    #[error("scenario file: {0}")]
    Parse(#[from] toml::de::Error),
    /// A number that makes no hospital.
    #[error("scenario: {0} is out of range")]
    Range(&'static str),
}

const BUILT_IN: [(&str, &str); 4] = [
    (
        "cleaning_shortage",
        include_str!("../scenarios/cleaning_shortage.toml"),
    ),
    (
        "clinic_monday",
        include_str!("../scenarios/clinic_monday.toml"),
    ),
    ("flu_surge", include_str!("../scenarios/flu_surge.toml")),
    ("quiet_night", include_str!("../scenarios/quiet_night.toml")),
];

/// Names of the built-in scenarios, in alphabetical order.
pub fn names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

impl Scenario {
    /// The built-in scenario of this name, or the one in the file at this path.
    ///
    /// # Errors
    /// There is none, or it has an unknown key or an impossible number.
    pub fn load(name_or_path: &str) -> Result<Self, ScenarioError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Err(ScenarioError::Unknown);
        }
        Self::parse(&std::fs::read_to_string(path)?)
    }

    /// Reads the text of a scenario.
    ///
    /// # Errors
    /// It has an unknown key or an impossible number.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        let checks = [
            (
                "beds.occupied_at_start_pct",
                scenario.beds.occupied_at_start_pct,
                0,
                100,
            ),
            (
                "beds.dirty_at_start_pct",
                scenario.beds.dirty_at_start_pct,
                0,
                100,
            ),
            ("beds.stay_hours", scenario.beds.stay_hours, 1, 1_000),
            (
                "beds.blocks_per_day",
                scenario.beds.blocks_per_day,
                0,
                1_000,
            ),
            (
                "arrivals.emergency_per_day",
                scenario.arrivals.emergency_per_day,
                1,
                1_000,
            ),
            (
                "arrivals.admitted_pct",
                scenario.arrivals.admitted_pct,
                0,
                100,
            ),
            (
                "arrivals.planned_per_day",
                scenario.arrivals.planned_per_day,
                0,
                100,
            ),
            ("cleaning.minutes", scenario.cleaning.minutes, 1, 240),
            ("clinic.practitioners", scenario.clinic.practitioners, 0, 20),
            ("clinic.slot_minutes", scenario.clinic.slot_minutes, 5, 240),
            ("clinic.no_show_pct", scenario.clinic.no_show_pct, 0, 100),
            (
                "equipment_faults_per_day",
                scenario.equipment_faults_per_day,
                0,
                1_000,
            ),
        ];
        match checks
            .iter()
            .find(|(_, value, least, most)| !(least..=most).contains(&value))
        {
            Some((name, ..)) => Err(ScenarioError::Range(name)),
            None => Ok(scenario),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_can_be_used() {
        for name in names() {
            let scenario = Scenario::load(name).unwrap();
            assert!(!scenario.description.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_typo_is_refused_by_name() {
        let text = BUILT_IN[0].1.replace("slot_minutes", "slot_minuts");
        let error = Scenario::parse(&text).unwrap_err().to_string();
        assert!(error.contains("slot_minuts"), "{error}");
        assert!(matches!(
            Scenario::load("quiet"),
            Err(ScenarioError::Unknown)
        ));
        let text = BUILT_IN[0]
            .1
            .replace("slot_minutes = 20", "slot_minutes = 0");
        assert!(matches!(
            Scenario::parse(&text),
            Err(ScenarioError::Range(_))
        ));
    }
}
