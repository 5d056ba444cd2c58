//! Hundreds of small hospitals, each from one seed: an hour with its faults and its
//! settings, a log with late, missing, repeated and backward ticks, and a processor
//! that is killed and goes on from snapshots with another number of workers. What a
//! consumer holds in the end is, byte for byte, what it would hold without kills, and
//! every row and alert is what the naive definitions say.
//!
//! `MEDAXIS_SIM_KILLS=20000` chooses how many, `MEDAXIS_SIM_KILLS=17-17` which.

use std::collections::BTreeMap;
use std::env;
use std::ops::RangeInclusive;

use events::output::{AlertState, Output};
use events::time::MINUTE_MS;

use crate::account::Account;
use crate::recovery::{Marks, Rule, Story, by_lane, never};
use crate::{FAULTS, Run, replay, settings};

const SEEDS: &str = "300";
const SCENARIOS: [&str; 4] = [
    "quiet_night",
    "clinic_monday",
    "flu_surge",
    "cleaning_shortage",
];
/// Seeds after which a broken rule must have been noticed.
const NOTICED: u64 = 40;

#[test]
fn seeds_of_the_first_quarter_are_right_whatever_happens() {
    are_right(0);
}

#[test]
fn seeds_of_the_second_quarter_are_right_whatever_happens() {
    are_right(1);
}

#[test]
fn seeds_of_the_third_quarter_are_right_whatever_happens() {
    are_right(2);
}

#[test]
fn seeds_of_the_fourth_quarter_are_right_whatever_happens() {
    are_right(3);
}

#[test]
fn a_snapshot_before_its_outputs_are_acknowledged_is_noticed() {
    is_noticed(Rule::OutputsFirst);
}

#[test]
fn a_closing_tick_that_is_not_read_again_is_noticed() {
    is_noticed(Rule::ClosingTickAgain);
}

/// Tests run beside each other: each takes every fourth seed.
fn are_right(quarter: u64) {
    let mut marks = Marks::new();
    for seed in seeds().filter(|seed| seed % 4 == quarter) {
        let run = run(seed);
        let lanes = run.lanes();
        let story = Story {
            seed,
            site: run.site(),
            lanes: &lanes,
            broken: None,
        };
        let (consumed, happened) = story.live();
        let again =
            format!("seed {seed} ({happened:?}): again with MEDAXIS_SIM_KILLS={seed}-{seed}");
        assert!(
            by_lane(&consumed) == by_lane(&plain(&run, &lanes)),
            "{again}"
        );
        happened
            .into_iter()
            .chain(seen(&consumed))
            .for_each(|(mark, count)| {
                *marks.entry(mark).or_default() += count;
            });
        let mut account = Account::default();
        consumed.into_iter().for_each(|output| account.hear(output));
        let differences = run.differences(&run.what_can_be_known(), &account);
        assert_eq!(differences, [""; 0], "{again}");
    }
    // A single seed that is looked at again proves nothing about the others.
    let is_many = seeds().count() > 20;
    assert!(
        !is_many || never(&marks).is_empty(),
        "{:?} never happened: {marks:?}",
        never(&marks)
    );
    println!("{marks:?}");
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

/// Some seed must come out otherwise.
fn is_noticed(rule: Rule) {
    let differs = |seed: &u64| {
        let run = run(*seed);
        let lanes = run.lanes();
        let story = Story {
            seed: *seed,
            site: run.site(),
            lanes: &lanes,
            broken: Some(rule),
        };
        by_lane(&story.live().0) != by_lane(&plain(&run, &lanes))
    };
    let noticed = (1..=NOTICED).find(differs);
    assert!(noticed.is_some(), "{rule:?} is not needed, or not tested");
}

/// An hour of a scenario; every third one is told of settings while it runs.
fn run(seed: u64) -> Run {
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
    }
    run
}

/// What is said without kills.
fn plain(run: &Run, lanes: &crate::log::Lanes) -> Vec<Output> {
    let mut said = Vec::new();
    replay::replay(run.seed, 1, run.site(), lanes, |output| said.push(output));
    said
}

/// What was rare among what was said.
fn seen(outputs: &[Output]) -> Marks {
    let mut marks = BTreeMap::new();
    for output in outputs {
        let mark = match output {
            Output::Kpi(row) if row.revision > 0 => "a window was said again",
            Output::Alert(alert) => match alert.state() {
                AlertState::Withdrawn => "an alert was withdrawn",
                AlertState::Retrospective => "an alert was known in hindsight only",
                _ => continue,
            },
            Output::Late(_) => "a record was set aside",
            _ => continue,
        };
        *marks.entry(mark).or_default() += 1;
    }
    marks
}
