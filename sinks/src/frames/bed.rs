//! A bed in a frame.

use events::output::{BedClock, BedConflict, BedView};
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
struct PlaceView<'a> {
    ward: &'a str,
    room: &'a str,
    bed: &'a str,
}

#[derive(Serialize)]
pub(super) struct Bed<'a> {
    place: PlaceView<'a>,
    label: &'a str,
    listed: bool,
    staffed: bool,
    occupied: bool,
    occupied_since_ms: i64,
    visit: &'a str,
    cleanliness: &'static str,
    clean_since_ms: i64,
    blocked: bool,
    block_reason: &'a str,
    expected_back_ms: i64,
    reserved_for: &'a str,
    ready_to_leave_ms: i64,
    expected_discharge_ms: i64,
    heard_ms: i64,
    pad_heard_ms: i64,
    pad_silent: bool,
    visits_in_bed: u32,
    adt: Option<ClockView>,
    staff: Option<ClockView>,
    sensor: Option<ClockView>,
    confidence: &'static str,
    conflict: Option<ConflictView>,
}

#[derive(Serialize)]
struct ClockView {
    occupied: bool,
    since_ms: i64,
}

impl ClockView {
    fn new(clock: BedClock) -> Self {
        Self {
            occupied: clock.occupied,
            since_ms: clock.since_ms,
        }
    }
}

#[derive(Serialize)]
struct ConflictView {
    since_ms: i64,
    against: Vec<&'static str>,
}

impl ConflictView {
    fn new(conflict: BedConflict) -> Self {
        Self {
            since_ms: conflict.since_ms,
            against: words::conflict(Some(conflict)),
        }
    }
}

impl<'a> Bed<'a> {
    pub(super) fn new(bed: &'a BedView) -> Self {
        let place = bed.place.as_ref();
        Self {
            place: PlaceView {
                ward: place.map_or("", |place| &place.ward),
                room: place.map_or("-", |place| &place.room),
                bed: place.and_then(|place| place.bed.as_deref()).unwrap_or(""),
            },
            label: &bed.label,
            listed: bed.listed,
            staffed: bed.staffed,
            occupied: bed.occupied,
            occupied_since_ms: bed.occupied_since_ms,
            visit: &bed.visit,
            cleanliness: words::cleanliness(bed.cleanliness()),
            clean_since_ms: bed.clean_since_ms,
            blocked: bed.blocked,
            block_reason: &bed.block_reason,
            expected_back_ms: bed.expected_back_ms,
            reserved_for: &bed.reserved_for,
            ready_to_leave_ms: bed.ready_to_leave_ms,
            expected_discharge_ms: bed.expected_discharge_ms,
            heard_ms: bed.heard_ms,
            pad_heard_ms: bed.pad_heard_ms,
            pad_silent: bed.pad_silent,
            visits_in_bed: bed.visits_in_bed,
            adt: bed.adt.map(ClockView::new),
            staff: bed.staff.map(ClockView::new),
            sensor: bed.sensor.map(ClockView::new),
            confidence: words::confidence(bed.confidence()),
            conflict: bed.conflict.map(ConflictView::new),
        }
    }
}
