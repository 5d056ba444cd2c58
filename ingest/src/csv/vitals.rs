//! A row is a vital sign that was observed. No history is folded from it: the rows become
//! facts of the log, as if a device had told them.

use std::collections::BTreeMap;
use std::io::Read;

use events::fact::{Fact, FactFlags, VitalEvent, What};
use events::id::VisitId;
use events::reason::{Reason, Rejected};
use events::time::{CellTime, EventTime};
use events::vital::{self, Sign};

use super::columns::{Columns, Map};
use super::moment::Wall;
use super::rows::{Meter, Rows};
use super::{Error, LISTED_MAX};
use crate::observation;

/// What can be mapped, and whether it must be.
const FIELDS: &[(&str, bool)] = &[
    ("visit", true),
    ("at", true),
    ("sign", true),
    ("value", true),
    ("unit", false),
];

/// How to read a file.
#[derive(Clone, Debug)]
pub struct HowVitals {
    map: Map,
    /// What the file calls signs, and which they are.
    signs: BTreeMap<String, &'static Sign>,
    /// What separates two columns.
    pub separator: u8,
    /// Zone of times without an offset.
    pub wall: Wall,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its line in the file; the header is line 1.
    pub line: u64,
    /// Which field, and what is wrong with it; never what it says.
    pub rejected: Rejected,
    /// The row, as CSV without a line end.
    pub original: Vec<u8>,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct VitalRows {
    /// One a row, in the order of the file.
    pub facts: Vec<Fact>,
    /// Rows that were read.
    pub rows: u64,
    /// Rows of signs that are not mapped.
    pub passed_over: u64,
    /// How many rows were rejected, by reason.
    pub rejected: BTreeMap<Reason, u64>,
    /// The first of these.
    pub listed: Vec<RejectedRow>,
}

impl HowVitals {
    /// Reads what was asked for: `--map` as for other files, and `NAME=SIGN` of each sign.
    ///
    /// # Errors
    /// Says which is wrong.
    pub fn parse(
        map: &[String],
        signs: &[String],
        (separator, wall): (u8, Wall),
    ) -> Result<Self, String> {
        let mut known = BTreeMap::new();
        for text in signs.iter().flat_map(|text| text.split(',')) {
            let (name, sign) = text.split_once('=').ok_or("a sign is not NAME=SIGN")?;
            let sign = vital::named(sign.trim()).ok_or_else(|| {
                let all = vital::SIGNS.iter().map(|sign| sign.name);
                let all = all.collect::<Vec<_>>().join(", ");
                format!("{sign:?} is no vital sign: {all}")
            })?;
            known.insert(name.trim().to_owned(), sign);
        }
        Ok(Self {
            map: Map::of("vitals", FIELDS, map)?,
            signs: known,
            separator,
            wall,
        })
    }

    /// The sign of a name: as it is mapped, else our own name, else a code of LOINC or MDC.
    fn sign(&self, name: &str) -> Option<&'static Sign> {
        let mapped = self.signs.get(name).copied();
        let coded = || vital::by_loinc(name).or_else(|| vital::by_mdc(name));
        mapped
            .or_else(|| vital::named(name))
            .or_else(|| coded().map(|(sign, _)| sign))
    }
}

/// Reads a file to its end; its facts are told at `now`.
///
/// # Errors
/// It is no CSV, lacks a column, or is beyond a bound.
pub fn read(
    file: impl Read,
    how: &HowVitals,
    now: CellTime,
    meter: &Meter,
) -> Result<VitalRows, Error> {
    let mut rows = Rows::new(file, how.separator, meter)?;
    let columns = Columns::find(&how.map, rows.header())?;
    let mut read = VitalRows::default();
    while let Some((line, said)) = rows.next(|line, row| {
        let row = row.map_err(|reason| Rejected::new(Reason::TypeWrong, reason));
        (line, row.and_then(|row| fact(how, &columns, row, now)))
    })? {
        match said {
            Ok(Some(fact)) => read.facts.push(fact),
            Ok(None) => read.passed_over += 1,
            Err(rejected) => read.reject(line, rejected, || rows.original()),
        }
    }
    read.rows = rows.read();
    Ok(read)
}

fn fact(
    how: &HowVitals,
    columns: &Columns,
    row: &[&str],
    now: CellTime,
) -> Result<Option<Fact>, Rejected> {
    let missing = |reason| Rejected::new(Reason::FieldMissing, reason);
    let Some(sign) = how.sign(columns.required("sign", row).map_err(missing)?) else {
        return Ok(None);
    };
    let visit = columns.required("visit", row).map_err(missing)?;
    let visit = VisitId::encode(visit)
        .map_err(|error| Rejected::new(Reason::IdInvalid, format!("visit: {error}")))?;
    let at = columns.required("at", row).map_err(missing)?;
    let at = how
        .wall
        .read(at)
        .map_err(|error| Rejected::new(Reason::TimeInvalid, format!("at: {error}")))?;
    let at = EventTime(at.earlier);
    let value = columns.required("value", row).map_err(missing)?;
    let value = sign.read(value, columns.optional("unit", row))?;
    Ok(Some(Fact {
        at,
        told: now,
        flags: FactFlags::default(),
        what: What::Vital {
            observation: observation::made_of(&[visit.as_str(), sign.name, &at.0.to_string()]),
            visit,
            patient: None,
            code: sign.code(),
            revised: at,
            event: VitalEvent::Observed(value),
        },
    }))
}

impl VitalRows {
    fn reject(&mut self, line: u64, rejected: Rejected, original: impl FnOnce() -> Vec<u8>) {
        *self.rejected.entry(rejected.reason).or_default() += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(RejectedRow {
                line,
                rejected,
                original: original(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
