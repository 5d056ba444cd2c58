//! The bed master in force: which wards and beds are listed, which beds are
//! staffed, who knows whether they are occupied. Versions come by `control` and
//! hold from their epoch on; the first one holds for all time before, too.

use std::collections::{BTreeMap, BTreeSet};

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource};
use events::hours::Hours;
use events::id::WardId;
use events::place::BedKey;
use events::time::{Resolution, Window};
use events::zone::Zone;
use serde::{Deserialize, Serialize};

/// One version of the bed master.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Version {
    zone: Option<Zone>,
    wards: BTreeMap<WardId, ListedWard>,
}

/// A ward of the bed master.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedWard {
    /// As it was told.
    pub ward: MasterWard,
    /// Ids of its staffed beds.
    pub staffed: BTreeSet<String>,
    /// Hours of those staffed beds that are not open at all hours.
    pub hours: BTreeMap<String, Hours>,
    /// Ids of all its beds.
    pub listed: BTreeSet<String>,
}

impl Version {
    fn new(master: BedMaster) -> Self {
        let listed = |ward: MasterWard| {
            let staffed = ward.beds.iter().filter(|bed| bed.staffed);
            let limited = staffed.clone().filter(|bed| !bed.hours.is_always());
            let hours = |bed: &MasterBed| (bed.bed.to_string(), bed.hours.clone());
            let hours = limited.map(hours).collect();
            let staffed = staffed.map(|bed| bed.bed.to_string()).collect();
            let listed = ward.beds.iter().map(|bed| bed.bed.to_string()).collect();
            let key = ward.ward.clone();
            (
                key,
                ListedWard {
                    ward,
                    staffed,
                    hours,
                    listed,
                },
            )
        };
        Self {
            zone: master.time_zone.as_deref().and_then(Zone::named),
            wards: master.wards.into_iter().map(listed).collect(),
        }
    }

    /// The zone by whose clock the site lives, when it is known.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The listed wards, by id.
    pub fn wards(&self) -> impl Iterator<Item = (&WardId, &ListedWard)> {
        self.wards.iter()
    }

    /// A ward, if it is listed.
    pub fn ward(&self, ward: &WardId) -> Option<&ListedWard> {
        self.wards.get(ward)
    }

    /// A bed, if it is listed.
    pub fn bed(&self, key: &BedKey) -> Option<&MasterBed> {
        let ward = self.wards.get(&key.ward)?;
        ward.ward.beds.iter().find(|bed| bed.bed == key.bed)
    }

    /// When a bed is open that is staffed, and not at all hours.
    pub fn hours(&self, key: &BedKey) -> Option<&Hours> {
        self.ward(&key.ward)?.hours.get(key.bed.as_str())
    }

    /// Who knows whether a ward's beds are occupied; for unlisted wards, visits.
    pub fn source(&self, ward: &WardId) -> OccupancySource {
        self.ward(ward)
            .map_or(OccupancySource::Visits, |listed| listed.ward.source)
    }

    /// Every listed bed.
    pub fn beds(&self) -> impl Iterator<Item = BedKey> {
        self.wards.values().flat_map(|listed| {
            listed.ward.beds.iter().map(|bed| BedKey {
                ward: listed.ward.ward.clone(),
                bed: bed.bed.clone(),
            })
        })
    }
}

/// All versions within the horizon, by when they came into force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Master {
    versions: Vec<(i64, Version)>,
}

impl Default for Master {
    fn default() -> Self {
        Self {
            versions: vec![(i64::MIN, Version::default())],
        }
    }
}

impl Master {
    /// Puts a version into force at `now`.
    pub fn set(&mut self, now: i64, master: BedMaster) {
        let version = Version::new(master);
        if self.is_empty() {
            self.versions = vec![(i64::MIN, version)];
        } else {
            self.versions.push((now, version));
        }
    }

    /// The window that a time lies in, by the clock of the zone in force at that time.
    pub fn window(&self, resolution: Resolution, at: i64) -> Window {
        resolution.window(at, self.at(at).zone())
    }

    /// Whether there has been none yet.
    pub fn is_empty(&self) -> bool {
        self.versions.len() == 1 && self.versions[0].1.wards.is_empty()
    }

    /// The version that was in force at a time.
    pub fn at(&self, time: i64) -> &Version {
        let after = self.versions.partition_point(|(from, _)| *from <= time);
        &self.versions[after.max(1) - 1].1
    }

    /// All versions that are kept, oldest first; the oldest holds for all time
    /// before.
    pub fn versions(&self) -> impl Iterator<Item = (i64, &Version)> {
        self.versions.iter().map(|(from, version)| (*from, version))
    }

    /// Who knew before a time whether a ward's beds are occupied.
    pub fn source_before(&self, ward: &WardId, time: i64) -> OccupancySource {
        self.at(time.saturating_sub(1)).source(ward)
    }

    /// When, from a time on, others knew whether a ward's beds are occupied.
    pub fn source_changes(&self, ward: &WardId, since: i64) -> Vec<(i64, OccupancySource)> {
        let mut before = self.source_before(ward, since);
        let mut changes = Vec::new();
        for (from, version) in self.versions().filter(|(from, _)| *from >= since) {
            let source = version.source(ward);
            if source != before {
                changes.push((from, source));
                before = source;
            }
        }
        changes
    }

    /// Whether a bed was listed at a time.
    pub fn lists(&self, key: &BedKey, time: i64) -> bool {
        self.at(time).bed(key).is_some()
    }

    /// The newest version.
    pub fn now(&self) -> &Version {
        self.at(i64::MAX)
    }

    /// Lets go of versions that were replaced before `edge`.
    pub fn forget(&mut self, edge: i64) {
        let old = self.versions.partition_point(|(from, _)| *from < edge);
        self.versions.drain(..old.saturating_sub(1));
    }
}
