//! Rows of the tables `bed_history`, `kpi`, `alerts` and `late`, from what the processor says.

use clickhouse::Row;
use events::output::{Alert, BedClock, BedView, BoardChange, KpiValue, Late};
use serde::Serialize;

use crate::words;

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
    version: u32,
    adt: &'static str,
    adt_since: Option<i64>,
    staff: &'static str,
    staff_since: Option<i64>,
    sensor: &'static str,
    sensor_since: Option<i64>,
    confidence: &'static str,
    conflict: Vec<&'static str>,
    conflict_since: Option<i64>,
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
            version: version(change.version),
            adt: words::clock(bed.adt),
            adt_since: since(bed.adt),
            staff: words::clock(bed.staff),
            staff_since: since(bed.staff),
            sensor: words::clock(bed.sensor),
            sensor_since: since(bed.sensor),
            confidence: words::confidence(bed.confidence()),
            conflict: words::conflict(bed.conflict),
            conflict_since: bed.conflict.map(|conflict| conflict.since_ms),
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
    version: u32,
    coverage_ppm: Option<u32>,
    lower: Option<i64>,
    upper: Option<i64>,
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
            version: version(value.version),
            coverage_ppm: value.coverage_ppm,
            lower: value.lower,
            upper: value.upper,
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
    version: u32,
    revision: u32,
    acknowledged_by: &'a str,
    acknowledged_at: Option<i64>,
    acknowledged_until: Option<i64>,
    owner: &'a str,
    shelved_until: Option<i64>,
    shelved_by: &'a str,
    shelve_reason: &'a str,
    suppressed_by: &'a str,
    step: u32,
    notify: &'a str,
    sound: bool,
    comments: u32,
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
            version: version(alert.version),
            revision: alert.revision,
            acknowledged_by: &alert.acknowledged_by,
            acknowledged_at: known(alert.acknowledged_ms),
            acknowledged_until: known(alert.acknowledged_until_ms),
            owner: &alert.owner,
            shelved_until: known(alert.shelved_until_ms),
            shelved_by: &alert.shelved_by,
            shelve_reason: &alert.shelve_reason,
            suppressed_by: &alert.suppressed_by,
            step: alert.step,
            notify: &alert.notify,
            sound: alert.sound,
            comments: alert.comments,
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

/// What was said before there were versions was said by the first.
fn version(said: u32) -> u32 {
    said.max(1)
}

fn since(clock: Option<BedClock>) -> Option<i64> {
    clock.map(|clock| clock.since_ms)
}

/// On the wire, 0 is an unknown time.
fn known(ms: i64) -> Option<i64> {
    (ms != 0).then_some(ms)
}
