//! Hundreds of small hospitals, each from one seed: an hour with its faults, its mistakes
//! and its settings; a gateway that is killed and loses its broker; a log with late,
//! missing, repeated and backward ticks; a processor that is killed and goes on from
//! snapshots with another number of workers; and a sink that is killed and goes on from
//! its progress. What stands in the tables in the end is, byte for byte, what a processor
//! says that nothing happened to, and every row, alert and history of a bed is what the
//! naive definitions say.
//!
//! `MEDAXIS_SIM_KILLS=20000` chooses how many, `MEDAXIS_SIM_KILLS=17-17` which.

use std::collections::BTreeSet;
use std::env;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use events::control::{BedMaster, OccupancySource, Setting};
use events::fact::{BedTap, VisitEvent, What};
use events::id::WardId;
use events::output::{AlertState, BedView, Change, Output};
use events::reason::Reason;
use events::time::{HOUR_MS, MINUTE_MS};
use simulators::hospital::Hospital;
use simulators::truth::Record;

use crate::account::Account;

use crate::marks::Marks;
use crate::recovery::Lives;
use crate::sink::Sink;
use crate::{FAULTS, Run, bed_history, beds, plain, settings, topics};

const SEEDS: &str = "300";
const SCENARIOS: [&str; 4] = [
    "quiet_night",
    "clinic_monday",
    "flu_surge",
    "cleaning_shortage",
];
/// From so many seeds on every rare path must have been gone.
const MANY: usize = 200;
/// What comes so long after it happened is late.
const LATE_MS: i64 = MINUTE_MS;
/// So many differences of a seed are shown.
const SHOWN: usize = 5;

#[test]
fn seeds_are_right_whatever_happens() {
    let seeds = seeds();
    let next = AtomicU64::new(*seeds.start());
    let (marks, wrong) = (Mutex::new(Marks::default()), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let seed = next.fetch_add(1, Ordering::Relaxed)
                    && seed <= *seeds.end()
                {
                    let (happened, differences) = live(seed);
                    marks.lock().unwrap().add(&happened);
                    if !differences.is_empty() {
                        let first = &differences[..differences.len().min(SHOWN)];
                        let again = format!(
                            "seed {seed}, {} differences, again with MEDAXIS_SIM_KILLS={seed}-{seed}:\n{}",
                            differences.len(),
                            first.join("\n")
                        );
                        println!("{again}");
                        wrong.lock().unwrap().push(again);
                    }
                }
            });
        }
    });
    let (marks, wrong) = (marks.into_inner().unwrap(), wrong.into_inner().unwrap());
    println!("{marks:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // A single seed that is looked at again proves nothing about the others.
    if seeds.count() >= MANY {
        assert_eq!(marks.never(), [""; 0], "what never happened");
    }
}

/// One hospital. Returns what happened on the way, and what came out otherwise than it should.
fn live(seed: u64) -> (Marks, Vec<String>) {
    let run = run(seed);
    let log = run.log();
    let plain = plain::fold(&log.lanes, run.site(), |_, _| {});
    let (said, mut marks) = Lives::of(seed, run.site(), &log.lanes).live();
    let mut sink = Sink::new(seed, false);
    sink.read(&said);

    let violations = sink.violations.iter().map(ToString::to_string);
    let mut differences: Vec<String> = violations.collect();
    if sink.rows != topics::rows(&plain.said) {
        differences.push("with kills other rows are stored than without".to_owned());
    }
    let record = run.what_can_be_known(&log);
    differences.extend(bed_history::differences(&run, &log, &plain.said));
    differences.extend(beds::differences(&run, &plain, &record));
    let mut account = Account::default();
    plain
        .said
        .iter()
        .cloned()
        .for_each(|output| account.hear(output));
    differences.extend(run.differences(&record, &account));

    marks.add(&log.marks);
    marks.add(&sink.marks);
    marks.count("a duplicate was dropped", plain.duplicates);
    note_record(&record, &mut marks);
    note_settings(&run, &mut marks);
    note_outputs(&plain.said, &mut marks);
    (marks, differences)
}

