//! From the log to what the processor says: chunks of random sizes, lanes in
//! random order, any number of workers.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use events::log::{Chunk, LogRecord};
use events::output::Output;
use simulators::rng::Rng;
use stream::dataflow::{Order, Said};
use stream::site::SiteConfig;
use stream::source::LaneKey;
use stream::worker::{self, Config, Recovery};

use crate::log::{LANES, Lanes};

/// Chunks that wait for a worker, and outputs that wait to be heard.
const ROOM: usize = 64;

/// Replays the log. `seed` decides on chunks and schedule; `hear` is given all
/// outputs, those of one site in their order.
pub(crate) fn replay(
    seed: u64,
    workers: usize,
    site: SiteConfig,
    lanes: &Lanes,
    mut hear: impl FnMut(Output),
) {
    replay_epochs(seed, workers, site, lanes, |outputs| {
        outputs.into_iter().for_each(&mut hear);
    });
}

/// The same; what one epoch says in the lanes of one worker is heard together.
pub(crate) fn replay_epochs(
    seed: u64,
    workers: usize,
    site: SiteConfig,
    lanes: &Lanes,
    mut hear: impl FnMut(Vec<Output>),
) {
    let config = Config {
        workers,
        lanes: LANES,
        site,
    };
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| sync_channel(ROOM)).unzip();
    let (say, said) = sync_channel(ROOM);
    thread::scope(|scope| {
        scope.spawn(|| feed(seed, lanes, senders));
        let running = scope.spawn(move || {
            worker::run(
                config,
                Recovery::default(),
                Order::OF_THE_LOG,
                receivers,
                say,
            )
        });
        for said in said {
            match said {
                Said::Outputs(outputs) => hear(outputs),
                Said::Undecodable(records) => panic!("our own records: {records:?}"),
                Said::Progress { .. } | Said::Counted { .. } | Said::Piece(_) => {}
            }
        }
        running.join().unwrap().unwrap();
    });
}

/// Sends every lane, in pieces, to the worker that reads it.
fn feed(seed: u64, lanes: &Lanes, senders: Vec<SyncSender<Chunk>>) {
    let mut rng = Rng::named(seed, "schedule");
    let size_max = *rng.pick(&[3, 50, 1_000]);
    let mut rest: Vec<(LaneKey, &[LogRecord])> = lanes
        .iter()
        .map(|(key, records)| (*key, &records[..]))
        .collect();
    while !rest.is_empty() {
        let last = i64::try_from(rest.len()).unwrap() - 1;
        let place = usize::try_from(rng.between(0, last)).unwrap();
        let ((topic, lane), records) = rest[place];
        let size = usize::try_from(rng.between(1, size_max)).unwrap();
        let (now, later) = records.split_at(size.min(records.len()));
        let chunk = Chunk {
            topic,
            lane,
            records: now.to_vec(),
        };
        let worker = lane as usize % senders.len();
        senders[worker].send(chunk).unwrap();
        if later.is_empty() {
            rest.swap_remove(place);
        } else {
            rest[place].1 = later;
        }
    }
}
