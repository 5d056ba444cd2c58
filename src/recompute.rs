//! The log folded once more, from its beginning: what the archive holds of each lane,
//! then what Kafka holds. No snapshot is read; what comes out follows from the records
//! alone, by the same code that made the boards.
//!
//! ```text
//! lane a --.
//! lane b --+--> the lane that is furthest behind, chunk by chunk --> fold --> epochs
//! lane c --'
//! ```

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};
use events::log::Chunk;
use events::output::Output;
use events::topic::KafkaTopic;
use events::wire;
use stream::dataflow::{Order, Said};
use stream::worker::{self, Recovery};
use tokio::sync::mpsc;

use crate::history::{Chunks, History};

/// Chunks on their way to the fold.
const CHUNKS: usize = 16;
/// What the fold has said and nobody has taken: of so many epochs.
const SAYINGS: usize = 256;
/// Boards and tables go before it, where both run in one process.
const NICE: i32 = 10;

/// A lane of an input topic.
pub(crate) type LaneKey = (KafkaTopic, u32);

/// What one epoch says, each with its place.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) epoch: u64,
    pub(crate) outputs: Vec<Output>,
}

/// How far a fold came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    /// Everything up to the end of this epoch was folded: the last that was wanted, or
    /// the last that is whole in every lane of the log.
    pub(crate) epoch: u64,
    /// Records that were read, ticks among them.
    pub(crate) records: u64,
}

/// A running fold. Dropping it ends it.
pub(crate) struct Recompute {
    sayings: mpsc::Receiver<Saying>,
    begins: BTreeMap<LaneKey, u64>,
    first: Option<u64>,
    reading: JoinHandle<anyhow::Result<Folded>>,
    folding: JoinHandle<anyhow::Result<()>>,
}

impl Recompute {
    /// Starts to fold the log up to the last of `epochs`, and no further. Only what
    /// `epochs` say is handed out.
    ///
    /// # Errors
    /// A lane can't be read.
    pub(crate) async fn start(
        history: &History,
        config: worker::Config,
        epochs: RangeInclusive<u64>,
    ) -> anyhow::Result<Self> {
        let mut lanes = Vec::new();
        for (topic, lane) in worker::lanes_of(0, 1, config.lanes) {
            let chunks = history.lane(topic, lane, None).await?;
            lanes.push(((topic, lane), chunks));
        }
        Self::over(lanes, config, epochs).await
    }

    /// As [`Recompute::start`], over lanes that somebody else reads or makes.
    ///
    /// # Errors
    /// A lane can't be read.
    pub(crate) async fn over(
        lanes: Vec<(LaneKey, Chunks)>,
        config: worker::Config,
        epochs: RangeInclusive<u64>,
    ) -> anyhow::Result<Self> {
        let lanes = lanes.into_iter();
        let mut lanes: Vec<Lane> = lanes
            .map(|(key, chunks)| Lane::begin(key, chunks))
            .collect();
        for lane in &mut lanes {
            lane.look_ahead().await?;
        }
        Self::fold(lanes, config, epochs)
    }

    fn fold(
        lanes: Vec<Lane>,
        mut config: worker::Config,
        epochs: RangeInclusive<u64>,
    ) -> anyhow::Result<Self> {
        // One after the other: nobody waits for it, and boards need the cores.
        config.workers = 1;
        let begins = lanes.iter().filter_map(Lane::begins).collect();
        let first = lanes.iter().filter_map(Lane::first_tick).min();
        let (read, chunks) = sync_channel(CHUNKS);
        let (said, sayings) = sync_channel(SAYINGS);
        let (hand_out, handed_out) = mpsc::channel(SAYINGS);
        let mut lanes = Lanes {
            lanes,
            until: *epochs.end(),
            records: 0,
        };
        let wanted = hand_out.clone();
        let reading = spawn("recompute-lanes", move || lanes.read(&read, &wanted))?;
        spawn("recompute-says", move || say(&sayings, &hand_out, &epochs))?;
        let folding = spawn("recompute", move || {
            worker::run(
                config,
                Recovery::default(),
                Order::OF_THE_LOG,
                vec![chunks],
                said,
            )
            .map_err(|error| anyhow!("fold: {error}"))
        })?;
        Ok(Self {
            sayings: handed_out,
            begins,
            first,
            reading,
            folding,
        })
    }

