//! What a processor says again after it was killed changes nothing for those who read
//! it, and is found out when it is not the same.

use std::collections::BTreeMap;
use std::convert::Infallible;

use events::output::{Output, OutputRecord};
use events::topic::KafkaTopic;
use events::wire;
use simulators::rng::Rng;
use sinks::{Epochs, Seq, Violation};
use stream::site::SiteConfig;

use crate::determinism;
use crate::log::{LANES, Lanes};
use crate::replay::replay_epochs;

/// The output topics, lane by lane, as they stand in Kafka.
type Said = BTreeMap<(KafkaTopic, u32), Vec<Vec<u8>>>;

#[test]
fn every_epoch_ends_alike_in_every_replay() {
    let lanes = determinism::lanes();
    let first = said(1, 1, &lanes);
    let ends = first.iter().flat_map(|(lane, records)| {
        let epochs = records.iter().map(|value| epoch(lane.0, value));
        epochs.filter(|(_, ended)| *ended)
    });
    assert!(ends.count() > 1_000);
    for (seed, workers) in [(2, 3), (3, 4)] {
        assert!(said(seed, workers, &lanes) == first, "{workers} workers");
    }
}

#[test]
fn a_log_with_repetitions_has_the_same_rows() {
    let lanes = determinism::lanes();
    let (first, again) = (said(1, 1, &lanes), said(2, 3, &lanes));
    let expected = Reader::default().read(&first);
    assert_eq!(expected.violations, []);
    for seed in 1..=40 {
        let log = killed(seed, &first, &again);
        assert!(log.values().flatten().count() > first.values().flatten().count());
        let read = Reader::default().read(&log);
        assert_eq!(read.violations, [], "killed at {seed}");
        assert!(read.rows == expected.rows, "killed at {seed}");
    }
}

#[test]
fn a_number_that_comes_out_otherwise_is_found() {
    let lanes = determinism::lanes();
    let first = said(1, 1, &lanes);
    let mut number = 0;
    let again = said_if(2, 3, &lanes, |output| {
        number += 1;
        if let Output::Kpi(kpi) = output
            && number > 5_000
        {
            kpi.numerator += 1;
            number = i64::MIN;
        }
    });
    let mut log = first.clone();
    for (lane, records) in again {
        log.entry(lane).or_default().extend(records);
    }
    let read = Reader::default().read(&log);
    assert!(read.rows == Reader::default().read(&first).rows);
    let violations = read.violations;
    assert!(
        matches!(violations[..], [Violation::Another { .. }]),
        "{violations:?}"
    );
}

fn said(seed: u64, workers: usize, lanes: &Lanes) -> Said {
    said_if(seed, workers, lanes, |_| {})
}

/// What is said when each output is changed in this way.
fn said_if(seed: u64, workers: usize, lanes: &Lanes, mut change: impl FnMut(&mut Output)) -> Said {
    let mut said = Said::new();
    let site = SiteConfig::default();
    replay_epochs(seed, workers, site, lanes, |mut outputs| {
        outputs.iter_mut().for_each(&mut change);
        let written = wire::write_epoch(&outputs, LANES, |record| {
            let lane = said.entry((record.topic, record.lane)).or_default();
            lane.push(record.value);
            Ok::<(), Infallible>(())
        });
        written.unwrap();
    });
    said
}

/// The log of a processor that is killed, with each lane written to some place of its
/// own, and that goes on at the beginning of an epoch that all of them had reached;
/// it may be killed again on the way.
fn killed(seed: u64, first: &Said, again: &Said) -> Said {
    let mut rng = Rng::named(seed, "killed");
    let mut log = Said::new();
    let mut from = 0;
    for _ in 0..rng.between(1, 3) {
        let mut reached = u64::MAX;
        for (lane, records) in first {
            let begin = begin(lane.0, records, from);
            let left = i64::try_from(records.len() - begin).unwrap();
            let end = begin + usize::try_from(rng.between(left / 4, left)).unwrap();
            log.entry(*lane)
                .or_default()
                .extend_from_slice(&records[begin..end]);
            let next = records.get(end).map(|value| epoch(lane.0, value).0);
            reached = reached.min(next.unwrap_or(u64::MAX));
        }
        let back = rng.between(0, 3_000).unsigned_abs();
        from = from.max(reached.saturating_sub(back));
    }
    for (lane, records) in again {
        let rest = &records[begin(lane.0, records, from)..];
        log.entry(*lane).or_default().extend_from_slice(rest);
    }
    log
}

/// Where an epoch, or the next one after it, begins.
fn begin(topic: KafkaTopic, records: &[Vec<u8>], from: u64) -> usize {
    records.partition_point(|value| epoch(topic, value).0 < from)
}

/// The epoch of a record, and whether it is the epoch's end.
fn epoch(topic: KafkaTopic, value: &[u8]) -> (u64, bool) {
    match wire::decode_output(topic, value).unwrap().unwrap() {
        OutputRecord::Output(output) => (output.placed().0, false),
        OutputRecord::EpochEnd(end) => (end.epoch, true),
        OutputRecord::Folded(_) => unreachable!("an epoch does not say it"),
    }
}

/// Reads as the sinks do.
#[derive(Default)]
struct Reader {
    rows: Said,
    violations: Vec<Violation>,
}

impl Reader {
    fn read(mut self, log: &Said) -> Self {
        for ((topic, lane), records) in log {
            let mut epochs = Epochs::default();
            for (offset, value) in (0..).zip(records) {
                match wire::decode_output(*topic, value).unwrap().unwrap() {
                    OutputRecord::Output(output) => {
                        let (epoch, index) = output.placed();
                        if epochs.take(offset, Seq { epoch, index }, value) {
                            let rows = self.rows.entry((*topic, *lane)).or_default();
                            rows.push(value.clone());
                        }
                    }
                    OutputRecord::EpochEnd(end) => {
                        self.violations.extend(epochs.end(offset, end).err());
                    }
                    OutputRecord::Folded(_) => unreachable!("an epoch does not say it"),
                }
            }
        }
        self
    }
}
