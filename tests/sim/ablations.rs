//! Every rule is needed: when one of them is broken, some seed comes out otherwise.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use events::output::Output;
use events::time::MINUTE_MS;
use simulators::faults::Faults;
use sinks::Seq;
use stream::dataflow::{Order, by_place};
use stream::site::SiteInput;

use crate::Run;
use crate::account::Account;
use crate::plain;
use crate::recovery::{Lives, Rule};
use crate::seeds::run;
use crate::sink::Sink;
use crate::topics::{self, Rows, Topics};

/// Seeds after which a broken rule must have been noticed.
const NOTICED: u64 = 40;

#[test]
fn a_snapshot_before_its_outputs_are_acknowledged_is_noticed() {
    is_noticed(run, by_place, Some(Rule::OutputsFirst));
}

#[test]
fn a_closing_tick_that_is_not_read_again_is_noticed() {
    is_noticed(run, by_place, Some(Rule::ClosingTickAgain));
}

/// What happened is put in the order of its event time whatever the order of arrival; but
/// what is said of records that are set aside, and where a bed is, follows the log.
#[test]
fn folding_in_the_order_of_arrival_is_noticed() {
    is_noticed(forgetful, as_they_came, None);
}

/// Each lane in its own order, and of the lanes the last one first: chance may do that, and
/// here it always does.
fn as_they_came(inputs: &mut [SiteInput]) {
    inputs.sort_by_key(|input| {
        let (topic, lane, offset, index) = input.place;
        (Reverse((topic, lane)), offset, index)
    });
}

#[test]
fn folding_in_the_order_of_a_hash_map_is_noticed() {
    is_noticed(run, by_hash, None);
}

fn by_hash(inputs: &mut [SiteInput]) {
    let hashes = RandomState::new();
    inputs.sort_by_cached_key(|input| hashes.hash_one(input.place));
}

/// With a memory so short that much is set aside.
fn forgetful(seed: u64) -> Run {
    Run {
        horizon_ms: MINUTE_MS,
        faults: Faults::ALL,
        ..run(seed)
    }
}

/// Some seed must come out otherwise.
fn is_noticed(run: fn(u64) -> Run, order: Order, broken: Option<Rule>) {
    let differs = |seed: &u64| {
        let run = run(*seed);
        let lanes = run.log().lanes;
        let lives = Lives {
            order,
            broken,
            ..Lives::of(*seed, run.site(), &lanes)
        };
        let mut sink = Sink::new(*seed, false);
        sink.read(&lives.live().0);
        let expected = plain::fold(&lanes, run.site(), |_, _| {}).said;
        sink.rows != topics::rows(&expected)
    };
    let noticed = (1..=NOTICED).find(differs);
    println!("noticed by seed {noticed:?}");
    assert!(noticed.is_some(), "it is not needed, or not tested");
}

/// A request that is written a second time is another fact, and moves clocks.
#[test]
fn a_gateway_that_forgets_its_requests_is_noticed() {
    let run = |seed: u64, recalls| Run {
        recalls,
        // Nearly everybody asks twice.
        faults: "repeat=0.9".parse().unwrap(),
        ..run(seed)
    };
    let differs = |seed: u64, recalls| {
        let run = run(seed, recalls);
        let log = run.log();
        let plain = plain::fold(&log.lanes, run.site(), |_, _| {});
        let mut account = Account::default();
        plain
            .said
            .into_iter()
            .for_each(|output| account.hear(output));
        !run.differences(&run.what_can_be_known(&log), &account)
            .is_empty()
    };
    let repeats = |seed: &u64| {
        let marks = run(*seed, true).log().marks;
        marks.has("a request was repeated that was in the log")
    };
    let mut repeated = (1..=100).filter(repeats).take(40);
    let noticed = repeated.find(|seed| differs(*seed, false) && !differs(*seed, true));
    println!("noticed by seed {noticed:?}");
    assert!(noticed.is_some(), "it is not needed, or not tested");
}

/// A processor that says something else when it says it again is found out, and changes
/// nothing that is stored; unless the sink forgets what it had when it starts again.
#[test]
fn a_sink_that_forgets_its_epochs_is_noticed() {
    let run = run(2);
    let said = plain::fold(&run.log().lanes, run.site(), |_, _| {}).said;
    let epochs: BTreeSet<u64> = said.iter().map(|output| output.placed().0).collect();
    let epochs: Vec<u64> = epochs.into_iter().collect();
    let (back, cut) = (epochs[epochs.len() / 3], epochs[epochs.len() * 2 / 3]);
    let again = said.iter().cloned().map(|mut output| {
        if let Output::Kpi(kpi) = &mut output {
            kpi.numerator += 1;
        }
        output
    });
    let again: Vec<Output> = again.collect();
    let mut topics = Topics::new();
    let first = said.chunk_by(|a, b| a.placed().0 == b.placed().0);
    let second = again.chunk_by(|a, b| a.placed().0 == b.placed().0);
    let epoch = |outputs: &&[Output]| outputs[0].placed().0;
    let second = second.filter(|outputs| epoch(outputs) >= back);
    for outputs in first.filter(|outputs| epoch(outputs) < cut).chain(second) {
        topics::write(outputs, |lane, value| {
            topics.entry(lane).or_default().push(value);
        });
    }
    let stored = |seed, forgets| {
        let mut sink = Sink::new(seed, forgets);
        sink.read(&topics);
        (before(cut, sink.rows), sink.violations)
    };
    let expected = before(cut, topics::rows(&said));
    for seed in 1..=10 {
        let (rows, violations) = stored(seed, false);
        assert!(rows == expected, "what was said first stays");
        assert!(!violations.is_empty(), "it was another");
    }
    let differs = |seed| stored(seed, true).0 != expected;
    assert!((1..=10).any(differs), "it is not needed, or not tested");
}

fn before(epoch: u64, mut rows: Rows) -> Rows {
    for of_lane in rows.values_mut() {
        of_lane.split_off(&Seq { epoch, index: 0 });
    }
    rows
}
