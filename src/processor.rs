//! Wires the processor: lanes of Kafka to its workers, what they say to Kafka.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};
use events::log::Chunk;
use events::metric;
use events::output::Output;
use events::reason::Reason;
use events::time::CellTime;
use events::wire::{self, OutputBytes};
use ingest::kafka;
use ingest::kafka_reader::{Lane, Reader};
use ingest::kafka_writer::{Delivery, Outgoing, Writer};
use ingest::pace::Pace;
use stream::dataflow::{Order, Said};
use stream::site::epoch_time;
use stream::snapshot::{Collector, Plan, State};
use stream::worker::{self, Recovery, lanes_of};
use tokio::sync::mpsc;

use crate::backlog::Backlog;
use crate::marks::Marks;
use crate::onward::LaneKey;
use crate::snapshots::Whole;
use crate::telemetry::Sample;

/// Chunks on their way to a worker.
const CHUNKS: usize = 16;
/// What workers have said and Kafka has not been given.
const SAYINGS: usize = 16;
/// Outputs under way to Kafka before the first of them is waited for.
const UNDER_WAY: usize = 20_000;

/// How far ahead of the slowest a lane may be read, by the time of its ticks, in
/// milliseconds: what is read waits in memory for the slowest.
const LEAD_MAX_MS: i64 = 60_000;

/// What the processor counts, for metrics and boards.
#[derive(Debug, Default)]
pub(crate) struct ProcessorCounts {
    /// The newest epoch that every worker has folded.
    pub(crate) epoch: AtomicU64,
    pub(crate) readings: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) corrections: AtomicU64,
    /// What was late or refused, by the code of its reason.
    pub(crate) late: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) undecodable: AtomicU64,
}

impl ProcessorCounts {
    /// Every number, at this time.
    pub(crate) fn snapshot(&self, now: CellTime) -> Vec<Sample> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let lag = u64::try_from(now.0 - epoch_time(epoch)).unwrap_or(0);
        let of = |metric, number: &AtomicU64| (metric, "", number.load(Ordering::Relaxed));
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let late = late
            .iter()
            .map(|(reason, count)| (metric::STREAM_LATE, *reason, *count));
        let numbers = [
            (metric::STREAM_EPOCH, "", epoch),
            (metric::STREAM_LAG_MS, "", lag),
            of(metric::STREAM_READINGS, &self.readings),
            of(metric::STREAM_DUPLICATES, &self.duplicates),
            of(metric::STREAM_CORRECTIONS, &self.corrections),
            of(metric::STREAM_UNDECODABLE, &self.undecodable),
        ];
        numbers.into_iter().chain(late).collect()
    }
}

/// From where a processor goes on, and where to its snapshots go.
pub(crate) struct Begin {
    pub(crate) state: Option<State>,
    /// Every input lane, from where it goes on.
    pub(crate) lanes: BTreeMap<LaneKey, Lane>,
    pub(crate) plan: Arc<Plan>,
    /// Snapshots that are whole and whose outputs are acknowledged.
    pub(crate) whole: mpsc::Sender<Whole>,
}

