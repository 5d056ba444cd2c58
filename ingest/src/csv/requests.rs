//! A row is the request of a bed: when it was made, and what became of it. A visit has one.

use std::collections::BTreeSet;
use std::io::Read;

use events::fact::{VisitEvent, What};
use events::id::{VisitId, WardId};
use events::time::EventTime;

use super::columns::Columns;
use super::moment::Wall;
use super::rows::Rows;
use super::{Entry, Error, History, Said};

/// What can be mapped, and whether it must be.
pub const FIELDS: &[(&str, bool)] = &[
    ("visit", true),
    ("ward", true),
    ("requested", true),
    ("assigned", false),
    ("placed", false),
    ("cancelled", false),
    ("bed", false),
];

struct Request {
    visit: VisitId,
    events: Vec<(i64, VisitEvent)>,
}

pub(super) fn read<R: Read>(
    rows: &mut Rows<R>,
    columns: &Columns,
    wall: &Wall,
) -> Result<History, Error> {
    let mut history = History::default();
    let mut seen = BTreeSet::new();
    while let Some((line, said)) = rows.next(|line, row| {
        let said = row.and_then(|row| request(&mut history, columns, wall, row));
        (line, said)
    })? {
        match said {
            Ok(said) if !seen.insert(said.visit.clone()) => {
                history.reject(line, "visit: was in a line before");
            }
            Ok(said) => said.tell(&mut history, line),
            Err(reason) => history.reject(line, reason),
        }
    }
    history.rows = rows.read();
    Ok(history)
}

fn request(
    history: &mut History,
    columns: &Columns,
    wall: &Wall,
    row: &[&str],
) -> Result<Request, String> {
    let visit = columns.required("visit", row)?;
    let visit = VisitId::encode(visit).map_err(|error| format!("visit: {error}"))?;
    let ward = columns.required("ward", row)?;
    let requested = columns.required("requested", row)?;
    let requested = wall.read(requested);
    let requested = requested.map_err(|error| format!("requested: {error}"))?;
    let requested = requested.earlier;
    let mut times = [None; 3];
    let mut last = ("requested", requested);
    for (time, field) in times.iter_mut().zip(["assigned", "placed", "cancelled"]) {
        let Some(text) = columns.optional(field, row) else {
            continue;
        };
        let at = wall.read(text);
        let at = at.map_err(|error| format!("{field}: {error}"))?;
        let at = at.not_before(last.1);
        if at < last.1 {
            return Err(format!("{field}: is before {}", last.0));
        }
        (*time, last) = (Some(at), (field, at));
    }
    let [assigned, placed, cancelled] = times;
    if placed.is_some() && cancelled.is_some() {
        return Err("cancelled: and yet the patient was placed".to_owned());
    }
    let ward: WardId = history.ward(ward)?;
    let place = history.place(ward.clone(), columns.text("bed", row))?;
    let steps = [
        (Some(requested), VisitEvent::BedRequested(ward)),
        (assigned, VisitEvent::BedAssigned(place.clone())),
        (placed, VisitEvent::Admitted(place)),
        (cancelled, VisitEvent::Cancelled),
    ];
    let steps = steps.into_iter();
    Ok(Request {
        visit,
        events: steps.filter_map(|(at, event)| Some((at?, event))).collect(),
    })
}

impl Request {
    fn tell(self, history: &mut History, line: u64) {
        for (at, event) in self.events {
            let what = What::Visit {
                visit: self.visit.clone(),
                patient: None,
                event,
            };
            history.entries.push(Entry {
                at: EventTime(at),
                line,
                said: Said::Fact(what),
            });
        }
    }
}
