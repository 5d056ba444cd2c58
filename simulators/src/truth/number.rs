//! One number from the records that are said to make it, and from nothing else.

use events::control::{BedMaster, MasterWard, Setting};
use events::fact::Fact;
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::kpi::{Term, kpis};
use super::timeline::{Row, Timeline};
use super::{Record, scopes};

/// What a KPI comes to in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Its rows.
    pub rows: Vec<Row>,
    /// What they add up or count.
    pub terms: Vec<Term>,
    /// Staffed beds of the wards.
    pub staffed: usize,
}

/// The rows of a KPI for a ward, or `-` for the whole site. Nothing when the record's
/// bed master does not list the ward, or nobody knows the KPI.
pub fn derive(record: &Record, kpi: &str, ward: &str, window: Span) -> Option<Derived> {
    let kpi = kpis().into_iter().find(|known| known.name == kpi)?;
    let (_, wards) = scopes(record).find(|(name, _)| name == ward)?;
    let timeline = Timeline::of(record).of_wards(wards);
    let beds = wards.iter().flat_map(|ward: &MasterWard| &ward.beds);
    Some(Derived {
        rows: (kpi.rows)(&timeline, window),
        terms: (kpi.terms)(&timeline, window),
        staffed: beds.filter(|bed| bed.staffed).count(),
    })
}

impl Record {
    /// What these facts and readings say, in the order of the log, of the wards and beds
    /// that were listed at `at`. `masters` are oldest first, each with when it came into
    /// force; the first one holds for all time before it.
    pub fn of_records(
        masters: &[(i64, BedMaster)],
        at: i64,
        facts: Vec<Fact>,
        readings: Vec<(DevicePath, Reading)>,
    ) -> Self {
        let in_force = masters.iter().rev().find(|(from, _)| *from <= at);
        let (_, master) = in_force.or(masters.first()).cloned().unwrap_or_default();
        let from = |place: usize, from: i64| if place == 0 { i64::MIN } else { from };
        let settings = masters.iter().enumerate();
        Self {
            master,
            settings: settings
                .map(|(place, (at, master))| (from(place, *at), Setting::Master(master.clone())))
                .collect(),
            facts,
            readings,
            to: i64::MAX,
            ..Self::default()
        }
    }
}
