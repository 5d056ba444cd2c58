//! Runs the dataflow on its threads. Chunks come in and outputs go out by
//! bounded channels; the caller owns whatever reads and writes the log.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use events::log::Chunk;
use events::topic::KafkaTopic;

use crate::dataflow::{self, LogEnd, Order, Outlet, Said, Sites};
use crate::site::SiteConfig;
use crate::snapshot::{Plan, State};
use crate::source::{LaneKey, Source};

/// How the processor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Worker threads.
    pub workers: usize,
    /// Lanes of each topic, fixed for the life of the log.
    pub lanes: u32,
    /// How sites are folded.
    pub site: SiteConfig,
}

/// The lanes that worker `index` of `workers` reads.
pub fn lanes_of(index: usize, workers: usize, lanes: u32) -> Vec<LaneKey> {
    let of_topic = |topic: KafkaTopic| (0..topic.lanes(lanes)).map(move |lane| (topic, lane));
    KafkaTopic::INPUTS
        .into_iter()
        .flat_map(of_topic)
        .filter(|(_, lane)| *lane as usize % workers == index)
        .collect()
}

/// From where to go on, and when to write down how far it has come.
#[derive(Default)]
pub struct Recovery {
    /// A snapshot; each lane then begins where its part says. Absent: the log's
    /// beginning.
    pub state: Option<State>,
    /// When snapshots are taken.
    pub plan: Arc<Plan>,
}

/// Runs until every sender of `chunks` is gone and what they sent is folded.
/// `chunks` has one receiver a worker, for the lanes of [`lanes_of`]; `said`
/// holds the workers back when it is full. `order` is [`Order::OF_THE_LOG`]: in any
/// other, what is said depends on chance.
///
/// # Errors
/// A worker could not be started, or has panicked.
pub fn run(
    config: Config,
    recovery: Recovery,
    order: Order,
    chunks: Vec<Receiver<Chunk>>,
    said: SyncSender<Said>,
) -> Result<(), String> {
    let how = match config.workers {
        1 => timely::Config::thread(),
        workers => timely::Config::process(workers),
    };
    let chunks: Vec<_> = chunks
        .into_iter()
        .map(|chunks| Mutex::new(Some(chunks)))
        .collect();
    let said = Mutex::new(said);
    let end = LogEnd::default();
    let Recovery { state, plan } = recovery;
    let state = Mutex::new(state);
    let guards = timely::execute(how, move |worker| {
        let index = worker.index();
        let mut of_worker = chunks[index]
            .lock()
            .expect("no worker panics while it takes its channel");
        let chunks = of_worker
            .take()
            .expect("each worker takes its channel once");
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let lanes = Source::new(
            lanes_of(index, worker.peers(), config.lanes),
            config.site.horizon_ms,
            state.as_mut(),
            Arc::clone(&plan),
        );
        let sites = Sites::new(
            config.site,
            order,
            config.lanes,
            (index, worker.peers()),
            (end.clone(), Arc::clone(&plan)),
            state.as_mut(),
        );
        drop(state);
        let said = said
            .lock()
            .expect("no worker panics while it clones the channel")
            .clone();
        worker.dataflow::<u64, _, _>(|scope| {
            let outlets = [outlet(said.clone()), outlet(said)];
            dataflow::build(scope, lanes, chunks, sites, outlets);
        });
    })?;
    for result in guards.join() {
        result?;
    }
    Ok(())
}

/// Says it, unless nobody listens any more: then the process is ending.
fn outlet(said: SyncSender<Said>) -> Outlet {
    Box::new(move |what| {
        let _ = said.send(what);
    })
}
