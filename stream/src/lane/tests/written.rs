//! A lane is copied while it goes on, written down from the copy, and read again.

use super::*;

/// More than a block of devices; some have two places, and some are quiet now and then.
const DEVICES: u64 = 70;

/// What comes in the given minute: of most devices two readings, of some an old one, one
/// of another boot, or one from another place.
fn minute(minute: u64) -> Vec<SensorFrame> {
    let frame_of_device = |device: u64| {
        if (device + minute).is_multiple_of(7) {
            return None;
        }
        let place = if (device + minute / 5).is_multiple_of(9) {
            "b2"
        } else {
            "b1"
        };
        let path = format!("demo/north/a/r1/{place}/pad{device}");
        let at_s = i64::try_from(minute * 60 + device % 3).unwrap();
        let value = i32::from((device + minute / 4).is_multiple_of(2));
        let boot = 1 + u32::try_from(minute / 20).unwrap();
        let seq = minute * 3;
        let late = reading(boot, seq + 2, at_s - 400, 1 - value);
        let mut readings = vec![
            reading(boot, seq, at_s, value),
            reading(boot, seq + 1, at_s + 9, value),
        ];
        readings.extend((device + minute).is_multiple_of(11).then_some(late));
        Some(frame_of(&path, &readings))
    };
    (0..DEVICES).filter_map(frame_of_device).collect()
}

/// Lets a minute pass, and the time in which nothing comes after it.
fn live(lane: &mut Lane, at: u64) -> Vec<Report> {
    let mut reports = Vec::new();
    let now = i64::try_from(at * 60_000).unwrap();
    for frame in minute(at) {
        lane.fold(&frame, now, &mut reports);
    }
    while let Some(due) = lane.due().filter(|due| *due < now + 60_000) {
        lane.tick(due, &mut reports);
    }
    reports
}

fn bytes(kept: &Kept) -> Vec<u8> {
    postcard::to_allocvec(kept).unwrap()
}

fn read(bytes: &[u8]) -> Option<Lane> {
    Lane::restored(postcard::from_bytes(bytes).unwrap(), HORIZON_MS)
}

const HORIZON_MS: i64 = 20 * 60_000;

#[test]
fn a_copy_is_written_down_as_the_lane_was_and_the_lane_goes_on_from_it() {
    let mut lane = Lane::new(HORIZON_MS);
    for at in 0..60 {
        live(&mut lane, at);
        if at % 10 != 9 {
            continue;
        }
        let copy = lane.kept();
        let written = bytes(&copy);
        let mut restored = read(&written).unwrap();
        assert_eq!(bytes(&restored.kept()), written);
        for later in at + 1..at + 10 {
            let said = live(&mut lane, later);
            assert!(!said.is_empty(), "nothing happens in minute {later}");
            assert_eq!(live(&mut restored, later), said, "minute {later}");
            assert_eq!(restored.due(), lane.due());
        }
        assert_eq!(bytes(&copy), written, "the copy is as it was");
        assert_ne!(bytes(&lane.kept()), written);
        assert_eq!(bytes(&restored.kept()), bytes(&lane.kept()));
    }
}

#[test]
fn what_no_lane_has_kept_is_refused() {
    let mut lane = Lane::new(HORIZON_MS);
    live(&mut lane, 1);
    for source in [("no path", 0), (PATH, usize::try_from(DEVICES).unwrap())] {
        let mut kept = lane.kept();
        kept.sources.push((source.0.into(), source.1));
        assert!(read(&bytes(&kept)).is_none(), "{source:?}");
    }
}
