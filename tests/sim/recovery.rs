//! The processor is killed again and again, and goes on from its newest snapshot
//! that is whole with another number of workers. Outputs that Kafka had not
//! acknowledged are lost with it. In the end nothing is missing, and every byte is
//! what it would have been.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use events::log::{Chunk, LogRecord};
use events::wire::{self, Record};
use simulators::rng::Rng;
use stream::dataflow::{Order, Said};
use stream::site::SiteConfig;
use stream::snapshot::{Collector, Part, Piece, Plan, State};
use stream::source::LaneKey;
use stream::worker::{self, Config, Recovery};

use crate::log::{LANES, Lanes};
use crate::marks::Marks;
use crate::replay::replay;
use crate::sink::Sink;
use crate::topics::{self, Topics};
use crate::under_way::{Manifest, UnderWay};

/// Chunks that wait for a worker, and outputs that wait to be heard.
const ROOM: usize = 64;
/// A log is folded to its end at the latest after so many kills.
const KILLS_MAX: u32 = 12;
/// Snapshots that are kept.
const SNAPSHOTS: usize = 3;
/// So many starts of a hundred find the newest snapshot damaged.
const DAMAGED_PERCENT: u32 = 15;

#[test]
fn kills_change_nothing() {
    let lanes = crate::determinism::lanes();
    let mut expected = Vec::new();
    replay(1, 1, SiteConfig::default(), &lanes, |output| {
        expected.push(output)
    });
    for seed in 1..=4 {
        let life = Lives::of(seed, SiteConfig::default(), &lanes);
        let (topics, marks) = life.live();
        let mut sink = Sink::new(seed, false);
        sink.read(&topics);
        assert_eq!(sink.violations, [], "seed {seed}");
        assert!(
            sink.rows == topics::rows(&expected),
            "seed {seed}: {marks:?}"
        );
    }
}

/// A log, and how it is lived through.
pub(crate) struct Lives<'a> {
    pub(crate) seed: u64,
    pub(crate) site: SiteConfig,
    pub(crate) lanes: &'a Lanes,
    /// In which order the inputs of an epoch are folded.
    pub(crate) order: Order,
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
    topics: Topics,
    manifests: Vec<Manifest>,
    /// With how many workers it ran before.
    workers: Option<usize>,
    marks: Marks,
}

impl<'a> Lives<'a> {
    /// By all the rules.
    pub(crate) fn of(seed: u64, site: SiteConfig, lanes: &'a Lanes) -> Self {
        Self {
            seed,
            site,
            lanes,
            order: Order::OF_THE_LOG,
            broken: None,
        }
    }

    /// Lives through the log with kills. Returns what stands in the topics in the end,
    /// and what happened.
    pub(crate) fn live(&self) -> (Topics, Marks) {
        let mut rng = Rng::named(self.seed, "kills");
        let mut kept = Kept::default();
        for life in 0.. {
            let kill_after = (life < KILLS_MAX).then(|| rng.between(1, 3_000));
            let workers = usize::try_from(rng.between(1, 4)).unwrap();
            if self.life(workers, kill_after, &mut rng, &mut kept) {
                break;
            }
            kept.marks.note("killed");
        }
        (kept.topics, kept.marks)
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
        let (state, mut starts) = kept.begin(&config, rng);
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
        let (schedule, order) = (rng.bits(), self.order);
        thread::scope(|scope| {
            scope.spawn(|| feed(schedule, self.lanes, &starts, senders, &killed));
            let running = scope.spawn(move || worker::run(config, recovery, order, receivers, say));
            let ended = self.listen(said, kill_after, (&plan, &mut *rng), kept);
            killed.store(true, Ordering::Relaxed);
            running.join().unwrap().unwrap();
            ended
        })
    }

    /// Takes what is said until the kill, or the end. What is acknowledged, and when,
    /// is chance; but in each lane one after the other.
    fn listen(
        &self,
        said: Receiver<Said>,
        kill_after: Option<i64>,
        (plan, rng): (&Plan, &mut Rng),
        kept: &mut Kept,
    ) -> bool {
        let (mut left, mut soon) = (kill_after, false);
        let mut under_way = UnderWay::default();
        let mut collector = Collector::new(LANES);
        for said in said {
            if let Some(left) = &mut left {
                *left -= 1;
                if *left <= 0 {
                    under_way.note_loss(&mut kept.marks);
                    if soon {
                        kept.marks.note("killed right after a snapshot");
                    }
                    return false;
                }
            }
            match said {
                Said::Outputs(outputs) => under_way.say(&outputs),
                Said::Piece(piece) => {
                    if let Some((epoch, parts)) = collector.take(piece) {
                        kept.look_at(epoch, &parts, self.lanes);
                        let manifest = Manifest { epoch, parts };
                        if self.broken == Some(Rule::OutputsFirst) {
                            kept.keep(manifest);
                        } else {
                            under_way.follow(manifest);
                        }
                        plan.is_whole(epoch);
                        plan.want();
                        // What goes wrong goes wrong right after a snapshot.
                        if kill_after.is_some() && rng.percent(30) {
                            (left, soon) = (Some(rng.between(1, 10)), true);
                        }
                    }
                }
                Said::Undecodable(records) => panic!("our own records: {records:?}"),
                Said::Progress { .. } | Said::Counted { .. } => {}
            }
            if rng.percent(20) {
                under_way.acknowledge_some(rng, &mut kept.topics);
                under_way
                    .take_settled()
                    .for_each(|manifest| kept.keep(manifest));
            }
        }
        under_way.acknowledge_all(&mut kept.topics);
        true
    }
}

impl Kept {
    /// From where a life goes on: the newest snapshot that is whole, and the place in
    /// each lane.
    fn begin(&mut self, config: &Config, rng: &mut Rng) -> (Option<State>, BTreeMap<LaneKey, u64>) {
        let before = self.workers.replace(config.workers);
        let is_damaged = !self.manifests.is_empty() && rng.percent(DAMAGED_PERCENT);
        if is_damaged {
            self.manifests.pop();
        }
        let Some(manifest) = self.manifests.last() else {
            if before.is_some() {
                self.marks
                    .note("started again from the beginning of the log");
            }
            return (None, BTreeMap::new());
        };
        self.marks.note("restored");
        if is_damaged {
            self.marks.note("restored from an older snapshot");
        }
        if before != Some(config.workers) {
            self.marks.note("restored with other workers");
        }
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

    fn keep(&mut self, manifest: Manifest) {
        self.marks.note("a snapshot was kept");
        self.manifests.push(manifest);
        if self.manifests.len() > SNAPSHOTS {
            self.manifests.remove(0);
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
                self.marks
                    .note("a tick closed more than the snapshot's epoch");
            }
        }
    }
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
        let last = i64::try_from(rest.len()).unwrap() - 1;
        let place = usize::try_from(rng.between(0, last)).unwrap();
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
