//! Configuration that changes results. It travels in the log like everything
//! else, so that a replay uses what was in force.

use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::id::{BedId, RoomId, WardId};
use crate::place::Site;

/// One control record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// For which site.
    pub site: Site,
    /// What is set.
    pub setting: Setting,
}

/// What can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// The whole bed master; replaces the one before.
    Master(BedMaster),
    /// A number of an alert rule.
    Threshold(Threshold),
    /// How far back corrections reach, and how long windows wait.
    Horizons(Horizons),
    /// The version of the computation, from 1 on.
    Version(u32),
}

/// How far back corrections reach, and how long windows wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizons {
    /// What is older is kept as late, and corrects nothing. Milliseconds of event time.
    pub correction_ms: i64,
    /// How far out of order records may come before a window closes without them.
    /// Milliseconds of event time.
    pub disorder_ms: i64,
}

/// Wards and beds of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedMaster {
    /// What people call the site, when that was said.
    pub label: Option<String>,
    /// The IANA name of the zone whose clock hangs on its walls, when that was said.
    pub time_zone: Option<String>,
    /// The wards, in the order in which boards show them.
    pub wards: Vec<MasterWard>,
}

/// A ward in the bed master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterWard {
    /// Its id.
    pub ward: WardId,
    /// What people call it.
    pub label: String,
    /// Who knows whether its beds are occupied.
    pub source: OccupancySource,
    /// Its beds, in the order in which boards show them.
    pub beds: Vec<MasterBed>,
}

/// A bed in the bed master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterBed {
    /// Its id.
    pub bed: BedId,
    /// Its room, when known.
    pub room: Option<RoomId>,
    /// What people call it.
    pub label: String,
    /// Staffed: counts in denominators while it is open.
    pub staffed: bool,
    /// When it is open, by the clock of the site's zone.
    pub hours: Hours,
}

/// Who knows whether a ward's beds are occupied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OccupancySource {
    /// Bed pads only.
    Pad,
    /// Admissions, transfers and discharges only.
    Visits,
    /// Both; visits decide, the pad tells when the bed was really vacated.
    Both,
}

impl OccupancySource {
    /// Whether visits decide who lies in a bed.
    pub const fn has_visits(self) -> bool {
        matches!(self, Self::Visits | Self::Both)
    }

    /// Whether its beds have pads.
    pub const fn has_pads(self) -> bool {
        matches!(self, Self::Pad | Self::Both)
    }
}

/// A number of an alert rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// For this ward, or (absent) for the whole site.
    pub ward: Option<WardId>,
    /// Name of the rule.
    pub rule: String,
    /// Name of the number, as the rule gives it.
    pub name: String,
    /// The number, in the unit that the rule gives.
    pub value: i64,
}
