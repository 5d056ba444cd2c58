//! The processor is killed again and again, and goes on from its newest snapshot
//! with another number of workers. Outputs that Kafka had not acknowledged are
//! lost with it; what it says again is dropped by its place. In the end nothing is
//! missing, nothing is there twice, and every byte is what it would have been.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use events::log::{Chunk, LogRecord};
use events::output::Output;
use events::topic;
use events::wire::{self, Record};
use simulators::rng::Rng;
use stream::dataflow::Said;
use stream::site::SiteConfig;
use stream::snapshot::{Collector, Part, Piece, Plan, State};
use stream::source::LaneKey;
use stream::worker::{self, Config, Recovery};

use crate::log::{LANES, Lanes};
use crate::replay::replay;

/// Chunks that wait for a worker, and outputs that wait to be heard.
const ROOM: usize = 64;
/// A log is folded to its end at the latest after so many kills.
const KILLS_MAX: u32 = 12;

#[test]
fn kills_change_nothing() {
    let lanes = crate::determinism::lanes();
    let mut expected = Vec::new();
    replay(1, 1, SiteConfig::default(), &lanes, |output| {
        expected.push(output)
    });
    let mut marks = Marks::new();
    for seed in 1..=4 {
        let story = Story {
            seed,
            site: SiteConfig::default(),
            lanes: &lanes,
            broken: None,
        };
        let (consumed, happened) = story.live();
        assert!(
            by_lane(&consumed) == by_lane(&expected),
            "seed {seed}: {happened:?}"
        );
        for (mark, count) in happened {
            *marks.entry(mark).or_default() += count;
        }
    }
    assert_eq!(never(&marks), BTreeSet::new(), "{marks:?}");
}

/// The outputs of each lane, as bytes.
pub(crate) fn by_lane(outputs: &[Output]) -> BTreeMap<u32, Vec<Vec<u8>>> {
    let mut lanes: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
    for output in outputs {
        let lane = topic::lane(&output.site_key(), LANES);
        lanes
            .entry(lane)
            .or_default()
            .push(wire::encode_output(output));
    }
    lanes
}

/// What happened on the way, by name: a run in which nothing did proves nothing.
pub(crate) type Marks = BTreeMap<&'static str, u64>;

/// A log, and how it is lived through.
pub(crate) struct Story<'a> {
    pub(crate) seed: u64,
    pub(crate) site: SiteConfig,
    pub(crate) lanes: &'a Lanes,
    /// Which rule is broken, to see that it is needed.
    pub(crate) broken: Option<Rule>,
}

/// A rule of recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A snapshot becomes a manifest when all outputs before it are acknowledged.
    OutputsFirst,
    /// The tick that closes a snapshot's epoch is read again.
    ClosingTickAgain,
}

/// What outlives a kill: the topics of outputs, and the snapshots.
#[derive(Default)]
struct Kept {
    said: Vec<Output>,
    manifests: Vec<Manifest>,
    marks: Marks,
}

struct Manifest {
    epoch: u64,
    parts: BTreeMap<Part, Piece>,
}

/// What is under way to Kafka: outputs, and snapshots that wait for those before.
enum UnderWay {
    Output(Box<Output>),
    Snapshot(Manifest),
}

impl Story<'_> {
    /// Lives through the log with kills. Returns what a consumer holds in the end,
    /// and what happened.
    pub(crate) fn live(&self) -> (Vec<Output>, Marks) {
        let mut rng = Rng::named(self.seed, "kills");
        let mut kept = Kept::default();
        for life in 0.. {
            let kill_after = (life < KILLS_MAX).then(|| rng.between(1, 3_000));
            let workers = usize::try_from(rng.between(1, 4)).unwrap();
            if self.life(workers, kill_after, &mut rng, &mut kept) {
                break;
            }
            *kept.marks.entry("killed").or_default() += 1;
        }
        (consumed(kept.said), kept.marks)
    }

    /// One life of the processor. Returns whether it came to the end of the log.
    fn life(
        &self,
        workers: usize,
        kill_after: Option<i64>,
        rng: &mut Rng,
        kept: &mut Kept,
    ) -> bool {
        let config = Config {
            workers,
            lanes: LANES,
            site: self.site,
        };
        let (state, mut starts) = kept.begin(&config);
        if self.broken == Some(Rule::ClosingTickAgain) {
            starts.values_mut().for_each(|start| *start += 1);
        }
        let plan = Arc::new(Plan::from(state.as_ref().map_or(0, State::epoch)));
        plan.want();
        let recovery = Recovery {
            state,
            plan: Arc::clone(&plan),
        };
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| sync_channel(ROOM)).unzip();
        let (say, said) = sync_channel(ROOM);
        let killed = AtomicBool::new(false);
        let schedule = rng.bits();
        thread::scope(|scope| {
            scope.spawn(|| feed(schedule, self.lanes, &starts, senders, &killed));
            let running = scope.spawn(move || worker::run(config, recovery, receivers, say));
            let ended = self.listen(said, kill_after, (&plan, &mut *rng), kept);
            killed.store(true, Ordering::Relaxed);
            running.join().unwrap().unwrap();
            ended
        })
    }

    /// Takes what is said until the kill, or the end. What is acknowledged, and when,
    /// is chance; but one after the other.
    fn listen(
        &self,
        said: Receiver<Said>,
        kill_after: Option<i64>,
        (plan, rng): (&Plan, &mut Rng),
        kept: &mut Kept,
    ) -> bool {
        let mut left = kill_after;
        let mut under_way = VecDeque::new();
        let mut collector = Collector::new(LANES);
        for said in said {
            if let Some(left) = &mut left {
                *left -= 1;
                if *left <= 0 {
                    kept.die(under_way.len());
                    return false;
                }
            }
            match said {
                Said::Outputs(outputs) => {
                    under_way.extend(
                        outputs
                            .into_iter()
                            .map(|output| UnderWay::Output(Box::new(output))),
                    );
                }
                Said::Piece(piece) => {
                    if let Some((epoch, parts)) = collector.take(piece) {
                        kept.look_at(epoch, &parts, self.lanes);
                        let snapshot = UnderWay::Snapshot(Manifest { epoch, parts });
                        if self.broken == Some(Rule::OutputsFirst) {
                            kept.acknowledge(std::iter::once(snapshot));
                        } else {
                            under_way.push_back(snapshot);
                        }
                        plan.is_whole(epoch);
                        plan.want();
                        // What goes wrong goes wrong right after a snapshot.
                        if kill_after.is_some() && rng.percent(30) {
                            left = Some(rng.between(1, 10));
                        }
                    }
                }
                Said::Undecodable(records) => panic!("our own records: {records:?}"),
                Said::Progress { .. } | Said::Counted { .. } => {}
            }
            if rng.percent(20) {
                let acknowledged = below(rng, under_way.len() + 1);
                kept.acknowledge(under_way.drain(..acknowledged));
            }
        }
        kept.acknowledge(under_way.into_iter());
        true
    }
}

