//! What a lane passes on, and what it keeps to itself.

use events::sensor::{ClockFlags, Reading, Value};
use events::time::{CellTime, EventTime};
use events::wire::{FrameBuilder, Record, decode_signals};

use super::*;

mod written;

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
    frame_of(PATH, readings)
}

fn frame_of(path: &str, readings: &[Reading]) -> SensorFrame {
    let mut builder = FrameBuilder::default();
    for reading in readings {
        builder.push(path, reading);
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
    assert_eq!(quiet(&mut lane, 91), [absent(Some(0), &[], &[], true)]);
    assert_eq!(quiet(&mut lane, 200), []);
    assert_eq!(
        fold(&mut lane, &[reading(1, 1, 300, 1)], 300),
        [absent(Some(300_000), &[(0, 300_000)], &[], false)]
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

fn state(boot: u32, at_s: i64, online: bool) -> Reading {
    Reading {
        code: 4,
        value: Value {
            value: i32::from(online),
            extra: None,
        },
        ..reading(boot, 0, at_s, 0)
    }
}

fn absent(
    last: Option<i64>,
    gaps: &[(i64, i64)],
    gone: &[(i64, Option<i64>, u32)],
    quiet: bool,
) -> News {
    let absence = |(from, to, boot): &(i64, Option<i64>, u32)| Absence {
        from: *from,
        to: *to,
        boot: *boot,
    };
    News::Absent {
        last,
        gaps: gaps.to_vec(),
        gone: gone.iter().map(absence).collect(),
        quiet,
    }
}

#[test]
fn a_will_is_told_at_once_and_ends_with_the_birth() {
    let mut lane = Lane::new(1_000_000);
    fold(&mut lane, &[reading(7, 0, 0, 1)], 0);
    assert_eq!(
        fold(&mut lane, &[state(7, 40, false)], 40),
        [absent(Some(0), &[], &[(40_000, None, 7)], false)]
    );
    assert_eq!(
        fold(&mut lane, &[state(8, 50, true)], 50),
        [absent(Some(0), &[], &[(40_000, Some(50_000), 7)], false)]
    );
    let said = fold(&mut lane, &[reading(8, 0, 45, 1)], 55);
    let back = absent(Some(45_000), &[], &[(40_000, Some(45_000), 7)], false);
    assert!(
        said.contains(&back),
        "it was back before its birth: {said:?}"
    );
}

/// Whoever has spoken of the newer boot: a reading, or the birth alone.
#[test]
fn a_will_of_an_older_boot_is_ignored() {
    for spoken in [reading(8, 0, 0, 1), state(8, 0, true)] {
        let mut lane = Lane::new(1_000_000);
        fold(&mut lane, &[spoken], 0);
        assert_eq!(fold(&mut lane, &[state(7, 10, false)], 10), []);
        let said = fold(&mut lane, &[reading(8, 1, 20, 1)], 20);
        assert!(!said.iter().any(|news| matches!(news, News::Absent { .. })));
        assert_eq!(fold(&mut lane, &[state(8, 30, false)], 30).len(), 1);
    }
}

#[test]
fn a_device_that_moves_is_the_same_device() {
    let moved = "demo/north/b/r2/b9/pad1";
    let mut lane = Lane::new(1_000_000);
    fold(&mut lane, &[reading(1, 0, 0, 1)], 0);
    let mut reports = Vec::new();
    let at_b9 = frame_of(moved, &[reading(1, 0, 0, 1), reading(1, 1, 10, 1)]);
    lane.fold(&at_b9, 10_000, &mut reports);
    assert_eq!(
        lane.take_counts().duplicates,
        1,
        "by device, boot and number"
    );
    let said: Vec<_> = reports
        .iter()
        .map(|report| (&*report.device, report.place.ward.as_str(), &report.news))
        .collect();
    let fact = SensorFact::Pad { occupied: true };
    let at = (10_000, 1, 1);
    assert_eq!(
        said,
        [("pad1", "b", &News::Said { at, fact })],
        "said again, because it is said of another bed"
    );
}
