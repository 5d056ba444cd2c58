//! A ward as `staff` see it: its counts, who comes, who leaves, what waits.

use events::output::{Coming, Leaving, OnShift, Waiting, WardView};
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
pub(super) struct Ward<'a> {
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
    coming: Vec<ComingView<'a>>,
    leaving: Vec<LeavingView<'a>>,
    staff: Vec<OnShiftView<'a>>,
    waiting: Vec<WaitingView<'a>>,
    devices: u32,
    devices_silent: u32,
    heard_ms: i64,
}

impl<'a> Ward<'a> {
    pub(super) fn new(ward: &'a WardView) -> Self {
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
            coming: ward.coming.iter().map(ComingView::new).collect(),
            leaving: ward.leaving.iter().map(LeavingView::new).collect(),
            staff: ward.staff.iter().map(OnShiftView::new).collect(),
            waiting: ward.waiting.iter().map(WaitingView::new).collect(),
            devices: ward.devices,
            devices_silent: ward.devices_silent,
            heard_ms: ward.heard_ms,
        }
    }
}

#[derive(Serialize)]
struct ComingView<'a> {
    visit: &'a str,
    bed: &'a str,
    requested_ms: i64,
    assigned_ms: i64,
    ready_ms: i64,
}

impl<'a> ComingView<'a> {
    fn new(coming: &'a Coming) -> Self {
        Self {
            visit: &coming.visit,
            bed: &coming.bed,
            requested_ms: coming.requested_ms,
            assigned_ms: coming.assigned_ms,
            ready_ms: coming.ready_ms,
        }
    }
}

#[derive(Serialize)]
struct LeavingView<'a> {
    visit: &'a str,
    bed: &'a str,
    ready_ms: i64,
    expected_ms: i64,
}

impl<'a> LeavingView<'a> {
    fn new(leaving: &'a Leaving) -> Self {
        Self {
            visit: &leaving.visit,
            bed: &leaving.bed,
            ready_ms: leaving.ready_ms,
            expected_ms: leaving.expected_ms,
        }
    }
}

#[derive(Serialize)]
pub(super) struct OnShiftView<'a> {
    role: &'a str,
    count: u32,
}

impl<'a> OnShiftView<'a> {
    pub(super) fn new(staff: &'a OnShift) -> Self {
        Self {
            role: &staff.role,
            count: staff.count,
        }
    }
}

#[derive(Serialize)]
struct WaitingView<'a> {
    stage: &'a str,
    count: u32,
    longest_since_ms: i64,
}

impl<'a> WaitingView<'a> {
    fn new(waiting: &'a Waiting) -> Self {
        Self {
            stage: &waiting.stage,
            count: waiting.count,
            longest_since_ms: waiting.longest_since_ms,
        }
    }
}
