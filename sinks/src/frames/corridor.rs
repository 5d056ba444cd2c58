//! What those see who pass by: beds and what is the matter with them. No visit, no name, no
//! reason in words, no time at which a person is expected or since when one lies or waits.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use events::output::{Alert, BedView, WardView};
use serde::Serialize;

use super::alert::{Outcome, SilentRule};
use super::view::Parts;
use super::ward::OnShiftView;
use super::{Contents, Kpi, SiteNames};
use crate::words;

#[derive(Serialize)]
pub(super) struct Corridor<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteNames<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    silences: Option<Vec<SilentRule<'a>>>,
    wards: Vec<Ward<'a>>,
    beds: Vec<Bed<'a>>,
    alerts: Vec<AlertView<'a>>,
    kpis: Vec<Kpi<'a>>,
    commands: Vec<Outcome<'a>>,
}

impl<'a> Contents<'a> for Corridor<'a> {
    fn new(parts: &Parts<'a>) -> Self {
        Self {
            site: parts.names(),
            silences: parts.silences(SilentRule::new),
            wards: parts.wards.iter().copied().map(Ward::new).collect(),
            beds: parts.beds.iter().copied().map(Bed::new).collect(),
            alerts: parts.alerts.iter().copied().map(AlertView::new).collect(),
            kpis: parts.kpis.iter().copied().map(Kpi::new).collect(),
            commands: parts.commands.iter().copied().map(Outcome::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct Ward<'a> {
    ward: &'a str,
    label: &'a str,
    source: &'static str,
    physical: u32,
    staffed: u32,
    occupied: u32,
    free: u32,
    dirty: u32,
    cleaning: u32,
    blocked: u32,
    census: u32,
    /// How many come and leave; who and when is not for here.
    coming_count: usize,
    leaving_count: usize,
    staff: Vec<OnShiftView<'a>>,
    waiting: Vec<WaitingCount<'a>>,
    devices: u32,
    devices_silent: u32,
    heard_ms: i64,
}

#[derive(Serialize)]
struct WaitingCount<'a> {
    stage: &'a str,
    count: u32,
}

impl<'a> Ward<'a> {
    fn new(ward: &'a WardView) -> Self {
        let waiting = ward.waiting.iter().map(|waiting| WaitingCount {
            stage: &waiting.stage,
            count: waiting.count,
        });
        Self {
            ward: &ward.ward,
            label: &ward.label,
            source: words::occupancy_source(ward.source()),
            physical: ward.physical,
            staffed: ward.staffed,
            occupied: ward.occupied,
            free: ward.free,
            dirty: ward.dirty,
            cleaning: ward.cleaning,
            blocked: ward.blocked,
            census: ward.census,
            coming_count: ward.coming.len(),
            leaving_count: ward.leaving.len(),
            staff: ward.staff.iter().map(OnShiftView::new).collect(),
            waiting: waiting.collect(),
            devices: ward.devices,
            devices_silent: ward.devices_silent,
            heard_ms: ward.heard_ms,
        }
    }
}

#[derive(Serialize)]
struct Bed<'a> {
    place: Place<'a>,
    label: &'a str,
    listed: bool,
    staffed: bool,
    occupied: bool,
    cleanliness: &'static str,
    clean_since_ms: i64,
    blocked: bool,
    expected_back_ms: i64,
    /// Whether it is kept for somebody, and whether who is in it may leave.
    reserved: bool,
    leaving: bool,
    heard_ms: i64,
    pad_heard_ms: i64,
    pad_silent: bool,
    confidence: &'static str,
    disputed: bool,
}

#[derive(Serialize)]
struct Place<'a> {
    ward: &'a str,
    room: &'a str,
    bed: &'a str,
}

impl<'a> Bed<'a> {
    fn new(bed: &'a BedView) -> Self {
        let place = bed.place.as_ref();
        Self {
            place: Place {
                ward: place.map_or("", |place| &place.ward),
                room: place.map_or("-", |place| &place.room),
                bed: place.and_then(|place| place.bed.as_deref()).unwrap_or(""),
            },
            label: &bed.label,
            listed: bed.listed,
            staffed: bed.staffed,
            occupied: bed.occupied,
            cleanliness: words::cleanliness(bed.cleanliness()),
            clean_since_ms: bed.clean_since_ms,
            blocked: bed.blocked,
            expected_back_ms: bed.expected_back_ms,
            reserved: !bed.reserved_for.is_empty(),
            leaving: bed.ready_to_leave_ms > 0,
            heard_ms: bed.heard_ms,
            pad_heard_ms: bed.pad_heard_ms,
            pad_silent: bed.pad_silent,
            confidence: words::confidence(bed.confidence()),
            disputed: bed.conflict.is_some(),
        }
    }
}

/// Without its subject, which may be a visit.
#[derive(Serialize)]
struct AlertView<'a> {
    ward: &'a str,
    /// Tells alerts apart as long as this process lives.
    id: String,
    rule: &'a str,
    priority: &'static str,
    state: &'static str,
    since_ms: i64,
    until_ms: i64,
    as_of_ms: i64,
    acknowledged: bool,
    shelved_until_ms: i64,
    sound: bool,
}

impl<'a> AlertView<'a> {
    fn new(alert: &'a Alert) -> Self {
        // When somebody began to wait, and no longer did, is not for here.
        let is_of_person = words::is_of_person(&alert.rule);
        Self {
            ward: &alert.ward,
            id: opaque(&alert.id),
            rule: &alert.rule,
            priority: words::priority(alert.priority()),
            state: words::alert_state(alert.state()),
            since_ms: if is_of_person { 0 } else { alert.since_ms },
            until_ms: if is_of_person {
                0
            } else {
                alert.until_ms.unwrap_or(0)
            },
            as_of_ms: alert.as_of_ms,
            acknowledged: !alert.acknowledged_by.is_empty(),
            shelved_until_ms: alert.shelved_until_ms,
            sound: alert.sound,
        }
    }
}

/// An alert's id names its subject. Its hash is made with a key that nobody knows, so that
/// no list of visits can be tried.
fn opaque(id: &str) -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("{:016x}", KEY.hash_one(id))
}
