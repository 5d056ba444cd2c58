//! Real vital signs with what is wrong in them: 83,361 rows of an open set. What is taken
//! and what is rejected, by reason, equals a count that shares no code with the reader.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::collections::BTreeMap;
use std::process::Command;

use events::fact::{VitalEvent, What};
use events::reason::Reason;
use events::time::CellTime;
use events::vital::VitalValue;
use ingest::csv::Meter;
use ingest::csv::moment::Wall;
use ingest::csv::vitals::{self, HowVitals, VitalRows};
use jiff::tz::TimeZone;

const MAP: &str = "visit=hadm_id,at=charttime,sign=signal,value=value,unit=uom";
/// Name in the file, name here, and what can be, in the unit of the file.
const SIGNS: [(&str, &str, f64, f64); 8] = [
    ("abp_sys", "systolic_pressure", 20.0, 350.0),
    ("fio2", "inspired_oxygen", 15.0, 100.0),
    ("hr", "heart_rate", 1.0, 350.0),
    ("nbp_sys", "systolic_pressure", 20.0, 350.0),
    ("rr", "respiratory_rate", 1.0, 150.0),
    ("spo2", "oxygen_saturation", 1.0, 100.0),
    ("temp_c", "temperature", 20.0, 45.0),
    ("temp_f", "temperature", 68.0, 113.0),
];
const UNITS: [&str; 7] = ["mmHg", "BPM", "bpm", "insp/min", "%", "Deg. C", "Deg. F"];

fn file() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/mimic3-demo/vitals_long.csv.gz"
    );
    let unpacked = Command::new("gzip").args(["-dc", path]).output().unwrap();
    assert!(
        unpacked.status.success(),
        "{path} beside the project can't be read"
    );
    String::from_utf8(unpacked.stdout).unwrap()
}

fn read(file: &str) -> VitalRows {
    let signs = SIGNS.map(|(name, sign, ..)| format!("{name}={sign}"));
    let wall = Wall {
        zone: TimeZone::UTC,
        now_ms: i64::MAX,
    };
    let signs = [&signs[..], &["loc=consciousness".to_owned()]].concat();
    let how = HowVitals::parse(&[MAP.to_owned()], &signs, (b',', wall)).unwrap();
    let now = CellTime(1_767_323_046_000);
    vitals::read(file.as_bytes(), &how, now, &Meter::default()).unwrap()
}

/// What becomes of a row, by hand; nothing when its sign is not asked for.
fn expected(row: &str) -> Option<Result<(), Reason>> {
    let cells: Vec<&str> = row.split(',').collect();
    let (signal, value, unit) = (cells[4], cells[7], cells[8]);
    if value.is_empty() && (signal == "loc" || SIGNS.iter().any(|sign| sign.0 == signal)) {
        return Some(Err(Reason::FieldMissing));
    }
    if signal == "loc" {
        let known = ["Alert", "Unresponsive"].contains(&value);
        return Some(if known {
            Ok(())
        } else {
            Err(Reason::CodeUnknown)
        });
    }
    let (.., least, most) = SIGNS.into_iter().find(|(name, ..)| *name == signal)?;
    Some(match value.parse::<f64>() {
        _ if value.is_empty() || unit.is_empty() => Err(Reason::FieldMissing),
        Err(_) => Err(Reason::TypeWrong),
        Ok(_) if !UNITS.contains(&unit) => Err(Reason::UnitUnknown),
        Ok(value) if !(least..=most).contains(&value) => Err(Reason::VitalImplausible),
        Ok(_) => Ok(()),
    })
}

#[test]
fn every_row_is_taken_passed_over_or_rejected_for_its_reason() {
    let file = file();
    let read = read(&file);
    let (mut told, mut passed_over) = (0, 0);
    let mut rejected: BTreeMap<Reason, u64> = BTreeMap::new();
    for row in file.lines().skip(1) {
        match expected(row) {
            None => passed_over += 1,
            Some(Ok(())) => told += 1,
            Some(Err(reason)) => *rejected.entry(reason).or_default() += 1,
        }
    }
    assert_eq!(read.rows, 83_361);
    assert_eq!(read.rejected, rejected);
    assert_eq!(read.facts.len(), told);
    assert_eq!(read.passed_over, passed_over);
    assert!(rejected[&Reason::VitalImplausible] > 10, "{rejected:?}");
}

#[test]
fn what_cannot_be_is_named_by_line_and_reason_and_nothing_of_it_is_told() {
    let file = file();
    let read = read(&file);
    let is_garbage = |row: &str| row.contains(",11647,");
    assert_eq!(file.lines().filter(|row| is_garbage(row)).count(), 1);
    let mut listed = read.listed.iter();
    let row = listed.find(|row| is_garbage(str::from_utf8(&row.original).unwrap()));
    let row = row.unwrap();
    assert_eq!(row.rejected.reason, Reason::VitalImplausible);
    assert!(!row.rejected.detail.contains("11647"));
    for fact in &read.facts {
        let What::Vital { code, event, .. } = &fact.what else {
            panic!("{fact:?}");
        };
        if let VitalEvent::Observed(VitalValue::Number(number)) = event {
            assert!(
                number.digits > 0 && number.digits < 5_000,
                "{code} {number}"
            );
        }
    }
}
