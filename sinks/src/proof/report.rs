//! What a comparison has found: counts, differences, and what could not be compared. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::table::TABLES;

/// How a stored row differs from what was computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Added,
    Altered,
    Missing,
}

/// A row that is not as it was computed again.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub(super) table: &'static str,
    pub(super) key: Vec<(&'static str, Value)>,
    pub(super) found: Found,
    /// Those that differ.
    pub(super) columns: Vec<Column>,
}

/// A column of it; a row that is not there has no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) stored: Option<Value>,
    pub(super) recomputed: Option<Value>,
}

impl Difference {
    /// As an object.
    pub fn json(&self) -> Value {
        let key = self.key.iter().cloned();
        let key: Map<String, Value> = key.map(|(name, value)| (name.to_owned(), value)).collect();
        let columns = self.columns.iter().map(|column| {
            json!({
                "column": column.name,
                "stored": column.stored,
                "recomputed": column.recomputed,
            })
        });
        json!({
            "table": self.table,
            "found": match self.found {
                Found::Added => "added",
                Found::Altered => "altered",
                Found::Missing => "missing",
            },
            "key": key,
            "columns": columns.collect::<Vec<_>>(),
        })
    }
}

/// A line: table, key, and each column that differs.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        for (name, value) in &self.key {
            write!(f, " {name}={}", plain(value))?;
        }
        match self.found {
            Found::Altered => write!(f, ":")?,
            Found::Missing => write!(f, ": is missing, recomputed")?,
            Found::Added => write!(f, ": was added,")?,
        }
        for (place, column) in self.columns.iter().enumerate() {
            let name = column.name;
            match (&column.stored, &column.recomputed) {
                (Some(stored), Some(recomputed)) => {
                    let comma = if place > 0 { "," } else { "" };
                    let (stored, recomputed) = (plain(stored), plain(recomputed));
                    write!(f, "{comma} {name} is {stored}, recomputed {recomputed}")?;
                }
                (Some(only), None) | (None, Some(only)) => write!(f, " {name}={}", plain(only))?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

/// A value without quotation marks.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.escape_debug().to_string(),
        other => other.to_string(),
    }
}

/// Why a row that was computed again can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// ClickHouse need not keep it any more.
    Expired,
    /// It is not stored yet.
    NotStored,
    /// It was computed by this version, which is not known.
    Unknown(u32),
}

/// What was found in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Rows that were computed again and looked for.
    pub(super) compared: u64,
    different: u64,
    set_aside: BTreeMap<Why, u64>,
}

/// What a comparison has found.
#[derive(Debug, Default)]
pub struct Report {
    pub(super) counted: [Counted; TABLES.len()],
    /// Differences that are listed, at most.
    list_max: usize,
    listed: Vec<Difference>,
}

impl Report {
    pub(super) fn new(list_max: usize) -> Self {
        Self {
            list_max,
            ..Self::default()
        }
    }

    pub(super) fn set_aside(&mut self, table: usize, why: Why) {
        *self.counted[table].set_aside.entry(why).or_default() += 1;
    }

    pub(super) fn add(&mut self, table: usize, difference: Difference) {
        self.counted[table].different += 1;
        if self.listed.len() < self.list_max {
            self.listed.push(difference);
        }
    }

    /// How many rows differ.
    pub fn differences(&self) -> u64 {
        self.counted.iter().map(|counted| counted.different).sum()
    }

    /// The first of them.
    pub fn listed(&self) -> &[Difference] {
        &self.listed
    }

    /// Rows that were compared, of each table.
    pub fn compared(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let tables = TABLES.iter().zip(&self.counted);
        tables.map(|(table, counted)| (table.name, counted.compared))
    }

    /// What could not be compared, and why: a sentence each.
    pub fn not_compared(&self) -> Vec<String> {
        let tables = TABLES.iter().zip(&self.counted);
        let sentences = tables.flat_map(|(table, counted)| {
            counted.set_aside.iter().map(|(why, rows)| {
                let reason = match why {
                    Why::Expired => "are older than ClickHouse keeps them".to_owned(),
                    Why::NotStored => "are not stored yet".to_owned(),
                    Why::Unknown(version) => {
                        format!("follow from version {version} of the computation, which this program does not know")
                    }
                };
                format!("{rows} rows of {} {reason}, and were not compared", table.name)
            })
        });
        sentences.collect()
    }
}
