//! What a lane passes on, and what it keeps to itself.

use events::sensor::{ClockFlags, Value};
use events::time::{CellTime, EventTime};
use events::wire::{FrameBuilder, Record, decode_signals};

use super::*;

const PATH: &str = "demo/north/a/r1/b1/pad1";

fn reading(boot: u32, seq: u64, at_s: i64, value: i32) -> Reading {
    Reading {
        boot,
        seq,
        at: EventTime(at_s * 1_000),
        told: CellTime(at_s * 1_000),
        flags: ClockFlags::default(),
        code: 1,
        value: Value { value, extra: None },
    }
}

fn frame(readings: &[Reading]) -> SensorFrame {
    let mut builder = FrameBuilder::default();
    for reading in readings {
        builder.push(PATH, reading);
    }
    match decode_signals(&builder.finish()).unwrap() {
        Record::Data(frame) => frame,
        Record::Tick(_) => unreachable!("a frame was written"),
    }
}

fn fold(lane: &mut Lane, readings: &[Reading], now_s: i64) -> Vec<News> {
    let mut reports = Vec::new();
    lane.fold(&frame(readings), now_s * 1_000, &mut reports);
    reports.into_iter().map(|report| report.news).collect()
}

fn said(news: &[News]) -> Vec<SensorFact> {
    let said = |news: &News| match news {
        News::Said { fact, .. } => Some(*fact),
        _ => None,
    };
    news.iter().filter_map(said).collect()
}

#[test]
fn heartbeats_stay_in_the_lane_and_repeats_count_once() {
    let mut lane = Lane::new(1_000_000);
    let beats: Vec<_> = (0..10)
        .map(|i| reading(1, i, i64::try_from(i).unwrap(), 1))
        .collect();
    let news = fold(&mut lane, &beats, 10);
    assert_eq!(said(&news), [SensorFact::Pad { occupied: true }]);
    assert_eq!(said(&fold(&mut lane, &beats, 10)), []);
    let counts = lane.take_counts();
    assert_eq!((counts.readings, counts.duplicates), (20, 10));
}

#[test]
fn an_exit_warning_is_no_change_of_occupancy() {
    let mut lane = Lane::new(1_000_000);
    fold(&mut lane, &[reading(1, 0, 0, 1)], 0);
    assert_eq!(said(&fold(&mut lane, &[reading(1, 1, 1, 3)], 1)), []);
}

#[test]
fn quiet_is_noticed_once_and_so_is_the_return() {
    let mut lane = Lane::new(1_000_000);
    fold(&mut lane, &[reading(1, 0, 0, 1)], 0);
    let quiet = |lane: &mut Lane, now_s: i64| {
        let mut reports = Vec::new();
        lane.tick(now_s * 1_000, &mut reports);
        reports
            .into_iter()
            .map(|report| report.news)
            .collect::<Vec<_>>()
    };
    assert_eq!(quiet(&mut lane, 90), []);
    assert_eq!(lane.due(), Some(90_001));
    assert_eq!(
        quiet(&mut lane, 91),
        [News::Heard {
            last: 0,
            gaps: vec![],
            quiet: true
        }]
    );
    assert_eq!(quiet(&mut lane, 200), []);
    assert_eq!(
        fold(&mut lane, &[reading(1, 1, 300, 1)], 300),
        [News::Heard {
            last: 300_000,
            gaps: vec![(0, 300_000)],
            quiet: false
        }]
    );
}

#[test]
fn what_is_too_old_is_set_aside_by_name() {
    let mut lane = Lane::new(100_000);
    let mut reasons = |readings: &[Reading], now_s: i64| -> Vec<Reason> {
        let news = fold(&mut lane, readings, now_s);
        let reason = |news: &News| match news {
            News::SetAside { reason, .. } => Some(*reason),
            _ => None,
        };
        news.iter().filter_map(reason).collect()
    };
    assert_eq!(
        reasons(&[reading(1, 2_000, 500, 1), reading(1, 1, 500, 1)], 500),
        [Reason::SeqTooOld]
    );
    assert_eq!(
        reasons(&[reading(2, 0, 500, 1), reading(3, 0, 500, 1)], 500),
        []
    );
    assert_eq!(
        reasons(&[reading(1, 3_000, 500, 1)], 500),
        [Reason::BootTooOld]
    );
    assert_eq!(
        reasons(&[reading(3, 1, 399, 1)], 500),
        [Reason::BeyondHorizon]
    );
}

#[test]
fn a_will_of_an_older_boot_is_ignored() {
    let mut lane = Lane::new(1_000_000);
    let state = |boot, online: bool| Reading {
        code: 4,
        value: Value {
            value: i32::from(online),
            extra: None,
        },
        ..reading(boot, 0, 0, 0)
    };
    fold(&mut lane, &[reading(7, 0, 0, 1)], 0);
    assert_eq!(said(&fold(&mut lane, &[state(6, false)], 0)), []);
    assert_eq!(
        said(&fold(&mut lane, &[state(7, false)], 0)),
        [SensorFact::Presence { online: false }]
    );
}
