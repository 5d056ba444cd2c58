//! The rows of every table, mapped by hand from what the log carries. A row borrows from the
//! record that it comes from. Column names are the field names; the meaning of each column is its
//! COMMENT in `migrations/`. Times are milliseconds since 1970.

use std::borrow::Cow;

use clickhouse::Row;
use events::fact::{AppointmentEvent, BedTap, Fact, Told, VisitEvent, What};
use events::output::{Alert, BedView, BoardChange, DeadLetter, KpiValue, Late};
use events::place::Place;
use events::proto::SensorFrame;
use events::sensor;
use events::topic::KafkaTopic;
use events::wire;
use serde::{Deserialize, Serialize};

use crate::batch::Position;
use crate::record::Seq;
use crate::words;

/// A row of `readings`.
#[derive(Row, Serialize)]
pub(crate) struct ReadingRow<'a> {
    tenant: &'a str,
    site: &'a str,
    ward: &'a str,
    room: &'a str,
    bed: &'a str,
    device: &'a str,
    stream: Cow<'static, str>,
    at: i64,
    told: i64,
    boot: u32,
    seq: u64,
    value: i32,
    extra: Option<i32>,
    flags: u32,
    lane: u32,
    log_offset: u64,
}

/// The rows of a frame. A source that is no device path gives none: the gateway writes none.
pub(crate) fn readings(
    frame: &SensorFrame,
    lane: u32,
    log_offset: u64,
) -> impl Iterator<Item = ReadingRow<'_>> {
    let paths: Vec<Vec<&str>> = frame
        .sources
        .iter()
        .map(|path| path.split('/').collect())
        .collect();
    wire::readings(frame).filter_map(move |(source, reading)| {
        let &[tenant, site, ward, room, bed, device] = paths[source].as_slice() else {
            return None;
        };
        Some(ReadingRow {
            tenant,
            site,
            ward,
            room,
            bed,
            device,
            stream: stream_of(reading.code),
            at: reading.at.0,
            told: reading.told.0,
            boot: reading.boot,
            seq: reading.seq,
            value: reading.value.value,
            extra: reading.value.extra,
            flags: reading.flags.0,
            lane,
            log_offset,
        })
    })
}

fn stream_of(code: u32) -> Cow<'static, str> {
    sensor::by_code(code).map_or_else(
        || format!("code {code}").into(),
        |sensor| sensor.stream.into(),
    )
}

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
        What::Appointment {
            appointment,
            ward,
            practitioner,
            room,
            kind,
            event,
        } => FactRow {
            kind: "appointment",
            event: appointment_word(*event),
            subject: appointment.as_str(),
            ward: ward.as_str(),
            room: room.as_ref().map_or("", |room| room.as_str()),
            practitioner: practitioner.as_ref().map_or("", |staff| staff.as_str()),
            detail: kind,
            due: match event {
                AppointmentEvent::Booked(scheduled) => Some(scheduled.0),
                _ => None,
            },
            ..row
        },
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => FactRow {
            kind: "staff",
            event: if *on_shift {
                "shift_started"
            } else {
                "shift_ended"
            },
            subject: member.as_str(),
            ward: ward.as_str(),
            role: role.as_str(),
            ..row
        },
        What::Bed { place, tap } => {
            let row = at_place(row, place);
            FactRow {
                kind: "bed",
                subject: row.bed,
                ..tapped(row, tap)
            }
        }
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
        VisitEvent::BedRequested(ward) => (
            "bed_requested",
            FactRow {
                ward: ward.as_str(),
                ..row
            },
        ),
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

const fn appointment_word(event: AppointmentEvent) -> &'static str {
    match event {
        AppointmentEvent::Booked(_) => "booked",
        AppointmentEvent::Arrived => "arrived",
        AppointmentEvent::Roomed => "roomed",
        AppointmentEvent::Started => "started",
        AppointmentEvent::Ended => "ended",
        AppointmentEvent::Cancelled => "cancelled",
        AppointmentEvent::NoShow => "no_show",
    }
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

/// A row of `bed_history`.
#[derive(Row, Serialize)]
pub(crate) struct BedRow<'a> {
    tenant: &'a str,
    site: &'a str,
    ward: &'a str,
    bed: &'a str,
    epoch: u64,
    epoch_index: u32,
    as_of: i64,
    room: &'a str,
    label: &'a str,
    listed: bool,
    staffed: bool,
    occupied: bool,
    occupied_since: Option<i64>,
    visit: &'a str,
    cleanliness: &'static str,
    clean_since: Option<i64>,
    blocked: bool,
    block_reason: &'a str,
    expected_back: Option<i64>,
    reserved_for: &'a str,
    ready_to_leave: Option<i64>,
    expected_discharge: Option<i64>,
    heard: Option<i64>,
    pad_heard: Option<i64>,
    pad_silent: bool,
    visits_in_bed: u32,
}

