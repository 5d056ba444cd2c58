//! The whole system in virtual time, from one seed and without a server:
//! hospital, faults, gateway, log, processor. What the processor has said in the
//! end is compared with naive definitions over the same record: every KPI row of
//! every window, every alert. `MEDAXIS_SIM_SEEDS=FIRST-LAST` chooses the seeds.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod ablations;
mod account;
#[path = "../adt/mod.rs"]
mod adt;
mod archive;
mod bed_history;
mod beds;
mod cancelled;
mod days;
mod determinism;
mod door;
mod explain;
mod log;
mod marks;
mod mistakes;
mod plain;
mod recovery;
mod replay;
mod said_again;
mod seeds;
mod shuffled;
mod sink;
mod sources;
mod topics;
mod under_way;
mod weeks;
mod workers;

use std::collections::BTreeSet;
use std::env;
use std::ops::RangeInclusive;

use events::control::{BedMaster, Control, Horizons, OccupancySource, Setting, Threshold};
use events::id::WardId;
use events::time::{CellTime, HOUR_MS, MINUTE_MS, Resolution};
use simulators::delivery::{Delivery, Receiving, deliveries};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::judge;
use simulators::scenario::Scenario;
use simulators::truth::{self, Record};
use stream::site::{SiteConfig, epoch_time};
use stream::version;

use account::Account;
use log::{Log, Story};

/// 2026-01-05T00:00Z, a Monday.
const MONDAY: i64 = 1_767_571_200_000;
/// None; those after which everything is known in the end; all.
const FAULTS: [&str; 3] = ["none", "repeat,reorder,delay,reboot", "all"];
/// Windows of which it is looked at how well they are covered.
const LONG: [Resolution; 3] = [Resolution::Quarter, Resolution::Hour, Resolution::Day];
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
        assert_eq!(run.mismatches(), [""; 0], "faults {faults}");
    }
}

/// What comes into force while the hospital runs changes nothing before.
#[test]
fn what_is_set_holds_from_then_on() {
    for faults in &FAULTS[1..] {
        let mut run = Run::new(2, "cleaning_shortage", faults);
        run.settings = settings(run.start.0);
        assert_eq!(run.mismatches(), [""; 0], "faults {faults}");
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
    master.time_zone = Some("Asia/Kolkata".to_owned());
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
        (at(95), threshold(None, "bed_conflict", "minutes", 12)),
        (at(97), threshold(None, "source_silent", "minutes", 1)),
        (at(125), threshold(None, "ward_full", "raise_pct", 70)),
        (at(126), threshold(None, "ward_full", "clear_pct", 60)),
        (at(150), Setting::Master(master)),
        (at(153), horizons(5, 90_000)),
        (at(155), threshold(None, "request_waiting", "minutes", 15)),
        (at(170), threshold(None, "device_silent", "seconds", 100)),
        (
            at(180),
            threshold(Some("ICU"), "bed_conflict", "minutes", 45),
        ),
        (at(200), horizons(72, 20_000)),
        (at(210), Setting::Version(version::NEWEST)),
        (at(240), Setting::Master(Hospital::master())),
        (
            at(245),
            threshold(Some("MED-A"), "ward_full", "raise_pct", 95),
        ),
    ]
}

/// Sources fall silent for hours, and what they feed says so.
#[test]
fn a_source_that_is_out_is_told() {
    let mut out = 0;
    for seed in 1..=4 {
        let run = Run {
            hours: 24,
            ..Run::new(seed, "flu_surge", "outage=1,repeat,delay")
        };
        let log = run.log();
        let account = run.account(&log);
        let mismatches = run.differences(&run.what_can_be_known(&log), &account);
        assert_eq!(mismatches, [""; 0], "seed {seed}");
        let covers = account.covers(run.end(), &LONG);
        out += covers.values().filter(|cover| cover.0 < 1_000_000).count();
    }
    assert!(out > 1_000, "{out} rows that are not covered");
}

/// The comparison sees what the processor can't know.
#[test]
fn what_was_lost_on_the_way_is_missed() {
    let run = Run::new(1, "flu_surge", "drop=0.02");
    let mismatches = run.differences(&run.truth(), &run.account(&run.log()));
    let of = |what: &str| mismatches.iter().any(|text| text.starts_with(what));
    assert!(of("kpi") && of("alert"), "{mismatches:?}");
}

