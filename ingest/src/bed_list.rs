//! A list of the beds of a site, as another system keeps it: wards, rooms, beds. What the
//! list leaves open stays as the bed master in force has it. Pure, but for the bytes that
//! are read.
//!
//! - [`rows`]: from a CSV file, a row a bed.
//! - [`crate::fhir::bed_list`]: from the `Location` resources of a FHIR bundle.

pub mod rows;

use std::collections::{BTreeMap, BTreeSet};

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource};
use events::hours::Hours;
use events::id::{BedId, RoomId, WardId};

/// Wards that a list names: as many as a site has.
pub const WARDS_MAX: usize = 1_000;
/// Beds that a list names: as many as a site has.
pub const BEDS_MAX: usize = 10_000;
/// Rejected entries of which place and reason are kept; all are counted.
pub const REJECTED_MAX: usize = 1_000;

/// The beds of a site, as far as they are told.
#[derive(Debug, Default)]
pub struct BedList {
    /// In the order in which the list names them.
    wards: Vec<Ward>,
    /// Where a ward stands in `wards`.
    places: BTreeMap<WardId, usize>,
    beds: BTreeSet<(WardId, BedId)>,
    /// Entries that were read.
    pub entries: u64,
    /// Entries that are no bed and no ward, or are not in use.
    pub ignored: u64,
    /// Wards whose hours of opening are left out: beds have them.
    pub hours_left_out: u64,
    /// Entries that were not taken.
    pub rejected: u64,
    /// The first of these.
    pub listed: Vec<Rejected>,
}

/// An entry that was not taken: where it stands, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its line, or its place in the bundle.
    pub at: String,
    /// The column or element, and what is wrong with it; never what it says.
    pub reason: String,
}

#[derive(Debug)]
struct Ward {
    ward: WardId,
    label: Option<String>,
    source: Option<OccupancySource>,
    beds: Vec<Bed>,
}

/// A bed of the list.
#[derive(Clone, Debug)]
pub struct Bed {
    /// Its id.
    pub bed: BedId,
    /// Its room, when told.
    pub room: Option<RoomId>,
    /// What people call it, when told.
    pub label: Option<String>,
    /// Whether it is staffed, when told.
    pub staffed: Option<bool>,
    /// When it is open, when told.
    pub hours: Option<Hours>,
}

impl BedList {
    /// Of so many entries, of which none has been looked at.
    pub(crate) fn of(entries: u64) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }

    /// Adds a ward, or what more is told of it.
    ///
    /// # Errors
    /// There are too many, or it is told twice and not the same.
    pub fn ward(
        &mut self,
        ward: &WardId,
        label: Option<&str>,
        source: Option<OccupancySource>,
    ) -> Result<(), String> {
        let place = self.place(ward)?;
        let known = &mut self.wards[place];
        let label = label.map(str::to_owned);
        if known.label.is_some() && label.is_some() && known.label != label {
            return Err("the ward's label: is another one than before".to_owned());
        }
        if known.source.is_some() && source.is_some() && known.source != source {
            return Err("the ward's source: is another one than before".to_owned());
        }
        known.label = known.label.take().or(label);
        known.source = known.source.or(source);
        Ok(())
    }

    /// Adds a bed of a ward.
    ///
    /// # Errors
    /// There are too many, or it was there before.
    pub fn bed(&mut self, ward: &WardId, bed: Bed) -> Result<(), String> {
        if self.beds.len() >= BEDS_MAX {
            return Err(format!("bed: the list names more than {BEDS_MAX}"));
        }
        let place = self.place(ward)?;
        if !self.beds.insert((ward.clone(), bed.bed.clone())) {
            return Err("bed: was named before".to_owned());
        }
        self.wards[place].beds.push(bed);
        Ok(())
    }

    fn place(&mut self, ward: &WardId) -> Result<usize, String> {
        if let Some(place) = self.places.get(ward) {
            return Ok(*place);
        }
        if self.wards.len() >= WARDS_MAX {
            return Err(format!("ward: the list names more than {WARDS_MAX}"));
        }
        self.places.insert(ward.clone(), self.wards.len());
        self.wards.push(Ward {
            ward: ward.clone(),
            label: None,
            source: None,
            beds: Vec::new(),
        });
        Ok(self.wards.len() - 1)
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.wards.is_empty()
    }

    /// Says why an entry is not taken.
    pub fn reject(&mut self, at: impl Into<String>, reason: impl Into<String>) {
        self.rejected += 1;
        if self.listed.len() < REJECTED_MAX {
            self.listed.push(Rejected {
                at: at.into(),
                reason: reason.into(),
            });
        }
    }

    /// The whole bed master: what the list says, and where it says nothing what was in
    /// force. Wards and beds that it does not name are no longer listed.
    pub fn master(&self, in_force: &BedMaster) -> BedMaster {
        let before: BTreeMap<&WardId, &MasterWard> = in_force
            .wards
            .iter()
            .map(|ward| (&ward.ward, ward))
            .collect();
        BedMaster {
            label: in_force.label.clone(),
            time_zone: in_force.time_zone.clone(),
            wards: self
                .wards
                .iter()
                .map(|ward| ward.listed(before.get(&ward.ward).copied()))
                .collect(),
        }
    }
}

impl Ward {
    fn listed(&self, before: Option<&MasterWard>) -> MasterWard {
        let beds: BTreeMap<&BedId, &MasterBed> = before
            .iter()
            .flat_map(|ward| &ward.beds)
            .map(|bed| (&bed.bed, bed))
            .collect();
        let label = self.label.clone();
        let label = label.or_else(|| before.map(|ward| ward.label.clone()));
        let source = self.source.or_else(|| before.map(|ward| ward.source));
        MasterWard {
            ward: self.ward.clone(),
            label: label.unwrap_or_else(|| self.ward.label()),
            source: source.unwrap_or(OccupancySource::Visits),
            beds: self
                .beds
                .iter()
                .map(|bed| bed.listed(beds.get(&bed.bed).copied()))
                .collect(),
        }
    }
}

impl Bed {
    /// As the bed master has it; of a bed that it does not know yet, a bed that is staffed
    /// and open at all hours.
    pub fn listed(&self, before: Option<&MasterBed>) -> MasterBed {
        let room = self.room.clone();
        let hours = self.hours.clone();
        let hours = hours.or_else(|| before.map(|bed| bed.hours.clone()));
        let label = self.label.clone();
        let label = label.or_else(|| before.map(|bed| bed.label.clone()));
        MasterBed {
            bed: self.bed.clone(),
            room: room.or_else(|| before.and_then(|bed| bed.room.clone())),
            label: label.unwrap_or_else(|| self.bed.label()),
            staffed: self
                .staffed
                .or_else(|| before.map(|bed| bed.staffed))
                .unwrap_or(true),
            hours: hours.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
