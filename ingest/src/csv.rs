//! CSV files of what has passed: stays, appointments, cleanings, requests of beds. A file
//! is read row by row, and gives what became true, sorted by time; a row that says nothing
//! that can be true is rejected with its line and a reason, never with what stood there.
//!
//! ```text
//! file --rows--> columns (which is which) --stays, appointments, cleanings, requests--> entries
//! ```
//!
//! Pure, but for the bytes that are read.

pub mod appointments;
pub mod cleanings;
pub mod columns;
pub mod moment;
pub mod requests;
pub mod rows;
pub mod stays;
pub mod vitals;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use events::fact::{CleaningPhase, What};
use events::id::{BedId, VisitId, WardId};
use events::place::{BedKey, Place};
use events::time::EventTime;

use columns::{Columns, Map};
use moment::Wall;
use rows::Rows;

pub use rows::Meter;

/// Rows of a file, rejected ones among them: what is read is kept until it is sorted.
pub const ROWS_MAX: u64 = 1_000_000;
/// Wards that a file names: as many as a site has.
pub const WARDS_MAX: usize = 1_000;
/// Rejected rows of which line and reason are kept; all are counted.
pub const LISTED_MAX: usize = 10_000;
/// Different texts of the column `type` that are counted, each by itself.
const TYPES_MAX: usize = 100;

/// Why a file can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The header lacks a column, or has it twice.
    #[error("{0}")]
    Header(String),
    /// The file is no CSV, or can't be read.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// Where.
        line: u64,
        /// Why.
        reason: String,
    },
    /// There are more rows than can be sorted.
    #[error("has more than {ROWS_MAX} rows, which is the bound: split it by time")]
    TooManyRows,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A row a stay on a ward.
    Stays,
    /// A row an appointment.
    Appointments,
    /// A row a cleaning of a bed.
    Cleaning,
    /// A row the request of a bed.
    Requests,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Stays,
        Self::Appointments,
        Self::Cleaning,
        Self::Requests,
    ];

    /// Its name in commands and in the names of runs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::Appointments => "appointments",
            Self::Cleaning => "cleaning",
            Self::Requests => "requests",
        }
    }

    /// What can be mapped, and whether it must be.
    pub const fn fields(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Stays => stays::FIELDS,
            Self::Appointments => appointments::FIELDS,
            Self::Cleaning => cleanings::FIELDS,
            Self::Requests => requests::FIELDS,
        }
    }
}

/// Something that became true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: EventTime,
    /// The row that says so.
    pub line: u64,
    /// What.
    pub said: Said,
}

/// What can become true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A fact.
    Fact(What),
    /// A bed was cleaned.
    Cleaning(Place, CleaningPhase),
}

/// A stay that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Of which visit.
    pub visit: VisitId,
    /// Where.
    pub place: Place,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file; the header is line 1.
    pub line: u64,
    /// Which field, and what is wrong with it; never what it says.
    pub reason: String,
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct How {
    /// What kind of file it is.
    pub kind: Kind,
    /// Which column is what.
    pub map: Map,
    /// What separates two columns.
    pub separator: u8,
    /// Zone of times without an offset, and the time after which nothing can be.
    pub wall: Wall,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct History {
    /// By time, and what is of one time in the order in which it was.
    pub entries: Vec<Entry>,
    /// Stays that have not ended, by visit.
    pub open: Vec<Open>,
    /// The wards that it names.
    pub wards: BTreeSet<WardId>,
    /// The beds that it names.
    pub beds: BTreeSet<BedKey>,
    /// Rows that were read.
    pub rows: u64,
    /// How many of them were not taken.
    pub rejected: u64,
    /// The first of these, by line.
    pub listed: Vec<Reject>,
    /// Rows that could be read, by their text of the column `type`.
    pub types: BTreeMap<String, u64>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl History {
    /// Rejects a row.
    fn reject(&mut self, line: u64, reason: impl Into<String>) {
        self.rejected += 1;
        if self.listed.len() < LISTED_MAX {
            let reason = reason.into();
            self.listed.push(Reject { line, reason });
        }
    }

    fn count_type(&mut self, text: Option<&str>) {
        let Some(text) = text else {
            return;
        };
        if self.types.contains_key(text) || self.types.len() < TYPES_MAX {
            *self.types.entry(text.to_owned()).or_default() += 1;
        }
    }

    /// The ward of a row, of which there may be so many.
    fn ward(&mut self, name: &str) -> Result<WardId, String> {
        let ward = WardId::encode(name).map_err(|error| format!("ward: {error}"))?;
        if let Some(known) = self.wards.get(&ward) {
            return Ok(known.clone());
        }
        if self.wards.len() >= WARDS_MAX {
            return Err(format!("ward: the file names more than {WARDS_MAX}"));
        }
        self.wards.insert(ward.clone());
        Ok(ward)
    }

    fn place(&mut self, ward: WardId, bed: Option<&str>) -> Result<Place, String> {
        let bed = bed.filter(|bed| !bed.is_empty()).map(BedId::encode);
        let bed = bed.transpose().map_err(|error| format!("bed: {error}"))?;
        let place = Place {
            ward,
            room: None,
            bed,
        };
        if let Some(key) = place.bed_key() {
            self.beds.insert(key);
        }
        Ok(place)
    }

    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.at);
        self.listed.sort_by_key(|reject| reject.line);
    }
}

/// Reads a file to its end.
///
/// # Errors
/// It is no CSV, lacks a column, or is beyond a bound.
pub fn read(file: impl Read, how: &How, meter: &Meter) -> Result<History, Error> {
    let mut rows = Rows::new(file, how.separator, meter)?;
    let columns = Columns::find(&how.map, rows.header())?;
    let mut history = match how.kind {
        Kind::Stays => stays::read(&mut rows, &columns, &how.wall)?,
        Kind::Appointments => appointments::read(&mut rows, &columns, &how.wall)?,
        Kind::Cleaning => cleanings::read(&mut rows, &columns, &how.wall)?,
        Kind::Requests => requests::read(&mut rows, &columns, &how.wall)?,
    };
    history.sha256 = rows.end();
    history.sort();
    Ok(history)
}

#[cfg(test)]
mod tests;
