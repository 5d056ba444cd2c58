//! Rows, one by one.

use events::vital::VitalValue;
use jiff::tz::TimeZone;

use super::*;

const NOW: CellTime = CellTime(1_767_323_046_000);

fn how(signs: &[&str]) -> HowVitals {
    let map = ["visit=stay,at=charted,sign=signal,value=value,unit=uom".to_owned()];
    let signs: Vec<String> = signs.iter().map(|sign| (*sign).to_owned()).collect();
    let wall = Wall {
        zone: TimeZone::UTC,
        now_ms: i64::MAX,
    };
    HowVitals::parse(&map, &signs, (b',', wall)).unwrap()
}

fn read_rows(rows: &[&str]) -> VitalRows {
    let file = format!("stay,charted,signal,value,uom\n{}\n", rows.join("\n"));
    let how = how(&["hr=heart_rate, temp_f=temperature", "loc=consciousness"]);
    read(file.as_bytes(), &how, NOW, &Meter::default()).unwrap()
}

#[test]
fn signs_go_by_the_names_of_the_file_ours_and_codes() {
    let read = read_rows(&[
        "1,2164-10-23T23:00:00Z,hr,80,bpm",
        "1,2164-10-23T23:00:00Z,temp_f,98.6,Deg. F",
        "1,2164-10-23T23:00:00Z,loc,Alert,",
        "1,2164-10-23T23:00:00Z,respiratory_rate,12,insp/min",
        "1,2164-10-23T23:00:00Z,59408-5,97,%",
        "1,2164-10-23T23:00:00Z,gcs_eye,4,",
    ]);
    let said: Vec<String> = read
        .facts
        .iter()
        .map(|fact| match &fact.what {
            What::Vital { code, event, .. } => match event {
                VitalEvent::Observed(VitalValue::Number(number)) => format!("{code} {number}"),
                VitalEvent::Observed(VitalValue::Level(level)) => {
                    format!("{code} {}", level.letter())
                }
                VitalEvent::Withdrawn => panic!("no row says that"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        "loinc-8867-4 80.0",
        "loinc-8310-5 37.00",
        "loinc-80288-4 A",
        "loinc-9279-1 12.0",
        "loinc-59408-5 97.0",
    ];
    assert_eq!(said, expected);
    assert_eq!((read.rows, read.passed_over), (6, 1));
    assert!(read.facts.iter().all(|fact| fact.told == NOW));
}

#[test]
fn rows_are_rejected_one_by_one_with_code_and_reason() {
    let read = read_rows(&[
        "1,2164-10-23T23:00:00Z,hr,0,bpm",
        "1,2164-10-23T23:00:00Z,hr,80,",
        "1,2164-10-23T23:00:00Z,loc,Bedrest,",
        "1,yesterday,hr,80,bpm",
        ",2164-10-23T23:00:00Z,hr,80,bpm",
        "1,2164-10-23T23:00:00Z,hr",
        "1,2164-10-23T23:00:00Z,hr,80,bpm",
    ]);
    assert_eq!(read.facts.len(), 1);
    let listed: Vec<(u64, Reason)> = read
        .listed
        .iter()
        .map(|row| (row.line, row.rejected.reason))
        .collect();
    let expected = [
        (2, Reason::VitalImplausible),
        (3, Reason::FieldMissing),
        (4, Reason::CodeUnknown),
        (5, Reason::TimeInvalid),
        (6, Reason::FieldMissing),
        (7, Reason::TypeWrong),
    ];
    assert_eq!(listed, expected);
    assert_eq!(read.listed[0].original, b"1,2164-10-23T23:00:00Z,hr,0,bpm");
    assert_eq!(read.rejected.values().sum::<u64>(), 6);
}

/// What is sent again once corrected must be what it was: a comma in a field ends none.
#[test]
fn the_original_of_a_row_is_the_row_as_csv() {
    let rows = [
        r#""Doe, ""J""",2164-10-23T23:00:00Z,hr,fast,bpm"#,
        r#""1,2",2164-10-23T23:00:00Z,hr"#,
        "\"a\nb\",yesterday,hr,80,bpm",
    ];
    let listed = read_rows(&rows).listed;
    let originals: Vec<&[u8]> = listed.iter().map(|row| &*row.original).collect();
    assert_eq!(originals, rows.map(str::as_bytes));

    let mut how = how(&["hr=heart_rate"]);
    how.separator = b';';
    let file = "stay;charted;signal;value;uom\n\"1;2\";soon,or later;hr;80;bpm\n";
    let read = read(file.as_bytes(), &how, NOW, &Meter::default()).unwrap();
    assert_eq!(read.listed[0].original, b"\"1;2\";soon,or later;hr;80;bpm");
}

#[test]
fn a_row_that_comes_again_is_the_same_observation() {
    let name = |row: &str| match read_rows(&[row]).facts.remove(0).what {
        What::Vital { observation, .. } => observation,
        other => panic!("{other:?}"),
    };
    let first = name("1,2164-10-23T23:00:00Z,hr,80,bpm");
    assert_eq!(name("1,2164-10-23T23:00:00Z,heart_rate,81,bpm"), first);
    assert_ne!(name("2,2164-10-23T23:00:00Z,hr,80,bpm"), first);
    assert_ne!(name("1,2164-10-23T23:01:00Z,hr,80,bpm"), first);
}