    /// The first offset of each lane that there is. A lane that begins beyond 0 has
    /// lost what was before, and nothing that depends on that can be computed again.
    pub(crate) const fn begins(&self) -> &BTreeMap<LaneKey, u64> {
        &self.begins
    }

    /// The epoch of the log's first tick; before it, it says nothing.
    pub(crate) const fn first_epoch(&self) -> Option<u64> {
        self.first
    }

    /// What the next epoch says that says something, in order; nothing when all is
    /// folded, or when a lane can't be read further: [`Recompute::end`] tells.
    pub(crate) async fn next(&mut self) -> Option<Saying> {
        self.sayings.recv().await
    }

    /// Ends it, and says how far it came. Blocks for a moment.
    ///
    /// # Errors
    /// A lane could not be read to its end.
    pub(crate) fn end(self) -> anyhow::Result<Folded> {
        drop(self.sayings);
        let panicked = |_| anyhow!("a thread of the fold has panicked");
        let folded = self.reading.join().map_err(panicked)??;
        self.folding.join().map_err(panicked)??;
        Ok(folded)
    }
}

/// Lets everything else go before this thread, and before those that it starts.
pub(crate) fn give_way() {
    // Where that is not allowed, it is as important as the rest.
    let _ = rustix::process::setpriority_process(None, NICE);
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<JoinHandle<T>> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(run).with_context(|| format!("thread {name}"))
}

/// Hands out what was said, until nobody wants more.
fn say(sayings: &Receiver<Said>, hand_out: &mpsc::Sender<Saying>, wanted: &RangeInclusive<u64>) {
    for said in sayings {
        let Said::Outputs(outputs) = said else {
            continue;
        };
        // One worker says all that an epoch says at once.
        let Some((epoch, _)) = outputs.first().map(Output::placed) else {
            continue;
        };
        if wanted.contains(&epoch) && hand_out.blocking_send(Saying { epoch, outputs }).is_err() {
            return;
        }
    }
}

/// The lanes, and how far they are to be read.
struct Lanes {
    lanes: Vec<Lane>,
    /// The last epoch that is wanted and that every lane has.
    until: u64,
    records: u64,
}

impl Lanes {
    /// Reads until every lane is beyond the last epoch, or nobody wants more. What is
    /// read waits in the fold for the slowest lane; so that one is read next, and no
    /// lane is ever more than a chunk ahead of it. Blocks.
    fn read(
        &mut self,
        fold: &SyncSender<Chunk>,
        wanted: &mpsc::Sender<Saying>,
    ) -> anyhow::Result<Folded> {
        loop {
            let until = self.until;
            let behind = self.lanes.iter_mut().filter(|lane| lane.tick < until);
            let Some(lane) = behind.min_by_key(|lane| lane.tick) else {
                break;
            };
            match lane.next(until)? {
                Some(chunk) => {
                    self.records += chunk.records.len() as u64;
                    if wanted.is_closed() || fold.send(chunk).is_err() {
                        break;
                    }
                }
                None => self.until = lane.tick,
            }
        }
        Ok(Folded {
            epoch: self.until,
            records: self.records,
        })
    }
}

/// A lane that is being read.
struct Lane {
    key: LaneKey,
    chunks: Chunks,
    /// A chunk that was looked at.
    ahead: Option<Chunk>,
    /// The epoch of its newest tick.
    tick: u64,
}

impl Lane {
    fn begin(key: LaneKey, chunks: Chunks) -> Self {
        Self {
            key,
            chunks,
            ahead: None,
            tick: 0,
        }
    }

    async fn look_ahead(&mut self) -> anyhow::Result<()> {
        self.ahead = self.chunks.recv().await.transpose()?;
        Ok(())
    }

    /// Where it begins, of a lane that has been looked at.
    fn begins(&self) -> Option<(LaneKey, u64)> {
        let first = self.ahead.as_ref()?.records.first()?;
        Some((self.key, first.offset))
    }