impl<'a> BedRow<'a> {
    pub(crate) fn new(change: &'a BoardChange, bed: &'a BedView) -> Self {
        let place = bed.place.as_ref();
        Self {
            tenant: &change.tenant,
            site: &change.site,
            ward: place.map_or("", |place| &place.ward),
            bed: place.and_then(|place| place.bed.as_deref()).unwrap_or(""),
            epoch: change.epoch,
            epoch_index: change.index,
            as_of: change.as_of_ms,
            room: place.map_or("", |place| &place.room),
            label: &bed.label,
            listed: bed.listed,
            staffed: bed.staffed,
            occupied: bed.occupied,
            occupied_since: known(bed.occupied_since_ms),
            visit: &bed.visit,
            cleanliness: words::cleanliness(bed.cleanliness()),
            clean_since: known(bed.clean_since_ms),
            blocked: bed.blocked,
            block_reason: &bed.block_reason,
            expected_back: known(bed.expected_back_ms),
            reserved_for: &bed.reserved_for,
            ready_to_leave: known(bed.ready_to_leave_ms),
            expected_discharge: known(bed.expected_discharge_ms),
            heard: known(bed.heard_ms),
            pad_heard: known(bed.pad_heard_ms),
            pad_silent: bed.pad_silent,
            visits_in_bed: bed.visits_in_bed,
        }
    }
}

/// A row of `kpi`.
#[derive(Row, Serialize)]
pub(crate) struct KpiRow<'a> {
    tenant: &'a str,
    site: &'a str,
    ward: &'a str,
    kpi: &'a str,
    stat: &'a str,
    resolution_s: u32,
    window_start: i64,
    revision: u32,
    numerator: i64,
    denominator: i64,
    as_of: i64,
    epoch: u64,
    epoch_index: u32,
    source_run: &'a str,
}

impl<'a> KpiRow<'a> {
    pub(crate) fn new(value: &'a KpiValue, source_run: &'a str) -> Self {
        Self {
            tenant: &value.tenant,
            site: &value.site,
            ward: &value.ward,
            kpi: &value.kpi,
            stat: &value.stat,
            resolution_s: value.resolution_s,
            window_start: value.window_ms,
            revision: value.revision,
            numerator: value.numerator,
            denominator: value.denominator,
            as_of: value.as_of_ms,
            epoch: value.epoch,
            epoch_index: value.index,
            source_run,
        }
    }
}

/// A row of `alerts`.
#[derive(Row, Serialize)]
pub(crate) struct AlertRow<'a> {
    tenant: &'a str,
    site: &'a str,
    ward: &'a str,
    id: &'a str,
    epoch: u64,
    epoch_index: u32,
    as_of: i64,
    rule: &'a str,
    subject: &'a str,
    priority: &'static str,
    state: &'static str,
    since: i64,
    until: Option<i64>,
}

impl<'a> AlertRow<'a> {
    pub(crate) fn new(alert: &'a Alert) -> Self {
        Self {
            tenant: &alert.tenant,
            site: &alert.site,
            ward: &alert.ward,
            id: &alert.id,
            epoch: alert.epoch,
            epoch_index: alert.index,
            as_of: alert.as_of_ms,
            rule: &alert.rule,
            subject: &alert.subject,
            priority: words::priority(alert.priority()),
            state: words::alert_state(alert.state()),
            since: alert.since_ms,
            until: alert.until_ms,
        }
    }
}

/// A row of `late`.
#[derive(Row, Serialize)]
pub(crate) struct LateRow<'a> {
    tenant: &'a str,
    site: &'a str,
    epoch: u64,
    epoch_index: u32,
    topic: &'a str,
    lane: u32,
    log_offset: u64,
    at: i64,
    reason: &'a str,
}

impl<'a> LateRow<'a> {
    pub(crate) fn new(late: &'a Late) -> Self {
        Self {
            tenant: &late.tenant,
            site: &late.site,
            epoch: late.epoch,
            epoch_index: late.index,
            topic: &late.topic,
            lane: late.lane,
            log_offset: late.offset,
            at: late.at_ms,
            reason: &late.reason,
        }
    }
}

/// A row of `dead_letters`.
#[derive(Row, Serialize)]
pub(crate) struct DeadLetterRow<'a> {
    tenant: &'a str,
    source: &'a str,
    position: &'a str,
    reason: &'a str,
    detail: &'a str,
    length: u64,
    sha256: String,
    received: i64,
    lane: u32,
    log_offset: u64,
}

impl<'a> DeadLetterRow<'a> {
    pub(crate) fn new(letter: &'a DeadLetter, lane: u32, log_offset: u64) -> Self {
        Self {
            tenant: &letter.tenant,
            source: &letter.source,
            position: &letter.position,
            reason: &letter.reason,
            detail: &letter.detail,
            length: letter.length,
            sha256: letter
                .sha256
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            received: letter.received_ms,
            lane,
            log_offset,
        }
    }
}

/// A row of `progress`.
#[derive(Row, Serialize, Deserialize)]
pub(crate) struct ProgressRow {
    log: String,
    topic: String,
    lane: u32,
    next_offset: u64,
    epoch: u64,
    epoch_index: u32,
}

impl ProgressRow {
    pub(crate) fn new(log: &str, topic: KafkaTopic, lane: u32, position: Position) -> Self {
        Self {
            log: log.to_owned(),
            topic: topic.name().to_owned(),
            lane,
            next_offset: position.next_offset,
            epoch: position.seq.epoch,
            epoch_index: position.seq.index,
        }
    }

    /// The lane and its position; nothing for a topic that is no longer known.
    pub(crate) fn position(&self) -> Option<((KafkaTopic, u32), Position)> {
        let topic = KafkaTopic::ALL
            .into_iter()
            .find(|topic| topic.name() == self.topic)?;
        let seq = Seq {
            epoch: self.epoch,
            index: self.epoch_index,
        };
        let position = Position {
            next_offset: self.next_offset,
            seq,
        };
        Some(((topic, self.lane), position))
    }
}

/// On the wire, 0 is an unknown time.
fn known(ms: i64) -> Option<i64> {
    (ms != 0).then_some(ms)
}