/// The running processor.
pub(crate) struct Processor {
    pub(crate) counts: Arc<ProcessorCounts>,
    readers: Vec<Reader>,
    threads: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl Processor {
    /// Starts to fold the log.
    pub(crate) fn start(
        config: worker::Config,
        mut begin: Begin,
        kafka: &kafka::Config,
        writer: Writer,
        backlog: &Arc<Backlog>,
    ) -> anyhow::Result<Self> {
        let counts = Arc::new(ProcessorCounts::default());
        let (mut readers, mut inputs, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        let pace = Arc::new(Pace::new(LEAD_MAX_MS));
        for index in 0..config.workers {
            let lanes: Vec<Lane> = lanes_of(index, config.workers, config.lanes)
                .into_iter()
                .filter_map(|lane| begin.lanes.remove(&lane))
                .collect();
            for lane in &lanes {
                backlog.expect("processor", lane.topic, lane.lane);
            }
            let (read, to_note) = sync_channel(CHUNKS);
            let (noted, input) = sync_channel(CHUNKS);
            readers.push(Reader::start(kafka, lanes, read, Arc::clone(&pace))?);
            inputs.push(input);
            let backlog = Arc::clone(backlog);
            threads.push(spawn("lanes", move || {
                note(&to_note, &noted, &backlog);
                Ok(())
            })?);
        }
        let (said, sayings) = sync_channel(SAYINGS);
        let recovery = Recovery {
            state: begin.state,
            plan: Arc::clone(&begin.plan),
        };
        threads.push(spawn("processor", move || {
            worker::run(config, recovery, Order::OF_THE_LOG, inputs, said)
                .map_err(|error| anyhow!("processor: {error}"))
        })?);
        let mut mouth = Mouth {
            writer,
            lanes: config.lanes,
            backlog: Arc::clone(backlog),
            counts: Arc::clone(&counts),
            marks: Marks::new(config.lanes),
            epochs: vec![0; config.workers],
            under_way: VecDeque::new(),
            collector: Collector::new(config.lanes),
            plan: begin.plan,
            whole: begin.whole,
        };
        threads.push(spawn("outputs", move || mouth.run(&sayings))?);
        Ok(Self {
            counts,
            readers,
            threads,
        })
    }

    /// Whether a part of it has ended by itself, which it never does when well.
    pub(crate) fn has_ended(&self) -> bool {
        self.readers.iter().any(Reader::is_finished)
            || self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Ends it; says why when it had ended by itself. Blocks.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        for reader in self.readers {
            reader.stop().context("processor")?;
        }
        for thread in self.threads {
            thread
                .join()
                .map_err(|_| anyhow!("processor: a thread has panicked"))??;
        }
        Ok(())
    }
}

fn spawn(
    name: &str,
    run: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(run).with_context(|| format!("thread {name}"))
}

fn note(read: &Receiver<Chunk>, noted: &SyncSender<Chunk>, backlog: &Backlog) {
    for chunk in read {
        backlog.took("processor", &chunk);
        if noted.send(chunk).is_err() {
            return;
        }
    }
}

/// Writes what the workers say.
struct Mouth {
    writer: Writer,
    lanes: u32,
    backlog: Arc<Backlog>,
    counts: Arc<ProcessorCounts>,
    marks: Marks,
    epochs: Vec<u64>,
    under_way: VecDeque<UnderWay>,
    collector: Collector,
    plan: Arc<Plan>,
    whole: mpsc::Sender<Whole>,
}

/// What waits for Kafka: outputs, and between them snapshots, each of which may be
/// kept once all outputs before it are acknowledged.
enum UnderWay {
    Output(Delivery),
    Snapshot(Whole),
}

impl Mouth {
    fn run(&mut self, sayings: &Receiver<Said>) -> anyhow::Result<()> {
        for said in sayings {
            match said {
                Said::Outputs(outputs) => self.write_epoch(&outputs)?,
                Said::Progress { worker, epoch } => {
                    self.epochs[worker] = epoch;
                    let folded = self.epochs.iter().min().copied().unwrap_or(0);
                    self.counts.epoch.store(folded, Ordering::Relaxed);
                    for mark in self.marks.due(folded) {
                        self.write(mark)?;
                    }
                }
                Said::Counted { lanes, corrections } => {
                    self.counts
                        .readings
                        .fetch_add(lanes.readings, Ordering::Relaxed);
                    self.counts
                        .duplicates
                        .fetch_add(lanes.duplicates, Ordering::Relaxed);
                    self.counts
                        .corrections
                        .fetch_add(corrections, Ordering::Relaxed);
                }
                Said::Piece(piece) => {
                    if let Some(whole) = self.collector.take(piece) {
                        self.plan.is_whole(whole.0);
                        self.under_way.push_back(UnderWay::Snapshot(whole));
                    }
                }
                Said::Undecodable(records) => {
                    self.counts
                        .undecodable
                        .fetch_add(records.len() as u64, Ordering::Relaxed);
                    for record in records {
                        let (topic, lane) = record.lane;
                        tracing::error!(
                            topic = topic.name(),
                            lane,
                            record.offset,
                            record.error,
                            "record of no known kind in the log"
                        );
                    }
                }
            }
            self.pass_acknowledged()?;
        }
        while let Some(oldest) = self.under_way.pop_front() {
            self.wait_for(oldest)?;
        }
        Ok(())
    }

    /// Lets go of what Kafka has acknowledged, in order.
    fn pass_acknowledged(&mut self) -> anyhow::Result<()> {
        while let Some(oldest) = self.under_way.front_mut() {
            if let UnderWay::Output(delivery) = oldest {
                match delivery.look() {
                    None => break,
                    Some(delivered) => delivered?,
                }
            }
            if let Some(UnderWay::Snapshot(whole)) = self.under_way.pop_front() {
                self.keep(whole);
            }
        }
        Ok(())
    }

    fn wait_for(&mut self, oldest: UnderWay) -> anyhow::Result<()> {
        match oldest {
            UnderWay::Output(delivery) => delivery.wait_blocking()?,
            UnderWay::Snapshot(whole) => self.keep(whole),
        }
        Ok(())
    }

    /// Hands a snapshot on. Only one is asked for at a time: there is room, unless
    /// nobody keeps snapshots any more.
    fn keep(&self, whole: Whole) {
        let _ = self.whole.try_send(whole);
    }

    /// Writes what one epoch says in the lanes of one worker.
    fn write_epoch(&mut self, outputs: &[Output]) -> anyhow::Result<()> {
        for output in outputs {
            if let Output::Late(late) = output {
                self.count_late(&late.reason);
            }
        }
        wire::write_epoch(outputs, self.lanes, |record| self.write(record))
    }

    fn count_late(&self, reason: &str) {
        let reason = Reason::by_code(reason).map_or("", Reason::code);
        let counts = self.counts.late.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        *counts.entry(reason).or_default() += 1;
    }

    fn write(&mut self, record: OutputBytes) -> anyhow::Result<()> {
        let OutputBytes {
            topic,
            lane,
            key,
            value,
        } = record;
        self.backlog.write(topic, lane, value.len());
        let record = Outgoing {
            topic,
            lane,
            key,
            value,
        };
        let delivery = self.writer.send_blocking(record)?;
        self.under_way.push_back(UnderWay::Output(delivery));
        if self.under_way.len() > UNDER_WAY
            && let Some(oldest) = self.under_way.pop_front()
        {
            self.wait_for(oldest)?;
        }
        Ok(())
    }
}
