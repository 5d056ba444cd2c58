//! Who reads the outputs into tables, in blocks: rows first, then how far it has come. It is
//! killed before, between and after the two, and goes on from what its row of `progress`
//! remembers.

use std::collections::{BTreeMap, BTreeSet};

use events::output::OutputRecord;
use events::wire;
use simulators::rng::Rng;
use sinks::{Position, ProgressRow, Seq, Violation};

use crate::marks::Marks;
use crate::topics::{Lane, Rows, Topics};

/// Records of a block, at most.
const BLOCK_MAX: i64 = 600;
/// So many blocks of a hundred are the last ones before a kill.
const KILLED_PERCENT: u32 = 10;

/// The tables, which outlive every kill, and what was seen on the way.
pub(crate) struct Sink {
    rng: Rng,
    /// Whether it goes on without what it knew of the epochs.
    forgets: bool,
    pub(crate) rows: Rows,
    progress: BTreeMap<Lane, ProgressRow>,
    /// The lanes whose progress ends within an epoch.
    within: BTreeSet<Lane>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) marks: Marks,
}

impl Sink {
    pub(crate) fn new(seed: u64, forgets: bool) -> Self {
        Self {
            rng: Rng::named(seed, "sink"),
            forgets,
            rows: Rows::new(),
            progress: BTreeMap::new(),
            within: BTreeSet::new(),
            violations: Vec::new(),
            marks: Marks::default(),
        }
    }

    /// Reads every lane to its end.
    pub(crate) fn read(&mut self, topics: &Topics) {
        for (lane, records) in topics {
            while !self.life(*lane, records) {}
        }
    }

    /// One life, up to the end of a lane or a kill; gives whether it was the end.
    fn life(&mut self, lane: Lane, records: &[Vec<u8>]) -> bool {
        let mut position = self.begin(lane);
        while let Some(left) = records
            .len()
            .checked_sub(from(&position))
            .filter(|n| *n > 0)
        {
            let size = usize::try_from(self.rng.between(1, BLOCK_MAX)).unwrap();
            let block = &records[from(&position)..][..size.min(left)];
            let rows = self.take(lane, &mut position, block);
            let dies = self.rng.percent(KILLED_PERCENT);
            if dies && self.rng.percent(50) {
                self.marks
                    .note("the sink was killed before its rows were stored");
                return false;
            }
            self.rows.entry(lane).or_default().extend(rows);
            if dies && self.rng.percent(50) {
                self.marks
                    .note("the sink was killed between its rows and its progress");
                return false;
            }
            let progress = ProgressRow::new("sim", lane.0, lane.1, &position);
            self.progress.insert(lane, progress);
            let newest = self.rows[&lane].keys().next_back();
            match newest.is_some_and(|newest| newest.epoch > position.epochs.completed()) {
                true => self.within.insert(lane),
                false => self.within.remove(&lane),
            };
            if dies {
                return false;
            }
        }
        true
    }

    fn begin(&mut self, lane: Lane) -> Position {
        let progress = self.progress.get(&lane);
        let (_, mut position) = progress
            .and_then(ProgressRow::position)
            .unwrap_or((lane, Position::default()));
        if self.within.contains(&lane) {
            self.marks.note("the sink went on within an epoch");
        }
        if self.forgets {
            position.epochs = sinks::Epochs::default();
        }
        position
    }

    /// The rows of a block that are new.
    fn take(
        &mut self,
        lane: Lane,
        position: &mut Position,
        block: &[Vec<u8>],
    ) -> Vec<(Seq, Vec<u8>)> {
        let mut rows = Vec::new();
        for value in block {
            let offset = position.next_offset;
            match wire::decode_output(lane.0, value).unwrap().unwrap() {
                OutputRecord::Output(output) => {
                    let (epoch, index) = output.placed();
                    let seq = Seq { epoch, index };
                    if position.epochs.take(offset, seq, value) {
                        rows.push((seq, value.clone()));
                    } else {
                        self.marks.note("an output was said again");
                    }
                }
                OutputRecord::EpochEnd(end) => {
                    self.violations
                        .extend(position.epochs.end(offset, end).err());
                }
                OutputRecord::Folded(_) => unreachable!("an epoch does not say it"),
            }
            position.next_offset += 1;
        }
        rows
    }
}

fn from(position: &Position) -> usize {
    usize::try_from(position.next_offset).unwrap()
}
