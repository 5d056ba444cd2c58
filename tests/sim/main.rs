//! The whole system in virtual time, from one seed: hospital, faults, gateway,
//! log, processor. What the processor has said in the end is compared with naive
//! definitions over the same record: every KPI row of every window, every alert.
//!
//! `MEDAXIS_SIM_SEEDS=FIRST-LAST` chooses the seeds.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod account;
mod log;
mod replay;

use events::time::{CellTime, HOUR_MS};
use simulators::delivery::{deliveries, received};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::judge;
use simulators::scenario::Scenario;
use simulators::truth::{self, Record};

use account::Account;

/// 2026-01-05T00:00Z.
const DAY: i64 = 1_767_571_200_000;
const HOURS: i64 = 6;
/// What is kept of a message about many mismatches.
const SHOWN: usize = 20;

const FAULTS: [&str; 3] = ["none", "repeat,reorder,delay,reboot", "all"];

#[test]
fn quiet_night_is_told_as_it_was() {
    told_as_it_was("quiet_night");
}

#[test]
fn clinic_monday_is_told_as_it_was() {
    told_as_it_was("clinic_monday");
}

#[test]
fn flu_surge_is_told_as_it_was() {
    told_as_it_was("flu_surge");
}

#[test]
fn cleaning_shortage_is_told_as_it_was() {
    told_as_it_was("cleaning_shortage");
}

fn told_as_it_was(scenario: &str) {
    let mut wrong = Vec::new();
    for seed in seeds() {
        for faults in FAULTS {
            let began = std::time::Instant::now();
            let mismatches = mismatches(seed, scenario, faults);
            eprintln!("{scenario} {seed} {faults}: {} {:?}", mismatches.len(), began.elapsed());
            if let Some(first) = mismatches.first() {
                wrong.push(format!(
                    "{scenario}, seed {seed}, faults {faults}: {} mismatches, first:\n{}\nto see it again: MEDAXIS_SIM_SEEDS={seed}-{seed} cargo test --test sim {scenario}",
                    mismatches.len(),
                    mismatches[..mismatches.len().min(SHOWN)].join("\n"),
                ));
                let _ = first;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn seeds() -> std::ops::RangeInclusive<u64> {
    let chosen = std::env::var("MEDAXIS_SIM_SEEDS").unwrap_or_else(|_| "1-10".to_owned());
    let (first, last) = chosen.split_once('-').expect("MEDAXIS_SIM_SEEDS is FIRST-LAST");
    first.parse().unwrap()..=last.parse().unwrap()
}

/// How what the processor says of a run differs from what it should say.
fn mismatches(seed: u64, scenario: &str, faults: &str) -> Vec<String> {
    let scenario = Scenario::load(scenario).unwrap();
    let faults: Faults = faults.parse().unwrap();
    // Runs begin at different hours: nights, clinics, changes of shift.
    let start = CellTime(DAY + i64::try_from(seed % 4).unwrap() * 6 * HOUR_MS);
    let end = start.0 + HOURS * HOUR_MS;
    let arriving = || deliveries(seed, &scenario, faults, start, HOURS);
    let sites = [(Hospital::site(), Hospital::master())];
    let t = std::time::Instant::now();
    let lanes = log::write(seed, &sites, arriving(), start, end);
    eprintln!("write {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let mut account = Account::default();
    let workers = usize::try_from(seed % 3).unwrap() + 1;
    replay::replay(seed, workers, &lanes, |output| account.hear(output));
    eprintln!("replay {:?} late {:?}", t.elapsed(), account.late());
    let t = std::time::Instant::now();
    let record = if faults.lose_nothing() {
        Record::of_hospital(seed, &scenario, start, HOURS)
    } else {
        received(arriving(), Hospital::master(), start.0, end)
    };
    let rows = judge::compare_rows(&truth::rows(&record), &account.rows(end));
    let said = account::distinct(account.alerts(end));
    let alerts = judge::compare_alerts(&truth::alerts(&record), &said);
    eprintln!("truth {:?}", t.elapsed());
    rows.iter().chain(&alerts).map(ToString::to_string).collect()
}
