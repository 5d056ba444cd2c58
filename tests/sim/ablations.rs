//! Every rule is needed: when one of them is broken, some seed comes out otherwise.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use events::log::LogRecord;
use events::output::Output;
use events::time::MINUTE_MS;
use events::wire::{self, Record};
use simulators::faults::Faults;
use sinks::Seq;
use stream::dataflow::{Order, Taken};
use stream::site::SiteInput;

use crate::Run;
use crate::account::Account;
use crate::log::Lanes;
use crate::plain;
use crate::recovery::{Lives, Rule};
use crate::seeds::run;
use crate::sink::Sink;
use crate::topics::{self, Rows, Topics};

/// Seeds after which a broken rule must have been noticed.
const NOTICED: u64 = 40;
/// Seeds of which none may come out otherwise, where nothing is broken.
const TRIED: u64 = 10;
/// A minute.
const EPOCHS_A_TICK: u64 = 3_000;

#[test]
fn a_snapshot_before_its_outputs_are_acknowledged_is_noticed() {
    is_noticed(run, Order::OF_THE_LOG, Some(Rule::OutputsFirst));
}

#[test]
fn a_closing_tick_that_is_not_read_again_is_noticed() {
    is_noticed(run, Order::OF_THE_LOG, Some(Rule::ClosingTickAgain));
}

/// What happened is put in the order of its event time whatever the order of arrival; but
/// what is said of records that are set aside, and where a bed is, follows the log.
#[test]
fn folding_in_the_order_of_arrival_is_noticed() {
    is_noticed(forgetful, in_turn(as_they_came), None);
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
    is_noticed(run, in_turn(by_hash), None);
}

fn in_turn(arrange: fn(&mut [SiteInput])) -> Order {
    Order {
        taken: Taken::InTurn,
        arrange,
    }
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

/// Where the order of arrival is trusted within each lane, taking one message after the
/// other is enough for it,
#[test]
fn lanes_that_are_taken_in_turn_keep_their_order() {
    let wrong: Vec<u64> = (1..=TRIED)
        .filter(|seed| trusting(*seed, Taken::InTurn))
        .collect();
    assert_eq!(wrong, [0; 0], "seeds that came out otherwise");
}

/// and grouping them by their epochs is not.
#[test]
fn lanes_that_are_taken_by_stamp_lose_their_order_and_it_is_noticed() {
    let noticed = (1..=NOTICED).find(|seed| trusting(*seed, Taken::ByStamp));
    println!("noticed by seed {noticed:?}");
    assert!(noticed.is_some(), "it is not needed, or not tested");
}

/// Whether a log in which much waits for each tick comes out otherwise when it is folded
/// lane by lane, each as it came.
fn trusting(seed: u64, taken: Taken) -> bool {
    let order = Order {
        taken,
        arrange: |inputs| inputs.sort_by_key(|input| (input.place.0, input.place.1)),
    };
    let run = forgetful(seed);
    comes_out_otherwise(&run, &seldom_ticked(run.log().lanes), order, None)
}

/// A tick closes a minute, so that one lane says much in one epoch: of little, even a sort
/// that is not stable keeps the order.
fn seldom_ticked(mut lanes: Lanes) -> Lanes {
    for records in lanes.values_mut() {
        let (last, mut ticked) = (records.len() - 1, 0);
        let mut kept = Vec::new();
        for (place, record) in records.drain(..).enumerate() {
            if let Ok(Record::Tick(tick)) = wire::decode_signals(&record.value) {
                if tick.epoch < ticked + EPOCHS_A_TICK && place != last {
                    continue;
                }
                ticked = tick.epoch;
            }
            let offset = kept.len() as u64;
            kept.push(LogRecord { offset, ..record });
        }
        *records = kept;
    }
    lanes
}

/// Some seed must come out otherwise.
fn is_noticed(run: fn(u64) -> Run, order: Order, broken: Option<Rule>) {
    let differs = |seed: &u64| {
        let run = run(*seed);
        comes_out_otherwise(&run, &run.log().lanes, order, broken)
    };
    let noticed = (1..=NOTICED).find(differs);
    println!("noticed by seed {noticed:?}");
    assert!(noticed.is_some(), "it is not needed, or not tested");
}

fn comes_out_otherwise(run: &Run, lanes: &Lanes, order: Order, broken: Option<Rule>) -> bool {
    let lives = Lives {
        order,
        broken,
        ..Lives::of(run.seed, run.site(), lanes)
    };
    let mut sink = Sink::new(run.seed, false);
    sink.read(&lives.live().0);
    let expected = plain::fold(lanes, run.site(), |_, _| {}).said;
    sink.rows != topics::rows(&expected)
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
