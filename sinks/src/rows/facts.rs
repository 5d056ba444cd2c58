//! Rows of the table `facts`.

use clickhouse::Row;
use events::command::{Action, Command};
use events::fact::{AppointmentEvent, BedTap, Fact, SlotEvent, Told, VisitEvent, VitalEvent, What};
use events::id::{CodeId, RoleId, StaffId, WardId};
use events::place::Place;
use events::vital::{self, VitalValue};
use serde::Serialize;

/// A row of `facts`.
#[derive(Row, Serialize)]
pub(crate) struct FactRow<'a> {
    tenant: &'a str,
    site: &'a str,
    source: &'a str,
    kind: &'static str,
    event: &'static str,
    subject: &'a str,
    at: i64,
    told: i64,
    flags: u32,
    ward: &'a str,
    room: &'a str,
    bed: &'a str,
    patient: &'a str,
    practitioner: &'a str,
    role: &'a str,
    detail: &'a str,
    due: Option<i64>,
    slot: &'a str,
    until: Option<i64>,
    observation: &'a str,
    code: &'a str,
    revised: Option<i64>,
    digits: Option<i64>,
    scale: u8,
    unit: &'a str,
    lane: u32,
    log_offset: u64,
    fact_index: u32,
}

/// The rows of what one request or message said.
pub(crate) fn facts(told: &Told, lane: u32, log_offset: u64) -> impl Iterator<Item = FactRow<'_>> {
    (0..).zip(&told.facts).map(move |(fact_index, fact)| {
        let blank = FactRow {
            tenant: told.site.tenant.as_str(),
            site: told.site.site.as_str(),
            source: &told.source,
            kind: "",
            event: "",
            subject: "",
            at: fact.at.0,
            told: fact.told.0,
            flags: fact.flags.0,
            ward: "",
            room: "",
            bed: "",
            patient: "",
            practitioner: "",
            role: "",
            detail: "",
            due: None,
            slot: "",
            until: None,
            observation: "",
            code: "",
            revised: None,
            digits: None,
            scale: 0,
            unit: "",
            lane,
            log_offset,
            fact_index,
        };
        fill(blank, fact)
    })
}

fn fill<'a>(row: FactRow<'a>, fact: &'a Fact) -> FactRow<'a> {
    match &fact.what {
        What::Visit {
            visit,
            patient,
            event,
        } => FactRow {
            kind: "visit",
            subject: visit.as_str(),
            patient: patient.as_ref().map_or("", |patient| patient.as_str()),
            ..visit_event(row, event)
        },
        What::Vital {
            visit,
            patient,
            observation,
            code,
            revised,
            event,
        } => FactRow {
            kind: "vital",
            subject: visit.as_str(),
            patient: patient.as_ref().map_or("", |patient| patient.as_str()),
            observation: observation.as_str(),
            code: code.as_str(),
            revised: Some(revised.0),
            ..vital_event(row, code, *event)
        },
        What::Appointment {
            appointment,
            ward,
            practitioner,
            room,
            kind,
            slot,
            event,
        } => FactRow {
            kind: "appointment",
            subject: appointment.as_str(),
            ward: ward.as_str(),
            room: room.as_ref().map_or("", |room| room.as_str()),
            practitioner: practitioner.as_ref().map_or("", |staff| staff.as_str()),
            detail: kind,
            slot: slot.as_ref().map_or("", |slot| slot.as_str()),
            ..appointment_event(row, *event)
        },
        What::Slot {
            slot,
            ward,
            kind,
            event,
        } => FactRow {
            kind: "slot",
            subject: slot.as_str(),
            ward: ward.as_str(),
            detail: kind,
            ..slot_event(row, *event)
        },
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => shift(at_ward(row, ward), (member, role, *on_shift)),
        What::Bed { place, tap } => bed(at_place(row, place), tap),
        What::Command(command) => asked(row, command),
    }
}

fn at_ward<'a>(row: FactRow<'a>, ward: &'a WardId) -> FactRow<'a> {
    FactRow {
        ward: ward.as_str(),
        ..row
    }
}

fn shift<'a>(
    row: FactRow<'a>,
    (member, role, begins): (&'a StaffId, &'a RoleId, bool),
) -> FactRow<'a> {
    let event = if begins {
        "shift_started"
    } else {
        "shift_ended"
    };
    FactRow {
        kind: "staff",
        event,
        subject: member.as_str(),
        role: role.as_str(),
        ..row
    }
}

fn bed<'a>(row: FactRow<'a>, tap: &'a BedTap) -> FactRow<'a> {
    FactRow {
        kind: "bed",
        subject: row.bed,
        ..tapped(row, tap)
    }
}

