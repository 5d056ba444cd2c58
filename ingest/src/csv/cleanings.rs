//! A row is a cleaning of a bed: since when it was dirty, when somebody began, when it
//! was clean; each where it is known.

use std::io::Read;

use events::fact::{BedTap, CleaningPhase, What};
use events::place::Place;
use events::time::EventTime;

use super::columns::Columns;
use super::moment::Wall;
use super::rows::Rows;
use super::{Entry, Error, History, Said};

/// What can be mapped, and whether it must be.
pub const FIELDS: &[(&str, bool)] = &[
    ("ward", true),
    ("bed", true),
    ("done", true),
    ("dirty", false),
    ("started", false),
];

struct Cleaning {
    place: Place,
    dirty: Option<i64>,
    started: Option<i64>,
    done: i64,
    line: u64,
}

pub(super) fn read<R: Read>(
    rows: &mut Rows<R>,
    columns: &Columns,
    wall: &Wall,
) -> Result<History, Error> {
    let mut history = History::default();
    let mut cleanings: Vec<Cleaning> = Vec::new();
    while let Some((line, said)) = rows.next(|line, row| {
        let said = row.and_then(|row| cleaning(&mut history, columns, wall, line, row));
        (line, said)
    })? {
        match said {
            Ok(cleaning) => cleanings.push(cleaning),
            Err(reason) => history.reject(line, reason),
        }
    }
    history.rows = rows.read();
    cleanings.sort_by_key(|cleaning| {
        let bed = cleaning.place.bed_key();
        (bed, cleaning.began(), cleaning.done, cleaning.line)
    });
    for of_bed in cleanings.chunk_by(|one, next| one.place == next.place) {
        tell(&mut history, of_bed);
    }
    Ok(history)
}

impl Cleaning {
    /// The first time that is known of it.
    fn began(&self) -> i64 {
        self.dirty.or(self.started).unwrap_or(self.done)
    }
}

fn cleaning(
    history: &mut History,
    columns: &Columns,
    wall: &Wall,
    line: u64,
    row: &[&str],
) -> Result<Cleaning, String> {
    let ward = columns.required("ward", row)?;
    let bed = columns.required("bed", row)?;
    let mut times = [None; 3];
    let mut last = i64::MIN;
    for (time, field) in times.iter_mut().zip(["dirty", "started", "done"]) {
        let text = match field {
            "done" => Some(columns.required(field, row)?),
            _ => columns.optional(field, row),
        };
        if let Some(text) = text {
            let at = wall
                .read(text)
                .map_err(|error| format!("{field}: {error}"))?;
            let at = at.not_before(last);
            if at < last {
                return Err(format!("{field}: is before what comes before it"));
            }
            (*time, last) = (Some(at), at);
        }
    }
    let ward = history.ward(ward)?;
    let place = history.place(ward, Some(bed))?;
    let [dirty, started, _] = times;
    Ok(Cleaning {
        place,
        dirty,
        started,
        done: last,
        line,
    })
}

/// Tells the cleanings of one bed, in their order; there is one at a time.
fn tell(history: &mut History, cleanings: &[Cleaning]) {
    let mut last: Option<(i64, u64)> = None;
    for cleaning in cleanings {
        if let Some((_, line)) = last.filter(|(done, _)| *done > cleaning.began()) {
            let reason = format!("begins before the cleaning in line {line} of the same bed ends");
            history.reject(cleaning.line, reason);
            continue;
        }
        let place = &cleaning.place;
        if let Some(at) = cleaning.dirty {
            let tap = What::Bed {
                place: place.clone(),
                tap: BedTap::Dirty,
            };
            push(history, cleaning, at, Said::Fact(tap));
        }
        if let Some(at) = cleaning.started {
            let started = Said::Cleaning(place.clone(), CleaningPhase::Started);
            push(history, cleaning, at, started);
        }
        let done = Said::Cleaning(place.clone(), CleaningPhase::Done);
        push(history, cleaning, cleaning.done, done);
        last = Some((cleaning.done, cleaning.line));
    }
}

fn push(history: &mut History, cleaning: &Cleaning, at: i64, said: Said) {
    history.entries.push(Entry {
        at: EventTime(at),
        line: cleaning.line,
        said,
    });
}
