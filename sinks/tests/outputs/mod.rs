//! Records of the log as the processor writes them, for the tests of both sinks.
#![allow(dead_code, reason = "each test uses some of them")]

use events::access::{Grant, Label, Role, Sites, Tier, Wards};
use events::id::{SiteId, TenantId};
use events::log::{Chunk, LogRecord};
use events::output::{
    Alert, AlertPriority, AlertState, BedClock, BedConflict, BedView, BoardChange, Change,
    Cleanliness, Confidence, KpiValue, Late, WardView,
};
use events::place::Site;
use events::proto::Place;
use events::topic::KafkaTopic;
use events::wire;

/// Where everything here happens.
pub(crate) fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").expect("an id"),
        site: SiteId::new("north").expect("an id"),
    }
}

/// A charge nurse's grant of the tenant `demo`.
pub(crate) fn grant(tier: Tier, wards: Wards) -> Grant {
    Grant {
        tenant: site().tenant,
        sites: Sites::All,
        role: Role::ChargeNurse,
        tier,
        wards,
        label: Label::new("nurse").expect("a label"),
        device: None,
    }
}

/// Consecutive records of lane 0.
pub(crate) fn chunk(topic: KafkaTopic, first: u64, values: Vec<Vec<u8>>) -> Chunk {
    let records = (first..)
        .zip(values)
        .map(|(offset, value)| LogRecord { offset, value });
    Chunk {
        topic,
        lane: 0,
        records: records.collect(),
    }
}

pub(crate) fn bed(epoch: u64, index: u32, bed: &str, occupied: bool) -> Vec<u8> {
    wire::encode(&bed_change(epoch, index, bed, occupied))
}

/// A ward with so many beds free.
pub(crate) fn ward(epoch: u64, index: u32, ward: &str, free: u32) -> Vec<u8> {
    let mut change = bed_change(epoch, index, "", false);
    change.change = Some(Change::Ward(WardView {
        ward: ward.to_owned(),
        free,
        ..WardView::default()
    }));
    wire::encode(&change)
}

/// A bed of which nothing is new but that it was heard.
pub(crate) fn heard(epoch: u64, index: u32, bed: &str) -> Vec<u8> {
    let mut change = bed_change(epoch, index, bed, true);
    if let Some(Change::Bed(bed)) = &mut change.change {
        bed.heard_only = true;
    }
    wire::encode(&change)
}

fn bed_change(epoch: u64, index: u32, bed: &str, occupied: bool) -> BoardChange {
    BoardChange {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        as_of_ms: as_of(epoch),
        version: 1,
        change: Some(Change::Bed(BedView {
            place: Some(Place {
                ward: "a".to_owned(),
                room: "r1".to_owned(),
                bed: Some(bed.to_owned()),
            }),
            label: "Bed 1".to_owned(),
            listed: true,
            staffed: true,
            occupied,
            occupied_since_ms: as_of(epoch),
            cleanliness: Cleanliness::Dirty.into(),
            visits_in_bed: u32::from(occupied),
            adt: Some(BedClock {
                occupied: true,
                since_ms: as_of(epoch),
            }),
            sensor: Some(BedClock {
                occupied: false,
                since_ms: as_of(epoch),
            }),
            confidence: Confidence::Disputed.into(),
            conflict: Some(BedConflict {
                since_ms: as_of(epoch),
                sensor: true,
                ..Default::default()
            }),
            ..Default::default()
        })),
    }
}

pub(crate) fn alert(epoch: u64, index: u32, id: &str, state: AlertState) -> Vec<u8> {
    wire::encode(&Alert {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: "a".to_owned(),
        id: id.to_owned(),
        rule: "bed_dirty".to_owned(),
        subject: "b1".to_owned(),
        priority: AlertPriority::Medium.into(),
        state: state.into(),
        since_ms: as_of(epoch),
        until_ms: (state != AlertState::Raised).then(|| as_of(epoch) + 60_000),
        as_of_ms: as_of(epoch),
        version: 1,
        ..Alert::default()
    })
}

/// A one-minute occupancy value.
pub(crate) fn kpi(
    epoch: u64,
    index: u32,
    ward: &str,
    window_ms: i64,
    revision: u32,
    numerator: i64,
) -> Vec<u8> {
    wire::encode(&KpiValue {
        resolution_s: 60,
        ..row((epoch, index), ward, (window_ms, revision), numerator)
    })
}

/// An occupancy of a day.
pub(crate) fn of_day(epoch: u64, index: u32, window_ms: i64, numerator: i64) -> Vec<u8> {
    wire::encode(&KpiValue {
        resolution_s: 86_400,
        ..row((epoch, index), "a", (window_ms, 0), numerator)
    })
}

fn row(
    (epoch, index): (u64, u32),
    ward: &str,
    (window_ms, revision): (i64, u32),
    numerator: i64,
) -> KpiValue {
    KpiValue {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: ward.to_owned(),
        kpi: "occupancy".to_owned(),
        stat: "value".to_owned(),
        window_ms,
        revision,
        numerator,
        denominator: 100,
        as_of_ms: as_of(epoch),
        version: 1,
        ..KpiValue::default()
    }
}

/// A record that was set aside.
pub(crate) fn late(epoch: u64, index: u32, at_ms: i64, reason: &str) -> Vec<u8> {
    wire::encode(&Late {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        topic: "facts".to_owned(),
        lane: 0,
        offset: epoch,
        at_ms,
        reason: reason.to_owned(),
    })
}

fn as_of(epoch: u64) -> i64 {
    epoch.cast_signed() * 20
}
