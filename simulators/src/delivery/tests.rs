//! What the faults do to a few hours of deliveries.

use std::collections::BTreeMap;

use super::*;
use crate::judge::{compare_alerts, compare_rows};
use crate::truth::{self, Record};

/// 2026-01-05T06:00Z, a Monday.
const START: CellTime = CellTime(1_767_592_800_000);
const HOURS: i64 = 6;

fn scenario() -> Scenario {
    Scenario::load("flu_surge").unwrap()
}

fn through(faults: &str) -> Vec<Delivery> {
    let faults = faults.parse().unwrap();
    deliveries(1, &scenario(), faults, START, HOURS).collect()
}

fn record(deliveries: Vec<Delivery>) -> Record {
    let to = START.0 + HOURS * HOUR_MS;
    received(deliveries, Hospital::master(), START.0, to)
}

fn truth() -> Record {
    Record::of_hospital(1, &scenario(), START, HOURS)
}

#[test]
fn deliveries_come_in_order_and_always_the_same() {
    let all = through("all");
    assert!(all.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    assert_eq!(all, through("all"));
    assert_ne!(all, through("none"));
}

#[test]
fn nothing_is_lost_without_faults_that_lose() {
    let rows = truth::rows(&truth());
    for faults in [
        "none",
        "repeat",
        "reorder",
        "delay",
        "reboot=1",
        // What is held back over two starts of its device is lost with both.
        "repeat,reorder,delay=0.3",
        "repeat,reorder,reboot=0.5",
    ] {
        let got = record(through(faults));
        assert_eq!(got.readings.len(), truth().readings.len(), "{faults}");
        assert_eq!(got.facts.len(), truth().facts.len(), "{faults}");
        assert!(
            compare_rows(&rows, &truth::rows(&got)).is_empty(),
            "{faults}"
        );
        // Wills are told of devices that start again; the hospital knows none.
        let told = Record {
            arrived: got.arrived.clone(),
            ..truth()
        };
        assert_eq!(truth::alerts(&told), truth::alerts(&got), "{faults}");
    }
}

#[test]
fn losing_faults_change_what_is_known() {
    for faults in ["drop=0.05", "skew=0.5", "silence=0.5"] {
        let (got, truth) = (record(through(faults)), truth());
        let (rows, alerts) = (truth::rows(&truth), truth::alerts(&truth));
        let differ = compare_rows(&rows, &truth::rows(&got)).len();
        let differ = differ + compare_alerts(&alerts, &truth::alerts(&got)).len();
        assert!(differ > 0, "{faults}");
    }
}

#[test]
fn a_silence_is_noticed() {
    let alerts = truth::alerts(&record(through("silence=0.5")));
    assert!(alerts.iter().any(|alert| alert.0 == "device_silent"));
}

#[test]
fn a_device_that_starts_again_says_so_and_counts_from_zero() {
    let mut boots: BTreeMap<DeviceId, u32> = BTreeMap::new();
    for (path, reading) in record(through("reboot=1")).readings {
        let boot = boots.entry(path.device).or_default();
        if reading.boot > *boot {
            assert_eq!(reading.seq, 0);
        }
        *boot = reading.boot.max(*boot);
    }
    assert!(boots.values().all(|boot| i64::from(*boot) == HOURS + 1));
}

#[test]
fn a_clock_that_is_ahead_is_replaced_by_the_time_of_receipt() {
    let ahead = record(through("skew=1")).readings;
    let flagged = ahead
        .iter()
        .filter(|(_, reading)| reading.flags.0 != 0)
        .count();
    assert!(flagged > ahead.len() / 3 && flagged < ahead.len() * 2 / 3);
    let replaced = |reading: &Reading| reading.flags.0 == 0 || reading.at.0 == reading.told.0;
    assert!(ahead.iter().all(|(_, reading)| replaced(reading)));
}
