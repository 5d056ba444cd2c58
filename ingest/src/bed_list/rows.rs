//! A row is a bed, or, with an empty `bed`, a ward that has none, such as a clinic.

use std::io::Read;

use events::control::OccupancySource;
use events::hours::Hours;
use events::id::{BedId, RoomId, WardId};

use super::{Bed, BedList};
use crate::csv::columns::{Columns, Map};
use crate::csv::rows::Rows;
use crate::csv::{Error, Meter};

/// What can be mapped, and whether it must be.
pub const FIELDS: &[(&str, bool)] = &[
    ("ward", true),
    ("bed", true),
    ("room", false),
    ("label", false),
    ("staffed", false),
    ("hours", false),
    ("ward_label", false),
    ("source", false),
];

/// Reads which column is what.
///
/// # Errors
/// Says which field is wrong, missing or given twice.
pub fn map(texts: &[String]) -> Result<Map, String> {
    Map::of("a bed list", FIELDS, texts)
}

/// Reads a file to its end.
///
/// # Errors
/// It is no CSV, lacks a column, or is beyond a bound.
pub fn read(file: impl Read, map: &Map, separator: u8) -> Result<BedList, Error> {
    let mut rows = Rows::new(file, separator, &Meter::default())?;
    let columns = Columns::find(map, rows.header())?;
    let mut list = BedList::default();
    while let Some((line, taken)) = rows.next(|line, row| {
        let taken = row
            .map_err(|reason| ("", reason))
            .and_then(|row| take(&mut list, &columns, row));
        (line, taken)
    })? {
        if let Err((field, reason)) = taken {
            list.reject(format!("line {line}"), column(map, field, &reason));
        }
    }
    list.entries = rows.read();
    Ok(list)
}

/// The reason, with the column as the file calls it.
fn column(map: &Map, field: &str, reason: &str) -> String {
    match map.column(field) {
        Some(column) => format!("{field} (column {column:?}): {reason}"),
        None if field.is_empty() => reason.to_owned(),
        None => format!("{field}: {reason}"),
    }
}

type Wrong = (&'static str, String);

fn take(list: &mut BedList, columns: &Columns, row: &[&str]) -> Result<(), Wrong> {
    let text = |field: &'static str| columns.optional(field, row);
    let ward = text("ward").ok_or_else(|| ("ward", "is empty".to_owned()))?;
    let ward = WardId::encode(ward).map_err(|error| ("ward", error.to_string()))?;
    let bed = text("bed").map(BedId::encode).transpose();
    let bed = bed.map_err(|error| ("bed", error.to_string()))?;
    let room = text("room").map(RoomId::encode).transpose();
    let room = room.map_err(|error| ("room", error.to_string()))?;
    let staffed = text("staffed").map(yes_or_no).transpose();
    let staffed = staffed.map_err(|reason| ("staffed", reason))?;
    let hours = text("hours").map(Hours::parse).transpose();
    let hours = hours.map_err(|error| ("hours", error.to_string()))?;
    let source = text("source").map(source).transpose();
    let source = source.map_err(|reason| ("source", reason))?;
    list.ward(&ward, text("ward_label"), source)
        .map_err(|reason| ("", reason))?;
    let Some(bed) = bed else {
        return Ok(());
    };
    let bed = Bed {
        bed,
        room,
        label: text("label").map(str::to_owned),
        staffed,
        hours,
    };
    list.bed(&ward, bed).map_err(|reason| ("", reason))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err("is not 1, true, yes, 0, false, no or empty".to_owned()),
    }
}

fn source(text: &str) -> Result<OccupancySource, String> {
    match text {
        "pad" => Ok(OccupancySource::Pad),
        "visits" => Ok(OccupancySource::Visits),
        "both" => Ok(OccupancySource::Both),
        _ => Err("is not pad, visits, both or empty".to_owned()),
    }
}