fn is_told_as_it_was(scenario: &str) {
    let mut wrong = Vec::new();
    for seed in seeds() {
        for faults in FAULTS {
            let run = Run::new(seed, scenario, faults);
            let mismatches = run.mismatches();
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
    shortest: Resolution,
    /// The zone that the bed master names.
    time_zone: Option<&'static str>,
    /// What is set while it runs.
    settings: Vec<(i64, Setting)>,
    /// Whether a gateway that starts again reads back which requests were taken.
    recalls: bool,
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
            shortest: Resolution::Minute,
            time_zone: None,
            settings: Vec::new(),
            recalls: true,
        }
    }

    /// What its log begins with.
    fn first_version(&self) -> (i64, Setting) {
        (self.start.0, Setting::Version(version::NEWEST))
    }

    fn end(&self) -> i64 {
        self.start.0 + self.hours * HOUR_MS
    }

    /// The bed master that is in force first.
    fn master(&self) -> BedMaster {
        BedMaster {
            time_zone: self.time_zone.map(str::to_owned),
            ..Hospital::master()
        }
    }

    /// What happened, and what was taken back.
    fn truth(&self) -> Record {
        let mut record = Record::of_hospital(self.seed, &self.scenario, self.start, self.hours);
        record.master = self.master();
        let mistakes = mistakes::mistakes(self.seed, &record.facts, self.end());
        record.facts.extend(mistakes);
        record
    }

    /// The truth, where nothing is lost; who was gone is known from wills alone.
    fn what_can_be_known(&self, log: &Log) -> Record {
        let set = self.settings.iter().cloned();
        let settings: Vec<_> = std::iter::once(self.first_version()).chain(set).collect();
        let receiving = self.receiving(log);
        let received = Record {
            settings: settings.clone(),
            ..receiving.record().clone()
        };
        // What is delayed most is delayed by three hours; and it is taken, unless its device
        // has started twice since.
        let is_taken = self.horizon_ms > 3 * HOUR_MS && receiving.too_old() == 0;
        if self.faults.lose_nothing() && is_taken {
            let arrived = received.arrived;
            return Record {
                arrived,
                settings,
                ..self.truth()
            };
        }
        received
    }

    /// What arrived in time.
    fn receiving(&self, log: &Log) -> Receiving {
        let mut receiving = Receiving::new(self.master(), self.start.0, self.end());
        for (epoch, delivery) in &log.arrived {
            receiving.take(delivery.clone(), epoch_time(*epoch) - self.horizon_ms);
        }
        receiving
    }

    fn deliveries(&self) -> Vec<Delivery> {
        let hospital = deliveries(
            self.seed,
            &self.scenario,
            self.faults,
            self.start,
            self.hours,
        );
        let facts = Record::of_hospital(self.seed, &self.scenario, self.start, self.hours).facts;
        let mistakes = mistakes::mistakes(self.seed, &facts, self.end());
        let mut all: Vec<_> = hospital
            .chain(mistakes::told(self.seed, mistakes))
            .collect();
        all.sort_by_key(|delivery| delivery.at_ms);
        all
    }

    /// How what the processor says differs from what it should say.
    fn mismatches(&self) -> Vec<String> {
        let log = self.log();
        self.differences(&self.what_can_be_known(&log), &self.account(&log))
    }

    /// What the processor says.
    fn account(&self, log: &Log) -> Account {
        let mut account = Account::default();
        let workers = usize::try_from(self.seed % 3).unwrap() + 1;
        replay::replay(self.seed, workers, self.site(), &log.lanes, |output| {
            account.hear(output)
        });
        let rows = account.rows(self.end()).len();
        assert!(rows > 10_000, "{rows} rows");
        account
    }

    /// How an account differs from what the naive definitions say.
    fn differences(&self, record: &Record, account: &Account) -> Vec<String> {
        let (rows, alerts) = (truth::rows(record), truth::alerts(record));
        let said = account.alerts(self.end());
        let distinct: BTreeSet<_> = said.iter().cloned().collect();
        assert_eq!(said.len(), distinct.len(), "an alert has two names");
        let rows = judge::compare_rows(&rows, &account.rows(self.end()));
        let alerts = judge::compare_alerts(&alerts, &distinct);
        let covers = judge::compare_covers(
            &truth::covers_of(record, &LONG),
            &account.covers(self.end(), &LONG),
        );
        let all = rows.iter().chain(&alerts).chain(&covers);
        all.map(ToString::to_string).collect()
    }

    fn site(&self) -> SiteConfig {
        SiteConfig {
            horizon_ms: self.horizon_ms,
            shortest: self.shortest,
            ..SiteConfig::default()
        }
    }

    /// Its log.
    fn log(&self) -> Log {
        let control = |(at, setting): &(i64, Setting)| {
            let (site, setting) = (Hospital::site(), setting.clone());
            (*at, Control { site, setting })
        };
        log::write(Story {
            seed: self.seed,
            sites: vec![(Hospital::site(), self.master())],
            controls: self.settings.iter().map(control).collect(),
            deliveries: self.deliveries(),
            start: self.start,
            end: self.end(),
            recalls: self.recalls,
        })
    }
}