impl Kept {
    /// From where a life goes on: the newest snapshot, and the place in each lane.
    fn begin(&mut self, config: &Config) -> (Option<State>, BTreeMap<LaneKey, u64>) {
        let Some(manifest) = self.manifests.last() else {
            return (None, BTreeMap::new());
        };
        *self.marks.entry("restored").or_default() += 1;
        let lane = |(part, piece): (&Part, &Piece)| match part {
            Part::Lane(topic, lane) => Some(((*topic, *lane), piece.next_offset)),
            Part::Sites(_) => None,
        };
        let starts = manifest.parts.iter().filter_map(lane).collect();
        let mut state = State::of(manifest.epoch);
        for (part, piece) in &manifest.parts {
            state.take(config, *part, &piece.bytes()).unwrap();
        }
        (Some(state), starts)
    }

    fn acknowledge(&mut self, acknowledged: impl Iterator<Item = UnderWay>) {
        for what in acknowledged {
            match what {
                UnderWay::Output(output) => self.said.push(*output),
                UnderWay::Snapshot(manifest) => {
                    *self.marks.entry("snapshot").or_default() += 1;
                    self.manifests.push(manifest);
                }
            }
        }
    }

    /// Notes what was special about a snapshot.
    fn look_at(&mut self, epoch: u64, parts: &BTreeMap<Part, Piece>, lanes: &Lanes) {
        for (part, piece) in parts {
            let Part::Lane(topic, lane) = *part else {
                continue;
            };
            let next = usize::try_from(piece.next_offset).unwrap();
            let closing = &lanes[&(topic, lane)][next].value;
            if let Ok(Record::Tick(tick)) = wire::decode_signals(closing)
                && tick.epoch > epoch
            {
                *self
                    .marks
                    .entry("a tick closed more than the epoch")
                    .or_default() += 1;
            }
        }
    }

    fn die(&mut self, lost: usize) {
        if lost > 0 {
            *self
                .marks
                .entry("killed with outputs under way")
                .or_default() += 1;
        }
    }
}

/// Whoever reads the outputs takes of each lane what is beyond what it has.
fn consumed(said: Vec<Output>) -> Vec<Output> {
    let mut taken: BTreeMap<u32, (u64, u32)> = BTreeMap::new();
    let mut is_new = |output: &Output| {
        let lane = topic::lane(&output.site_key(), LANES);
        let place = output.placed();
        let before = taken.entry(lane).or_default();
        let is_new = place > *before;
        *before = place.max(*before);
        is_new
    };
    said.into_iter().filter(|output| is_new(output)).collect()
}

/// Sends every lane from its start on, in pieces, to the worker that reads it.
fn feed(
    seed: u64,
    lanes: &Lanes,
    starts: &BTreeMap<LaneKey, u64>,
    senders: Vec<SyncSender<Chunk>>,
    killed: &AtomicBool,
) {
    let mut rng = Rng::named(seed, "schedule");
    let size_max = *rng.pick(&[3, 50, 1_000]);
    let rest = |(key, records): (&LaneKey, &'_ Vec<LogRecord>)| {
        let start = starts
            .get(key)
            .map_or(0, |start| usize::try_from(*start).unwrap());
        (*key, start, records.len())
    };
    let mut rest: Vec<_> = lanes.iter().map(rest).collect();
    while !rest.is_empty() && !killed.load(Ordering::Relaxed) {
        let place = below(&mut rng, rest.len());
        let (key, from, end) = rest[place];
        let size = usize::try_from(rng.between(1, size_max)).unwrap();
        let to = (from + size).min(end);
        let (topic, lane) = key;
        let chunk = Chunk {
            topic,
            lane,
            records: lanes[&key][from..to].to_vec(),
        };
        if senders[lane as usize % senders.len()].send(chunk).is_err() {
            return;
        }
        if to == end {
            rest.swap_remove(place);
        } else {
            rest[place].1 = to;
        }
    }
}

fn below(rng: &mut Rng, bound: usize) -> usize {
    usize::try_from(rng.between(0, i64::try_from(bound).unwrap() - 1)).unwrap()
}

/// The names of what never happened.
pub(crate) fn never(marks: &Marks) -> BTreeSet<&'static str> {
    let all = [
        "a tick closed more than the epoch",
        "killed",
        "killed with outputs under way",
        "restored",
        "snapshot",
    ];
    let did = |mark: &&str| marks.get(mark).is_none_or(|count| *count == 0);
    all.into_iter().filter(did).collect()
}