    fn first_tick(&self) -> Option<u64> {
        let mut ticks = self.ahead.iter().flat_map(|chunk| &chunk.records);
        let first = ticks.find_map(|record| wire::tick(&record.value))?;
        Some(first.epoch)
    }

    /// Its next chunk, up to the tick that ends the epoch `until`. Blocks.
    fn next(&mut self, until: u64) -> anyhow::Result<Option<Chunk>> {
        let chunk = match self.ahead.take() {
            Some(chunk) => Some(chunk),
            None => self.chunks.blocking_recv().transpose()?,
        };
        let Some(mut chunk) = chunk else {
            return Ok(None);
        };
        for place in 0..chunk.records.len() {
            if let Some(tick) = wire::tick(&chunk.records[place].value) {
                self.tick = self.tick.max(tick.epoch);
            }
            if self.tick >= until {
                chunk.records.truncate(place + 1);
                break;
            }
        }
        Ok(Some(chunk))
    }
}

#[cfg(test)]
mod tests {
    use events::log::LogRecord;
    use events::time::CellTime;
    use events::wire::Tick;
    use stream::site::epoch_time;

    use super::*;

    /// A lane with a tick of each of these epochs, in chunks of so many.
    fn lane(number: u32, ticks: RangeInclusive<u64>, chunk: usize) -> Lane {
        let ticks: Vec<u64> = ticks.collect();
        let (sender, chunks) = mpsc::channel(ticks.len());
        let key = (KafkaTopic::Signals, number);
        for (place, ticks) in (0..).zip(ticks.chunks(chunk)) {
            let first = place * chunk as u64;
            let tick = |(offset, epoch): (u64, &u64)| LogRecord {
                offset,
                value: wire::encode_tick(Tick::at(CellTime(epoch_time(*epoch)))),
            };
            let records = (first..).zip(ticks).map(tick).collect();
            let (topic, lane) = key;
            let chunk = Chunk {
                topic,
                lane,
                records,
            };
            sender.try_send(Ok(chunk)).unwrap();
        }
        Lane::begin(key, chunks)
    }

    /// The lane and the newest tick of each chunk that is read, and how far it came.
    fn read(lanes: Vec<Lane>, until: u64) -> (Vec<(u32, u64)>, Folded) {
        let mut lanes = Lanes {
            lanes,
            until,
            records: 0,
        };
        let (fold, chunks) = sync_channel(1_000);
        let (wanted, _wanting) = mpsc::channel(1);
        let folded = lanes.read(&fold, &wanted).unwrap();
        let chunks = chunks.try_iter().map(|chunk| {
            let newest = chunk.records.last().unwrap();
            (chunk.lane, wire::tick(&newest.value).unwrap().epoch)
        });
        (chunks.collect(), folded)
    }

    #[test]
    fn the_lane_that_is_furthest_behind_is_read_next() {
        let (chunks, folded) = read(vec![lane(0, 1..=100, 5), lane(1, 1..=100, 20)], 1_000);
        let mut newest = [0, 0];
        for (lane, tick) in chunks {
            let lane = lane as usize;
            assert!(newest[lane] <= newest[1 - lane], "{newest:?}");
            newest[lane] = tick;
        }
        assert_eq!(
            (newest, folded.epoch, folded.records),
            ([100, 100], 100, 200)
        );
    }

    #[test]
    fn nothing_is_read_beyond_the_last_epoch() {
        let (chunks, folded) = read(vec![lane(0, 1..=100, 50), lane(1, 1..=100, 7)], 30);
        assert_eq!(chunks.iter().map(|(_, tick)| tick).max(), Some(&30));
        assert_eq!((folded.epoch, folded.records), (30, 60));
    }

    #[test]
    fn the_lane_that_ends_first_ends_the_fold() {
        let (chunks, folded) = read(vec![lane(0, 1..=100, 10), lane(1, 1..=42, 10)], 1_000);
        assert_eq!(folded.epoch, 42);
        assert_eq!(chunks.iter().map(|(_, tick)| tick).max(), Some(&50));
        let (chunks, folded) = read(vec![lane(0, 1..=100, 10), lane(1, 1..=1, 1)], 1_000);
        assert_eq!((folded.epoch, chunks.len()), (1, 2), "a chunk of each");
    }
}
