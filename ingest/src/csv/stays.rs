//! A row is a stay on a ward, from `in` to `out`; without `out` it has not ended. Rows
//! of one visit of which one begins when the one before ends are a transfer.

use std::io::Read;

use events::fact::{VisitEvent, What};
use events::id::VisitId;
use events::place::Place;
use events::time::EventTime;

use super::columns::Columns;
use super::moment::Wall;
use super::rows::Rows;
use super::{Entry, Error, History, Open, Said};

/// What can be mapped, and whether it must be.
pub const FIELDS: &[(&str, bool)] = &[
    ("visit", true),
    ("ward", true),
    ("in", true),
    ("out", true),
    ("bed", false),
    ("type", false),
];

struct Stay {
    visit: VisitId,
    place: Place,
    from: i64,
    to: Option<i64>,
    line: u64,
}

pub(super) fn read<R: Read>(
    rows: &mut Rows<R>,
    columns: &Columns,
    wall: &Wall,
) -> Result<History, Error> {
    let mut history = History::default();
    let mut stays: Vec<Stay> = Vec::new();
    while let Some((line, stay)) = rows.next(|line, row| {
        let stay = row.and_then(|row| stay(&mut history, columns, wall, line, row));
        (line, stay)
    })? {
        match stay {
            Ok(stay) => stays.push(stay),
            Err(reason) => history.reject(line, reason),
        }
    }
    history.rows = rows.read();
    stays.sort_by(|one, other| {
        let key = |stay: &Stay| (stay.from, stay.to.unwrap_or(i64::MAX), stay.line);
        (&one.visit, key(one)).cmp(&(&other.visit, key(other)))
    });
    for visit in stays.chunk_by(|one, next| one.visit == next.visit) {
        tell(&mut history, visit);
    }
    Ok(history)
}

fn stay(
    history: &mut History,
    columns: &Columns,
    wall: &Wall,
    line: u64,
    row: &[&str],
) -> Result<Stay, String> {
    let visit = columns.required("visit", row)?;
    let visit = VisitId::encode(visit).map_err(|error| format!("visit: {error}"))?;
    let ward = columns.required("ward", row)?;
    let from = columns.required("in", row)?;
    let from = wall.read(from).map_err(|error| format!("in: {error}"))?;
    let from = from.earlier;
    let to = columns.optional("out", row).map(|to| wall.read(to));
    let to = to.transpose().map_err(|error| format!("out: {error}"))?;
    let to = to.map(|to| to.not_before(from));
    if to.is_some_and(|to| to < from) {
        return Err("out: is before in".to_owned());
    }
    let ward = history.ward(ward)?;
    let place = history.place(ward, columns.text("bed", row))?;
    history.count_type(columns.optional("type", row));
    Ok(Stay {
        visit,
        place,
        from,
        to,
        line,
    })
}

/// Tells the stays of one visit, in their order. Nobody is in two places at once.
fn tell(history: &mut History, stays: &[Stay]) {
    let mut last: Option<&Stay> = None;
    for stay in stays {
        let left = last.map(|last| (last.to, last.line));
        match left {
            Some((None, line)) => {
                let reason = format!("in: the same visit has not left in line {line}");
                history.reject(stay.line, reason);
                continue;
            }
            Some((Some(left), line)) if left > stay.from => {
                let reason = format!("in: is before the same visit leaves in line {line}");
                history.reject(stay.line, reason);
                continue;
            }
            Some((Some(left), _)) if left == stay.from => {
                // It goes on elsewhere: nobody was discharged.
                history.entries.pop();
                say(history, stay, stay.from, VisitEvent::Transferred);
            }
            _ => say(history, stay, stay.from, VisitEvent::Admitted),
        }
        if let Some(to) = stay.to {
            say(history, stay, to, |_| VisitEvent::Discharged);
        }
        last = Some(stay);
    }
    if let Some(open) = last.filter(|stay| stay.to.is_none()) {
        history.open.push(Open {
            visit: open.visit.clone(),
            place: open.place.clone(),
        });
    }
}

fn say(history: &mut History, stay: &Stay, at: i64, event: impl FnOnce(Place) -> VisitEvent) {
    let what = What::Visit {
        visit: stay.visit.clone(),
        patient: None,
        event: event(stay.place.clone()),
    };
    history.entries.push(Entry {
        at: EventTime(at),
        line: stay.line,
        said: Said::Fact(what),
    });
}
