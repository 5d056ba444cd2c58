//! The frames of `/live` as JSON, mapped by hand from the outputs; `docs/live-protocol.md` is their
//! description. Each is written once, however many boards receive it.

mod alert;
mod bed;

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use events::output::{Coming, KpiValue, Leaving, OnShift, SiteView, Waiting, WardView};
use serde::Serialize;

use crate::board::{BedName, Delta, SiteBoard};
use crate::record::Seq;
use crate::source::Source;
use crate::words;
use alert::{AlertView, Command};
use bed::Bed;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Frame<'a> {
    Hello {
        build: &'a str,
        cell_ms: i64,
        speed: f64,
        warning: Option<&'a str>,
    },
    Snapshot {
        seq: (u64, u32),
        as_of_ms: i64,
        #[serde(flatten)]
        contents: Contents<'a>,
    },
    Delta {
        seq: (u64, u32),
        prev: (u64, u32),
        as_of_ms: i64,
        gone: Vec<GoneView<'a>>,
        #[serde(flatten)]
        contents: Contents<'a>,
    },
    Heartbeat {
        cell_ms: i64,
        as_of_ms: i64,
        sources: &'a BTreeMap<&'static str, Source>,
        full: bool,
        determinism_violation: bool,
    },
}

#[derive(Serialize)]
struct Contents<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteNames<'a>>,
    wards: Vec<Ward<'a>>,
    beds: Vec<Bed<'a>>,
    alerts: Vec<AlertView<'a>>,
    kpis: Vec<Kpi<'a>>,
    commands: Vec<Command<'a>>,
}

/// The first frame of a connection.
pub(crate) fn hello(build: &str, cell_ms: i64, speed: f64, warning: Option<&str>) -> Utf8Bytes {
    text(&Frame::Hello {
        build,
        cell_ms,
        speed,
        warning,
    })
}

/// All that a site's boards show.
pub(crate) fn snapshot(site: &SiteBoard) -> Utf8Bytes {
    text(&Frame::Snapshot {
        seq: pair(site.seq),
        as_of_ms: site.as_of_ms,
        contents: Contents {
            site: site.site.as_ref().map(SiteNames::new),
            wards: site.wards.shown().map(Ward::new).collect(),
            beds: site.beds.shown().map(Bed::new).collect(),
            alerts: site.alerts.values().map(AlertView::new).collect(),
            kpis: site.kpis.shown().map(Kpi::new).collect(),
            commands: site.commands.iter().map(Command::new).collect(),
        },
    })
}

/// What has changed.
pub(crate) fn delta(delta: &Delta) -> Utf8Bytes {
    text(&Frame::Delta {
        seq: pair(delta.seq),
        prev: pair(delta.prev),
        as_of_ms: delta.as_of_ms,
        gone: delta.gone.iter().map(GoneView::new).collect(),
        contents: Contents {
            site: delta.site.as_ref().map(SiteNames::new),
            wards: delta.wards.iter().map(Ward::new).collect(),
            beds: delta.beds.iter().map(Bed::new).collect(),
            alerts: delta.alerts.iter().map(AlertView::new).collect(),
            kpis: delta.kpis.iter().map(Kpi::new).collect(),
            commands: delta.commands.iter().map(Command::new).collect(),
        },
    })
}

/// That we live, and how fresh everything is.
pub(crate) fn heartbeat(
    cell_ms: i64,
    as_of_ms: i64,
    sources: &BTreeMap<&'static str, Source>,
    full: bool,
    determinism_violation: bool,
) -> Utf8Bytes {
    text(&Frame::Heartbeat {
        cell_ms,
        as_of_ms,
        sources,
        full,
        determinism_violation,
    })
}

fn text(frame: &Frame<'_>) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("frames have text keys and finite numbers")
        .into()
}

fn pair(seq: Seq) -> (u64, u32) {
    (seq.epoch, seq.index)
}

#[derive(Serialize)]
struct SiteNames<'a> {
    label: &'a str,
    time_zone: &'a str,
    silent: Vec<Silent<'a>>,
}

#[derive(Serialize)]
struct Silent<'a> {
    source: &'a str,
    feed: &'a str,
    level: &'static str,
    heard_ms: i64,
}

impl<'a> SiteNames<'a> {
    fn new(site: &'a SiteView) -> Self {
        let silent = site.silent.iter().map(|silent| Silent {
            source: &silent.source,
            feed: &silent.feed,
            level: words::source_level(silent.level()),
            heard_ms: silent.heard_ms,
        });
        Self {
            label: &site.label,
            time_zone: &site.time_zone,
            silent: silent.collect(),
        }
    }
}

#[derive(Serialize)]
struct GoneView<'a> {
    ward: &'a str,
    bed: &'a str,
}

impl<'a> GoneView<'a> {
    fn new((ward, bed): &'a BedName) -> Self {
        Self { ward, bed }
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
    coming: Vec<ComingView<'a>>,
    leaving: Vec<LeavingView<'a>>,
    staff: Vec<OnShiftView<'a>>,
    waiting: Vec<WaitingView<'a>>,
    devices: u32,
    devices_silent: u32,
    heard_ms: i64,
}

impl<'a> Ward<'a> {
    fn new(ward: &'a WardView) -> Self {
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
struct OnShiftView<'a> {
    role: &'a str,
    count: u32,
}

impl<'a> OnShiftView<'a> {
    fn new(staff: &'a OnShift) -> Self {
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

#[derive(Serialize)]
struct Kpi<'a> {
    ward: &'a str,
    kpi: &'a str,
    stat: &'a str,
    resolution_s: u32,
    window_ms: i64,
    revision: u32,
    numerator: i64,
    denominator: i64,
    as_of_ms: i64,
    coverage_ppm: Option<u32>,
    lower: Option<i64>,
    upper: Option<i64>,
}

impl<'a> Kpi<'a> {
    fn new(kpi: &'a KpiValue) -> Self {
        Self {
            ward: &kpi.ward,
            kpi: &kpi.kpi,
            stat: &kpi.stat,
            resolution_s: kpi.resolution_s,
            window_ms: kpi.window_ms,
            revision: kpi.revision,
            numerator: kpi.numerator,
            denominator: kpi.denominator,
            as_of_ms: kpi.as_of_ms,
            coverage_ppm: kpi.coverage_ppm,
            lower: kpi.lower,
            upper: kpi.upper,
        }
    }
}

#[cfg(test)]
mod tests;
