//! The whole system in virtual time, from one seed and without a server:
//! hospital, faults, gateway, log, processor. What the processor has said in the
//! end is compared with naive definitions over the same record: every KPI row of
//! every window, every alert. `MEDAXIS_SIM_SEEDS=FIRST-LAST` chooses the seeds.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod account;
#[path = "../adt/mod.rs"]
mod adt;
mod archive;
mod determinism;
mod log;
mod recovery;
mod replay;
mod said_again;
mod seeds;
mod shuffled;

use std::collections::BTreeSet;
use std::env;
use std::ops::RangeInclusive;

use events::control::{Control, Horizons, OccupancySource, Setting, Threshold};
use events::id::WardId;
use events::time::{CellTime, HOUR_MS, MINUTE_MS};
use simulators::delivery::{Deliveries, deliveries, received};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::judge;
use simulators::scenario::Scenario;
use simulators::truth::{self, Record};
use stream::site::SiteConfig;

use account::Account;
use log::Lanes;

/// 2026-01-05T00:00Z, a Monday.
const MONDAY: i64 = 1_767_571_200_000;
/// None; those after which everything is known in the end; all.
const FAULTS: [&str; 3] = ["none", "repeat,reorder,delay,reboot", "all"];
/// So many mismatches of a run are shown.
const SHOWN: usize = 10;

#[test]
fn quiet_night_is_told_as_it_was() {
    is_told_as_it_was("quiet_night");
}

#[test]
fn clinic_monday_is_told_as_it_was() {
    is_told_as_it_was("clinic_monday");
}

#[test]
fn flu_surge_is_told_as_it_was() {
    is_told_as_it_was("flu_surge");
}

#[test]
fn cleaning_shortage_is_told_as_it_was() {
    is_told_as_it_was("cleaning_shortage");
}

/// What lies beyond the horizon is let go of, and nothing that was said changes.
#[test]
fn a_short_memory_tells_the_same() {
    for faults in &FAULTS[1..] {
        let run = Run {
            hours: 18,
            horizon_ms: 5 * HOUR_MS,
            ..Run::new(1, "flu_surge", faults)
        };
        let mismatches = run.mismatches(&run.what_can_be_known());
        assert_eq!(mismatches, [""; 0], "faults {faults}");
    }
}

/// What comes into force while the hospital runs changes nothing before.
#[test]
fn what_is_set_holds_from_then_on() {
    for faults in &FAULTS[1..] {
        let mut run = Run::new(2, "cleaning_shortage", faults);
        run.settings = settings(run.start.0);
        let mismatches = run.mismatches(&run.what_can_be_known());
        assert_eq!(mismatches, [""; 0], "faults {faults}");
    }
}

/// Thresholds of the site and of a ward, two wards with other sources, and horizons: 5 h
/// reach further back than any message is late.
fn settings(start: i64) -> Vec<(i64, Setting)> {
    let threshold = |ward: Option<&str>, rule: &str, name: &str, value| {
        Setting::Threshold(Threshold {
            ward: ward.map(|ward| WardId::new(ward).unwrap()),
            rule: rule.to_owned(),
            name: name.to_owned(),
            value,
        })
    };
    let horizons = |hours: i64, disorder_ms| {
        Setting::Horizons(Horizons {
            correction_ms: hours * HOUR_MS,
            disorder_ms,
        })
    };
    let mut master = Hospital::master();
    for ward in &mut master.wards {
        ward.source = match ward.ward.as_str() {
            "MED-A" => OccupancySource::Pad,
            "MED-B" | "ICU" => OccupancySource::Visits,
            _ => ward.source,
        };
    }
    let at = |minute: i64| start + minute * MINUTE_MS + 20;
    vec![
        (at(61), threshold(None, "bed_dirty", "minutes", 20)),
        (at(92), threshold(Some("SURG"), "bed_dirty", "minutes", 90)),
        (
            at(93),
            threshold(None, "cleaning_not_started", "minutes", 10),
        ),
        (at(125), threshold(None, "ward_full", "raise_pct", 70)),
        (at(126), threshold(None, "ward_full", "clear_pct", 60)),
        (at(150), Setting::Master(master)),
        (at(153), horizons(5, 90_000)),
        (at(155), threshold(None, "request_waiting", "minutes", 15)),
        (at(170), threshold(None, "device_silent", "seconds", 100)),
        (at(200), horizons(72, 20_000)),
        (at(210), Setting::Version(1)),
        (at(240), Setting::Master(Hospital::master())),
        (
            at(245),
            threshold(Some("MED-A"), "ward_full", "raise_pct", 95),
        ),
    ]
}

