//! A row is an appointment: when it was scheduled, and what became of it. Where the row
//! does not say when it was agreed, it is known from the first time that it names.

use std::io::Read;

use events::fact::{AppointmentEvent, What};
use events::id::{AppointmentId, WardId};
use events::time::EventTime;

use super::columns::Columns;
use super::moment::Wall;
use super::rows::Rows;
use super::{Entry, Error, History, Said};

/// What can be mapped, and whether it must be.
pub const FIELDS: &[(&str, bool)] = &[
    ("appointment", true),
    ("ward", true),
    ("scheduled", true),
    ("booked", false),
    ("arrived", false),
    ("roomed", false),
    ("started", false),
    ("ended", false),
    ("cancelled", false),
    ("no_show", false),
    ("type", false),
];

/// What happens one after the other, where it does.
const STEPS: [(&str, AppointmentEvent); 4] = [
    ("arrived", AppointmentEvent::Arrived),
    ("roomed", AppointmentEvent::Roomed),
    ("started", AppointmentEvent::Started),
    ("ended", AppointmentEvent::Ended),
];

pub(super) fn read<R: Read>(
    rows: &mut Rows<R>,
    columns: &Columns,
    wall: &Wall,
) -> Result<History, Error> {
    let mut history = History::default();
    let mut seen = std::collections::BTreeSet::new();
    while let Some((line, said)) = rows.next(|line, row| {
        let said = row.and_then(|row| appointment(&mut history, columns, wall, row));
        (line, said)
    })? {
        match said {
            Ok(said) if !seen.insert(said.appointment.clone()) => {
                history.reject(line, "appointment: was in a line before");
            }
            Ok(said) => said.tell(&mut history, line),
            Err(reason) => history.reject(line, reason),
        }
    }
    history.rows = rows.read();
    Ok(history)
}

struct Appointment {
    appointment: AppointmentId,
    ward: WardId,
    kind: String,
    events: Vec<(i64, AppointmentEvent)>,
}

fn appointment(
    history: &mut History,
    columns: &Columns,
    wall: &Wall,
    row: &[&str],
) -> Result<Appointment, String> {
    let name = columns.required("appointment", row)?;
    let appointment =
        AppointmentId::encode(name).map_err(|error| format!("appointment: {error}"))?;
    let ward = columns.required("ward", row)?;
    let scheduled = columns.required("scheduled", row)?;
    let scheduled = wall.read(scheduled);
    let scheduled = scheduled.map_err(|error| format!("scheduled: {error}"))?;
    let scheduled = scheduled.earlier;
    let mut last: Option<(&str, i64)> = None;
    let mut time = |field: &'static str| -> Result<Option<i64>, String> {
        let Some(text) = columns.optional(field, row) else {
            return Ok(None);
        };
        let at = wall.read(text);
        let at = at.map_err(|error| format!("{field}: {error}"))?;
        let at = at.not_before(last.map_or(i64::MIN, |(_, at)| at));
        if let Some((before, _)) = last.filter(|(_, before)| *before > at) {
            return Err(format!("{field}: is before {before}"));
        }
        last = Some((field, at));
        Ok(Some(at))
    };
    let booked = time("booked")?;
    let mut events = Vec::new();
    for (field, event) in STEPS {
        events.extend(time(field)?.map(|at| (at, event)));
    }
    let first = events.first().map_or(scheduled, |(at, _)| *at);
    let known = booked.unwrap_or_else(|| first.min(scheduled));
    events.insert(0, (known, AppointmentEvent::Booked(EventTime(scheduled))));
    for (field, event) in [
        ("cancelled", AppointmentEvent::Cancelled),
        ("no_show", AppointmentEvent::NoShow),
    ] {
        if said_so(field, columns, row)? {
            if events.len() > 1 {
                return Err(format!("{field}: and yet something else happened"));
            }
            events.push((scheduled.max(known), event));
        }
    }
    let ward = history.ward(ward)?;
    let kind = columns.optional("type", row);
    history.count_type(kind);
    Ok(Appointment {
        appointment,
        ward,
        kind: kind.unwrap_or_default().to_owned(),
        events,
    })
}

/// Whether a row says yes in a field.
fn said_so(field: &str, columns: &Columns, row: &[&str]) -> Result<bool, String> {
    match columns.text(field, row).unwrap_or("") {
        "1" | "true" | "yes" => Ok(true),
        "" | "0" | "false" | "no" => Ok(false),
        _ => Err(format!(
            "{field}: is not 1, true, yes, 0, false, no or empty"
        )),
    }
}

impl Appointment {
    fn tell(self, history: &mut History, line: u64) {
        for (at, event) in self.events {
            let what = What::Appointment {
                appointment: self.appointment.clone(),
                ward: self.ward.clone(),
                practitioner: None,
                room: None,
                kind: self.kind.clone(),
                slot: None,
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
