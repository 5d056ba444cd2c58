//! A site of 40 wards of 25 beds, each of which changes again and again. An output's epoch is the time
//! at which it was said, in microseconds of the machine's monotonic clock: so whoever hears of it
//! knows how long it was on its way.

use std::time::Duration;

use events::log::{Chunk, LogRecord};
use events::output::{
    Alert, AlertPriority, AlertState, BedView, BoardChange, Change, Cleanliness, EpochEnd,
    KpiValue, WardView,
};
use events::proto::Place;
use events::topic::KafkaTopic;
use events::wire;
use rustix::time::{ClockId, clock_gettime};

pub(crate) const WARDS: u64 = 40;
const BEDS: u64 = 25;
/// The index of an alert, by which clients know it.
pub(crate) const ALERT: u32 = 7;

/// The machine's monotonic clock, in microseconds: the same in every process.
pub(crate) fn now_us() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = Duration::from_secs(time.tv_sec.unsigned_abs());
    let nanos = Duration::from_nanos(time.tv_nsec.unsigned_abs());
    u64::try_from((seconds + nanos).as_micros()).unwrap_or_default()
}

/// The id of a ward.
pub(crate) fn ward_name(ward: u64) -> String {
    format!("w{ward}")
}

/// Everything that there is, before anything changes.
pub(crate) fn whole() -> Vec<Chunk> {
    let kpis = ["occupancy", "census", "arrivals", "wait_minutes"];
    let board = (0..WARDS).flat_map(|ward| {
        (0..BEDS)
            .map(move |bed| wire::encode(&bed_change(1, ward, bed)))
            .chain([wire::encode(&ward_change(1, ward))])
    });
    let kpis = (0..WARDS).flat_map(|ward| {
        (0..)
            .zip(kpis)
            .map(move |(place, kpi)| wire::encode(&kpi_of(ward, kpi, index(ward, place))))
    });
    vec![
        chunk(KafkaTopic::Board, 1, board.collect()),
        chunk(KafkaTopic::Kpis, 1, kpis.collect()),
    ]
}

/// A bed of a ward, and with it the ward, are other than they were.
pub(crate) fn changed(ward: u64, round: u64) -> Chunk {
    let now = now_us();
    let bed = wire::encode(&bed_change(now, ward, round % BEDS));
    let ward = wire::encode(&ward_change(now, ward));
    chunk(KafkaTopic::Board, now, vec![bed, ward])
}

/// An alert, of every ward one.
pub(crate) fn alert(ward: u64, state: AlertState) -> Chunk {
    let now = now_us();
    let alert = Alert {
        epoch: now,
        index: ALERT,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: ward_name(ward),
        id: format!("bed_dirty:{}:b1:1767320000000", ward_name(ward)),
        rule: "bed_dirty".to_owned(),
        subject: "b1".to_owned(),
        priority: AlertPriority::High.into(),
        state: state.into(),
        ..Alert::default()
    };
    chunk(KafkaTopic::Alerts, now, vec![wire::encode(&alert)])
}

/// A whole epoch of a lane.
fn chunk(topic: KafkaTopic, epoch: u64, mut values: Vec<Vec<u8>>) -> Chunk {
    let mut end = EpochEnd::of(epoch);
    for value in &values {
        end.count_in(value);
    }
    values.push(wire::encode_epoch_end(end));
    // Outputs are told apart by their place, not by their offset; it only has to go on.
    let records = (now_us()..)
        .zip(values)
        .map(|(offset, value)| LogRecord { offset, value });
    Chunk {
        topic,
        lane: 0,
        records: records.collect(),
    }
}

fn change(epoch: u64, index: u32, change: Change) -> BoardChange {
    BoardChange {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        version: 5,
        change: Some(change),
        ..BoardChange::default()
    }
}

fn index(ward: u64, bed: u64) -> u32 {
    u32::try_from(100 + ward * 100 + bed).unwrap_or_default()
}

fn bed_change(epoch: u64, ward: u64, bed: u64) -> BoardChange {
    let view = BedView {
        place: Some(Place {
            ward: ward_name(ward),
            room: "r1".to_owned(),
            bed: Some(format!("b{bed}")),
        }),
        label: format!("Bed {bed}"),
        listed: true,
        staffed: true,
        occupied: epoch.is_multiple_of(2),
        occupied_since_ms: 1_767_320_000_000,
        visit: "v-7f3c0192f7a03c4d".to_owned(),
        cleanliness: Cleanliness::Clean.into(),
        clean_since_ms: 1_767_320_000_000,
        heard_ms: 1_767_320_000_000,
        ..BedView::default()
    };
    change(epoch, index(ward, bed), Change::Bed(view))
}

fn ward_change(epoch: u64, ward: u64) -> BoardChange {
    let view = WardView {
        ward: ward_name(ward),
        label: format!("Ward {ward}"),
        physical: 25,
        staffed: 24,
        occupied: 20,
        free: 4,
        heard_ms: 1_767_320_000_000,
        ..WardView::default()
    };
    change(epoch, index(ward, BEDS), Change::Ward(view))
}

fn kpi_of(ward: u64, kpi: &str, index: u32) -> KpiValue {
    KpiValue {
        epoch: 1,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: ward_name(ward),
        kpi: kpi.to_owned(),
        stat: "value".to_owned(),
        resolution_s: 60,
        window_ms: 1_767_320_000_000,
        numerator: 20,
        denominator: 25,
        ..KpiValue::default()
    }
}