fn seeds() -> RangeInclusive<u64> {
    let said = env::var("MEDAXIS_SIM_KILLS").unwrap_or_else(|_| SEEDS.to_owned());
    let (first, last) = said.split_once('-').unwrap_or(("1", &said));
    let number = |text: &str| {
        text.parse()
            .expect("MEDAXIS_SIM_KILLS is LAST or FIRST-LAST")
    };
    number(first)..=number(last)
}

/// An hour of a scenario; every third one is told of settings while it runs, and every
/// fifth of the others has a memory so short that what is delayed most is beyond it.
pub(crate) fn run(seed: u64) -> Run {
    let scenario = SCENARIOS[usize::try_from(seed % 4).unwrap()];
    let faults = FAULTS[usize::try_from(seed / 4 % 3).unwrap()];
    let mut run = Run::new(seed, scenario, faults);
    run.hours = 1;
    if seed.is_multiple_of(3) {
        // Those that are made for six hours, in one.
        let start = run.start.0;
        let sooner = |(at, setting)| {
            (
                start + (at - start) / 300 * 60 / MINUTE_MS * MINUTE_MS + 20,
                setting,
            )
        };
        run.settings = settings(start).into_iter().map(sooner).collect();
    } else if seed.is_multiple_of(5) {
        run.horizon_ms = HOUR_MS;
    }
    run
}

/// What was rare among what was told.
fn note_record(record: &Record, marks: &mut Marks) {
    let mut newest = i64::MIN;
    for fact in &record.facts {
        if fact.told.0 - fact.at.0 > LATE_MS {
            marks.note("a fact came late");
        }
        if fact.at.0 < newest {
            marks.note("a fact was overtaken");
        }
        newest = newest.max(fact.at.0);
        match &fact.what {
            What::Visit { event, .. } => match event {
                VisitEvent::Cancelled => marks.note("a visit was cancelled"),
                VisitEvent::PlacedByCancel(_) => marks.note("a move or discharge was cancelled"),
                VisitEvent::Merged(_) => marks.note("a visit was merged"),
                _ => {}
            },
            What::Bed {
                tap: BedTap::Blocked { .. },
                ..
            } => marks.note("a bed was blocked"),
            _ => {}
        }
    }
    let boots = record
        .readings
        .iter()
        .map(|(path, reading)| (&path.device, reading.boot));
    let boots: BTreeSet<_> = boots.filter(|(_, boot)| *boot > 1).collect();
    marks.count("a device started again", boots.len() as u64);
}

fn note_settings(run: &Run, marks: &mut Marks) {
    let mut before = sources(&Hospital::master());
    for (_, setting) in &run.settings {
        match setting {
            Setting::Threshold(_) => marks.note("a threshold was set"),
            Setting::Master(master) => {
                marks.note("a master was set");
                let sources = sources(master);
                if sources != before {
                    marks.note("a ward got another source");
                }
                before = sources;
            }
            Setting::Horizons(_) => marks.note("horizons were set"),
            Setting::Version(_) => {}
        }
    }
}

fn sources(master: &BedMaster) -> Vec<(WardId, OccupancySource)> {
    let wards = master.wards.iter();
    wards.map(|ward| (ward.ward.clone(), ward.source)).collect()
}

/// What was rare among what was said.
fn note_outputs(outputs: &[Output], marks: &mut Marks) {
    for output in outputs {
        match output {
            Output::Kpi(row) => {
                if row.revision > 0 {
                    marks.note("a window was said again");
                }
                if row.coverage_ppm.is_some_and(|ppm| ppm < 1_000_000) {
                    marks.note("a window was not covered");
                }
            }
            Output::Alert(alert) => match alert.state() {
                AlertState::Raised if alert.rule == "source_silent" => {
                    marks.note("a source was lost");
                }
                AlertState::Withdrawn => marks.note("an alert was withdrawn"),
                AlertState::Retrospective => marks.note("an alert was known in hindsight only"),
                _ => {}
            },
            Output::Board(change) => {
                if let Some(Change::Bed(view)) = &change.change {
                    note_bed(view, marks);
                }
            }
            Output::Late(late) => {
                marks.note("a record was set aside");
                if late.reason == Reason::BeyondHorizon.code() {
                    marks.note("a record was beyond the horizon");
                }
            }
        }
    }
}

fn note_bed(view: &BedView, marks: &mut Marks) {
    if view.conflict.is_some() {
        marks.note("a bed was shown in conflict");
    }
}
