//! What is said of a KPI: enough to compute it by hand.

use super::{Row, View};

/// One KPI.
pub struct KpiSpec {
    /// Its name in tables.
    pub name: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// Where its definition comes from.
    pub source: &'static str,
    /// What it is about.
    pub focus: Focus,
    /// Which part of the work it looks at.
    pub activity: &'static str,
    /// What is done with what was measured.
    pub statistic: &'static str,
    /// Kind of number.
    pub scale: Scale,
    /// What starts its clock, or opens what it counts.
    pub starts: &'static str,
    /// What stops its clock, or ends what it counts.
    pub stops: &'static str,
    /// What does not count.
    pub exclusions: &'static str,
    /// Which beds stand below the line.
    pub denominator: Denominator,
    /// The version of the computation that said it first.
    pub version: u32,
    /// Its rows for a window.
    pub measure: fn(&View<'_>) -> Vec<Row>,
}

impl KpiSpec {
    /// How its percentiles are taken.
    pub const fn percentiles(&self) -> &'static str {
        match self.scale {
            Scale::Duration | Scale::Outlook => {
                "nearest rank, exact: the value at place ⌈p·n/100⌉ of the sorted"
            }
            Scale::Amount | Scale::Count | Scale::Moment | Scale::Rate | Scale::Ratio => "none",
        }
    }
}

/// What a KPI is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Appointments of a clinic.
    Appointment,
    /// Beds.
    Bed,
    /// Equipment.
    Equipment,
    /// Patients, by their visits.
    Patient,
}

impl Focus {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Bed => "bed",
            Self::Equipment => "equipment",
            Self::Patient => "patient",
        }
    }
}

/// What kind of number a KPI is, and so how windows are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Time or people: of windows side by side, those of amounts of time add up.
    Amount,
    /// Things that happened: they add up.
    Count,
    /// Durations, each in the window in which it ends: percentiles do not add up.
    Duration,
    /// What was so when the window started: of a longer window the first holds.
    Moment,
    /// Durations that begin when the window starts: of a longer window those of the first.
    Outlook,
    /// What happened in the window over what was there: the longer, the more. Put
    /// together what happened, then divide.
    Rate,
    /// Something over something: add up above and below the line, then divide.
    Ratio,
}

impl Scale {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Count => "count",
            Self::Duration => "duration",
            Self::Moment => "moment",
            Self::Outlook => "outlook",
            Self::Rate => "rate",
            Self::Ratio => "ratio",
        }
    }
}

/// Which beds stand below the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// None.
    None,
    /// All listed beds.
    Physical,
    /// The listed beds that are staffed.
    Staffed,
}

impl Denominator {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Physical => "physical beds",
            Self::Staffed => "staffed beds",
        }
    }
}