fn asked<'a>(row: FactRow<'a>, command: &'a Command) -> FactRow<'a> {
    let row = match &command.action {
        Action::Tap { place, tap } => tapped(at_place(row, place), tap),
        Action::Annotate { ward, .. } | Action::Undo { ward, .. } => at_ward(row, ward),
        _ => row,
    };
    FactRow {
        kind: "command",
        event: command.action.name(),
        subject: command.action.alert().unwrap_or(row.bed),
        role: &command.by.role,
        detail: command.action.text(),
        ..row
    }
}

fn at_place<'a>(row: FactRow<'a>, place: &'a Place) -> FactRow<'a> {
    FactRow {
        ward: place.ward.as_str(),
        room: place.room.as_ref().map_or("", |room| room.as_str()),
        bed: place.bed.as_ref().map_or("", |bed| bed.as_str()),
        ..row
    }
}

fn visit_event<'a>(row: FactRow<'a>, event: &'a VisitEvent) -> FactRow<'a> {
    let (event, row) = match event {
        VisitEvent::BedRequested(ward) => ("bed_requested", at_ward(row, ward)),
        VisitEvent::BedAssigned(place) => ("bed_assigned", at_place(row, place)),
        VisitEvent::ReadyToMove => ("ready_to_move", row),
        VisitEvent::Admitted(place) => ("admitted", at_place(row, place)),
        VisitEvent::Transferred(place) => ("transferred", at_place(row, place)),
        VisitEvent::ReadyToLeave => ("ready_to_leave", row),
        VisitEvent::ExpectedDischarge(at) => (
            "expected_discharge",
            FactRow {
                due: Some(at.0),
                ..row
            },
        ),
        VisitEvent::Discharged => ("discharged", row),
        VisitEvent::Cancelled => ("cancelled", row),
        VisitEvent::PlacedByCancel(place) => ("placed_by_cancel", at_place(row, place)),
        VisitEvent::Emergency => ("emergency", row),
        VisitEvent::AdmissionDecided => ("admission_decided", row),
        VisitEvent::LeftUnseen => ("left_unseen", row),
        VisitEvent::StayBegan(at) => (
            "stay_began",
            FactRow {
                due: Some(at.0),
                ..row
            },
        ),
        VisitEvent::Merged(into) => (
            "merged",
            FactRow {
                detail: into.as_str(),
                ..row
            },
        ),
    };
    FactRow { event, ..row }
}

fn vital_event<'a>(row: FactRow<'a>, code: &CodeId, event: VitalEvent) -> FactRow<'a> {
    let sign = vital::by_code(code);
    let row = FactRow {
        event: sign.map_or("", |sign| sign.name),
        ..row
    };
    match event {
        VitalEvent::Withdrawn => FactRow {
            detail: "withdrawn",
            ..row
        },
        VitalEvent::Observed(VitalValue::Level(level)) => FactRow {
            detail: level.letter(),
            ..row
        },
        VitalEvent::Observed(VitalValue::Number(number)) => FactRow {
            digits: Some(number.digits),
            scale: number.scale,
            unit: sign.map_or("", |sign| sign.unit()),
            ..row
        },
    }
}

const fn slot_event(row: FactRow<'_>, event: SlotEvent) -> FactRow<'_> {
    let (event, due, until) = match event {
        SlotEvent::Offered { start, end } => ("offered", Some(start.0), Some(end.0)),
        SlotEvent::Booked => ("booked", None, None),
        SlotEvent::Withdrawn => ("withdrawn", None, None),
    };
    FactRow {
        event,
        due,
        until,
        ..row
    }
}

const fn appointment_event(row: FactRow<'_>, event: AppointmentEvent) -> FactRow<'_> {
    let (event, due) = match event {
        AppointmentEvent::Booked(scheduled) => ("booked", Some(scheduled.0)),
        AppointmentEvent::Arrived => ("arrived", None),
        AppointmentEvent::Roomed => ("roomed", None),
        AppointmentEvent::Started => ("started", None),
        AppointmentEvent::Ended => ("ended", None),
        AppointmentEvent::Cancelled => ("cancelled", None),
        AppointmentEvent::NoShow => ("no_show", None),
    };
    FactRow { event, due, ..row }
}

fn tapped<'a>(row: FactRow<'a>, tap: &'a BedTap) -> FactRow<'a> {
    let (event, detail, due) = match tap {
        BedTap::Clean => ("clean", "", None),
        BedTap::Dirty => ("dirty", "", None),
        BedTap::Blocked {
            reason,
            expected_back,
        } => ("blocked", reason.as_str(), expected_back.map(|at| at.0)),
        BedTap::Open => ("open", "", None),
    };
    FactRow {
        event,
        detail,
        due,
        ..row
    }
}
