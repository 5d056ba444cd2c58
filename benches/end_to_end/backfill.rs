//! How fast the stays of a year are folded, from a file to their numbers.

use std::fmt::Write as _;
use std::process::Command;

use jiff::Timestamp;
use serde_json::Value;

use crate::servers::MEDAXIS;

const STAYS: i64 = 60_000;
const WARDS: i64 = 20;
/// Everybody lies in a bed of their own of so many, one after the other.
const BEDS: i64 = 40;
const YEAR_MINUTES: i64 = 365 * 24 * 60;
/// 2025-01-01T00:00Z.
const BEGIN_MS: i64 = 1_735_689_600_000;

/// As a row of the table; nothing is stored, so that it is the fold that is measured.
pub(crate) fn of_a_year() -> String {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("stays.csv");
    std::fs::write(&file, stays()).expect("the folder can be written to");
    let map = "visit=visit,ward=ward,in=in,out=out,bed=bed";
    let site = [
        "--tenant",
        "demo",
        "--site",
        "north",
        "--zone",
        "Europe/Vienna",
    ];
    let said = Command::new(MEDAXIS)
        .args(["backfill", "stays", "--dry-run", "--map", map])
        .args(site)
        .arg(&file)
        .output();
    let said = said.expect("the program starts");
    assert!(said.status.success(), "{said:?}");
    let report: Value = serde_json::from_slice(&said.stdout).expect("a report");
    assert_eq!(report["rejected"], 0, "{report:#}");
    format!(
        "| backfill of {STAYS} stays of a year on {WARDS} wards, folded | {} stays/s, {} s |",
        report["rows_per_second"], report["took_s"],
    )
}

/// The beds take turns, and a stay ends before the next in its bed begins.
fn stays() -> String {
    let mut csv = "visit,ward,in,out,bed\n".to_owned();
    let (beds, a_bed) = (WARDS * BEDS, STAYS / (WARDS * BEDS));
    let every = YEAR_MINUTES / a_bed;
    for number in 0..STAYS {
        let (bed, turn) = (number % beds, number / beds);
        let begin = turn * every + bed * 7 % every;
        let minutes = 30 + number * 7_919 % (every - 60);
        let time = |minute: i64| {
            let at = Timestamp::from_millisecond(BEGIN_MS + minute * 60_000);
            at.expect("a time of that year or the next")
        };
        let (ward, bed) = (bed % WARDS, bed / WARDS);
        let (from, to) = (time(begin), time(begin + minutes));
        writeln!(csv, "{number},W{ward},{from},{to},{bed}").expect("memory takes any text");
    }
    csv
}
