//! A snapshot does not know how many workers took it: whoever goes on from it, with
//! any number of them, says what would have been said.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use events::log::Chunk;
use events::output::Output;
use stream::dataflow::{Order, Said};
use stream::site::SiteConfig;
use stream::snapshot::{Collector, Part, Piece, Plan, State};
use stream::source::LaneKey;
use stream::worker::{self, Config, Recovery};

use crate::log::{LANES, Lanes};
use crate::topics::rows;

const ROOM: usize = 64;
const CHUNK: usize = 300;

type Snapshot = (u64, BTreeMap<Part, Piece>);

#[test]
fn a_snapshot_of_any_number_of_workers_is_taken_up_by_any_other() {
    let lanes = crate::determinism::lanes();
    let (expected, _) = fold(1, None, &lanes);
    for taken_by in 1..=8 {
        let (said, snapshot) = fold(taken_by, None, &lanes);
        assert!(is_same(&said, &expected), "{taken_by} workers");
        let snapshot = snapshot.expect("one was wanted halfway");
        let rest: Vec<Output> = expected
            .iter()
            .filter(|output| output.placed().0 > snapshot.0)
            .cloned()
            .collect();
        assert!(rest.len() > 1_000, "{} outputs", rest.len());
        for taken_up_by in [9 - taken_by, taken_by % 8 + 1] {
            let (said, _) = fold(taken_up_by, Some(&snapshot), &lanes);
            assert!(
                is_same(&said, &rest),
                "{taken_by} workers, then {taken_up_by}"
            );
        }
    }
}

/// Whether the same was said, byte for byte, and once.
fn is_same(said: &[Output], expected: &[Output]) -> bool {
    said.len() == expected.len() && rows(said) == rows(expected)
}

/// Folds the log with so many workers, from its beginning or from a snapshot.
/// Returns what is said, and a snapshot that was wanted halfway.
fn fold(
    workers: usize,
    begin: Option<&Snapshot>,
    lanes: &Lanes,
) -> (Vec<Output>, Option<Snapshot>) {
    let config = Config {
        workers,
        lanes: LANES,
        site: SiteConfig::default(),
    };
    let (state, starts) = begin.map_or_else(Default::default, |begin| restored(&config, begin));
    let plan = Arc::new(Plan::from(state.as_ref().map_or(0, State::epoch)));
    let recovery = Recovery {
        state,
        plan: Arc::clone(&plan),
    };
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| sync_channel(ROOM)).unzip();
    let (say, sayings) = sync_channel(ROOM);
    let mut collector = Collector::new(LANES);
    let (mut said, mut snapshot) = (Vec::new(), None);
    thread::scope(|scope| {
        let starts = &starts;
        scope.spawn(move || {
            feed(lanes, starts, &plan, &senders);
            drop(senders);
        });
        let running =
            scope.spawn(move || worker::run(config, recovery, Order::OF_THE_LOG, receivers, say));
        for saying in sayings {
            match saying {
                Said::Outputs(outputs) => said.extend(outputs),
                Said::Piece(piece) => snapshot = snapshot.take().or(collector.take(piece)),
                Said::Undecodable(records) => panic!("our own records: {records:?}"),
                Said::Progress { .. } | Said::Counted { .. } => {}
            }
        }
        running.join().unwrap().unwrap();
    });
    (said, snapshot)
}

/// The state that a snapshot holds, and where each lane goes on.
fn restored(
    config: &Config,
    (epoch, parts): &Snapshot,
) -> (Option<State>, BTreeMap<LaneKey, usize>) {
    let mut state = State::of(*epoch);
    let mut starts = BTreeMap::new();
    for (part, piece) in parts {
        state.take(config, *part, &piece.bytes()).unwrap();
        if let Part::Lane(topic, lane) = part {
            starts.insert((*topic, *lane), usize::try_from(piece.next_offset).unwrap());
        }
    }
    (Some(state), starts)
}

/// Sends every lane to the worker that reads it, a chunk of each in turn. Halfway a
/// snapshot is wanted.
fn feed(
    lanes: &Lanes,
    starts: &BTreeMap<LaneKey, usize>,
    plan: &Plan,
    senders: &[SyncSender<Chunk>],
) {
    let longest = lanes.values().map(Vec::len).max().unwrap_or_default();
    for from in (0..longest).step_by(CHUNK) {
        if from / CHUNK == longest / CHUNK / 2 {
            plan.want();
        }
        for (&(topic, lane), records) in lanes {
            let start = starts.get(&(topic, lane)).copied().unwrap_or(0);
            let chunk = (from.max(start)..(from + CHUNK).min(records.len()))
                .map(|offset| records[offset].clone())
                .collect();
            let chunk = Chunk {
                topic,
                lane,
                records: chunk,
            };
            senders[lane as usize % senders.len()].send(chunk).unwrap();
        }
    }
}