/// The comparison sees what the processor can't know.
#[test]
fn what_was_lost_on_the_way_is_missed() {
    let run = Run::new(1, "flu_surge", "drop=0.02");
    let mismatches = run.mismatches(&run.truth());
    let of = |what: &str| mismatches.iter().any(|text| text.starts_with(what));
    assert!(of("kpi") && of("alert"), "{mismatches:?}");
}

fn is_told_as_it_was(scenario: &str) {
    let mut wrong = Vec::new();
    for seed in seeds() {
        for faults in FAULTS {
            let run = Run::new(seed, scenario, faults);
            let mismatches = run.mismatches(&run.what_can_be_known());
            if !mismatches.is_empty() {
                wrong.push(format!(
                    "{scenario}, seed {seed}, faults {faults}: {} mismatches, the first are\n{}\n\
                     again: MEDAXIS_SIM_SEEDS={seed}-{seed} cargo test --test sim {scenario}",
                    mismatches.len(),
                    mismatches[..mismatches.len().min(SHOWN)].join("\n"),
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn seeds() -> RangeInclusive<u64> {
    let chosen = env::var("MEDAXIS_SIM_SEEDS").unwrap_or_else(|_| "1-10".to_owned());
    let bounds = chosen.split_once('-');
    let (first, last) = bounds.expect("MEDAXIS_SIM_SEEDS is FIRST-LAST, such as 1-10");
    first.parse().unwrap()..=last.parse().unwrap()
}

/// Some hours of a hospital.
struct Run {
    seed: u64,
    scenario: Scenario,
    faults: Faults,
    start: CellTime,
    hours: i64,
    horizon_ms: i64,
    /// What is set while it runs.
    settings: Vec<(i64, Setting)>,
}

impl Run {
    /// Runs of different seeds begin at different hours, so that there are
    /// nights, clinics and changes of shift among them.
    fn new(seed: u64, scenario: &str, faults: &str) -> Self {
        let start = MONDAY + i64::try_from(seed % 4).unwrap() * 6 * HOUR_MS;
        Self {
            seed,
            scenario: Scenario::load(scenario).unwrap(),
            faults: faults.parse().unwrap(),
            start: CellTime(start),
            hours: 6,
            horizon_ms: SiteConfig::default().horizon_ms,
            settings: Vec::new(),
        }
    }

    fn end(&self) -> i64 {
        self.start.0 + self.hours * HOUR_MS
    }

    fn truth(&self) -> Record {
        Record::of_hospital(self.seed, &self.scenario, self.start, self.hours)
    }

    /// The truth, where nothing is lost; who was gone is known from wills alone.
    fn what_can_be_known(&self) -> Record {
        let (from, to) = (self.start.0, self.end());
        let received = received(self.deliveries(), Hospital::master(), from, to);
        let settings = self.settings.clone();
        if self.faults.lose_nothing() {
            let arrived = received.arrived;
            return Record {
                arrived,
                settings,
                ..self.truth()
            };
        }
        Record {
            settings,
            ..received
        }
    }

    fn deliveries(&self) -> Deliveries {
        deliveries(
            self.seed,
            &self.scenario,
            self.faults,
            self.start,
            self.hours,
        )
    }

    /// How what the processor says differs from what it should say.
    fn mismatches(&self, record: &Record) -> Vec<String> {
        let mut account = Account::default();
        let workers = usize::try_from(self.seed % 3).unwrap() + 1;
        replay::replay(self.seed, workers, self.site(), &self.lanes(), |output| {
            account.hear(output)
        });
        let rows = account.rows(self.end()).len();
        assert!(rows > 10_000, "{rows} rows");
        self.differences(record, &account)
    }

    /// How an account differs from what the naive definitions say.
    fn differences(&self, record: &Record, account: &Account) -> Vec<String> {
        let (rows, alerts) = (truth::rows(record), truth::alerts(record));
        let said = account.alerts(self.end());
        let distinct: BTreeSet<_> = said.iter().cloned().collect();
        assert_eq!(said.len(), distinct.len(), "an alert has two names");
        let rows = judge::compare_rows(&rows, &account.rows(self.end()));
        let alerts = judge::compare_alerts(&alerts, &distinct);
        let all = rows.iter().chain(&alerts);
        all.map(ToString::to_string).collect()
    }

    fn site(&self) -> SiteConfig {
        SiteConfig {
            horizon_ms: self.horizon_ms,
            ..SiteConfig::default()
        }
    }

    /// Its log.
    fn lanes(&self) -> Lanes {
        let site = [(Hospital::site(), Hospital::master())];
        let control = |(at, setting): &(i64, Setting)| {
            let (site, setting) = (Hospital::site(), setting.clone());
            (*at, Control { site, setting })
        };
        let controls: Vec<_> = self.settings.iter().map(control).collect();
        let deliveries = self.deliveries();
        log::write(
            self.seed,
            &site,
            &controls,
            deliveries,
            self.start,
            self.end(),
        )
    }
}
