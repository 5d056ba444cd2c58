//! What proof and recovery cost: how many readings a second the processor takes, from the
//! bytes of frames to the bytes of its outputs, without and with the hash of what each epoch
//! says, snapshots into a folder, and the archive of every input lane, on the same cores.
//! And what each version of the computation costs: the fold alone, of the same load.
//! Run alone, on a quiet machine: `cargo bench -p medaxis --bench cost`.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads clocks and stops at what is missing"
)]

mod kept;
#[path = "../../stream/benches/processor/load.rs"]
#[expect(dead_code, reason = "late readings are not measured here")]
mod load;
mod versions;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use events::log::Chunk;
use events::output::Output;
use events::wire;
use mimalloc::MiMalloc;
use rustix::time::{ClockId, clock_gettime};
use stream::dataflow::{Order, Said};
use stream::site::SiteConfig;
use stream::snapshot::{Collector, Plan};
use stream::source::LaneKey;
use stream::worker::{self, Config, Recovery};
use tokio::sync::mpsc;

use kept::{Archive, Keeper};
use load::{LANES, Load};
use versions::{Beside, VERSIONS};

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const LOAD: Load = Load {
    devices: 5_000,
    every_ms: 1_000,
    payload: 10,
};
const READINGS: usize = 60_000_000;
/// The best of so many rounds counts: others share the machine.
const ROUNDS: usize = 3;
/// As many as in production.
const CHUNKS: usize = 16;
const SAYINGS: usize = 16;

/// What is done beside the fold.
#[derive(Clone, Copy)]
struct With {
    hashes: bool,
    snapshots: bool,
    archive: bool,
}

const NOTHING: With = With {
    hashes: false,
    snapshots: false,
    archive: false,
};
/// Each with what stands before it.
const STEPS: [(&str, With); 4] = [
    ("the fold alone", NOTHING),
    (
        "and hashes",
        With {
            hashes: true,
            ..NOTHING
        },
    ),
    (
        "and snapshots",
        With {
            hashes: true,
            snapshots: true,
            ..NOTHING
        },
    ),
    (
        "and the archive",
        With {
            hashes: true,
            snapshots: true,
            archive: true,
        },
    ),
];

/// What came of a run.
#[derive(Clone, Copy)]
struct Ran {
    wall: Duration,
    cpu: Duration,
    /// The longest time in which no worker said how far it is.
    pause: Duration,
    snapshots: u64,
    archived: u64,
    outputs: usize,
}

fn main() {
    // `cargo test --benches` builds it and has nothing to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    measure_steps();
    measure_versions();
}

/// What stands beside the fold.
fn measure_steps() {
    let log = log(|_| Vec::new());
    println!(
        "| workers | with | readings/s | share | readings/s of CPU | share | longest pause | snapshots | archived |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|");
    for workers in [1, 2] {
        let mut best: [Option<Ran>; STEPS.len()] = [None; STEPS.len()];
        for _ in 0..ROUNDS {
            for (best, (_, with)) in best.iter_mut().zip(STEPS) {
                let ran = run(workers, &log, with);
                *best = Some(best.map_or(ran, |best| best.better(ran)));
            }
        }
        let best = best.map(|ran| ran.expect("every step was run"));
        for (ran, (name, _)) in best.iter().zip(STEPS) {
            println!("| {workers} | {name} | {} |", ran.row(best[0]));
        }
    }
}

/// What the fold itself takes by each version.
fn measure_versions() {
    println!(
        "\n| version | what it knows | readings/s | share | readings/s of CPU | share | longest pause | outputs |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|");
    let mut best: [Option<Ran>; VERSIONS.len()] = [None; VERSIONS.len()];
    let logs = VERSIONS.map(|(version, _)| {
        let mut beside = Beside::of(version);
        log(move |chunk| beside.before(chunk))
    });
    for _ in 0..ROUNDS {
        for (best, log) in best.iter_mut().zip(&logs) {
            let ran = run(1, log, NOTHING);
            *best = Some(best.map_or(ran, |best| best.better(ran)));
        }
    }
    let best = best.map(|ran| ran.expect("every version was run"));
    for (ran, (version, knows)) in best.iter().zip(VERSIONS) {
        println!(
            "| {version} | {knows} | {} |",
            ran.rates(best[0], ran.outputs)
        );
    }
}

impl Ran {
    /// The faster of two, with what it cost at least.
    fn better(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            pause: self.pause.min(other.pause),
            ..other
        }
    }

    fn row(self, alone: Self) -> String {
        let kept = format!("{} | {} MB", self.snapshots, self.archived / 1_000_000);
        self.rates(alone, kept)
    }

    fn rates(self, alone: Self, last: impl std::fmt::Display) -> String {
        let rate = |took: Duration| READINGS as f64 / took.as_secs_f64() / 1e6;
        let share =
            |alone: Duration, with: Duration| 100.0 * alone.as_secs_f64() / with.as_secs_f64();
        format!(
            "{:.2} M | {:.0} % | {:.2} M | {:.0} % | {} ms | {last}",
            rate(self.wall),
            share(alone.wall, self.wall),
            rate(self.cpu),
            share(alone.cpu, self.cpu),
            self.pause.as_millis(),
        )
    }
}

/// A log whose lanes count their records from 0, as Kafka does, with what is said before
/// each chunk of the load.
fn log(mut before: impl FnMut(&Chunk) -> Vec<Chunk>) -> Vec<Chunk> {
    let mut log = Vec::new();
    let mut next = BTreeMap::new();
    LOAD.log(READINGS, &mut |chunk| {
        let mut said = before(&chunk);
        said.push(chunk);
        for mut chunk in said {
            for record in &mut chunk.records {
                let offset = next.entry((chunk.topic, chunk.lane)).or_insert(0_u64);
                record.offset = *offset;
                *offset += 1;
            }
            log.push(chunk);
        }
    });
    log
}

fn run(workers: usize, log: &[Chunk], with: With) -> Ran {
    let config = Config {
        workers,
        lanes: LANES,
        site: SiteConfig::default(),
    };
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let plan = Arc::new(Plan::default());
    let keeper = with
        .snapshots
        .then(|| Keeper::start(folder.path(), Arc::clone(&plan)));
    let archive = with
        .archive
        .then(|| Archive::start(folder.path(), input_lanes()));
    let (say, said) = sync_channel(SAYINGS);
    let (inputs, chunks): (Vec<_>, Vec<_>) = (0..workers).map(|_| sync_channel(CHUNKS)).unzip();
    let recovery = Recovery {
        state: None,
        plan: Arc::clone(&plan),
    };
    // What brings the chunks is measured on neither side: in production the fold and the
    // archive each read the log for themselves.
    let dealt = log.to_vec();
    let told = archive
        .as_ref()
        .map(|archive| (log.to_vec(), archive.inlet()));
    let (began, cpu) = (Instant::now(), cpu_time());
    let (pause, outputs) = thread::scope(|scope| {
        if let Some((told, archive)) = told {
            scope.spawn(move || tell(told, &archive));
        }
        scope.spawn(move || deal(dealt, config, &inputs));
        let kept = keeper.as_ref().map(Keeper::inlet);
        let mouth = scope.spawn(move || listen(&said, with.hashes, &plan, kept.as_ref()));
        worker::run(config, recovery, Order::OF_THE_LOG, chunks, say).expect("the workers run");
        mouth.join().expect("outputs are listened to")
    });
    let archived = archive.map_or(0, Archive::end);
    let (wall, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu));
    Ran {
        wall,
        cpu,
        pause,
        snapshots: keeper.map_or(0, Keeper::end),
        archived,
        outputs,
    }
}

fn input_lanes() -> Vec<LaneKey> {
    worker::lanes_of(0, 1, LANES)
}

/// Gives the archive every lane, at its own pace.
fn tell(log: Vec<Chunk>, archive: &mpsc::Sender<Chunk>) {
    for chunk in log {
        let sent = archive.blocking_send(chunk);
        sent.expect("the archive takes all");
    }
}

/// Gives each worker its lanes of the log.
fn deal(log: Vec<Chunk>, config: Config, workers: &[SyncSender<Chunk>]) {
    let lanes: Vec<_> = (0..config.workers)
        .map(|index| worker::lanes_of(index, config.workers, config.lanes))
        .collect();
    for chunk in log {
        let key = (chunk.topic, chunk.lane);
        let worker = lanes.iter().position(|lanes| lanes.contains(&key));
        let worker = worker.expect("every lane has a worker");
        let sent = workers[worker].send(chunk);
        sent.expect("the worker reads to the end");
    }
}

/// Writes outputs as bytes; gives the longest time in which no worker came on, and how many
/// outputs there were.
fn listen(
    said: &Receiver<Said>,
    hashes: bool,
    plan: &Plan,
    kept: Option<&SyncSender<kept::Whole>>,
) -> (Duration, usize) {
    let mut collector = Collector::new(LANES);
    let (mut pause, mut last) = (Duration::ZERO, Instant::now());
    let mut count = 0;
    for what in said {
        match what {
            Said::Outputs(outputs) => {
                count += outputs.len();
                write(&outputs, hashes);
            }
            Said::Progress { .. } => {
                pause = pause.max(last.elapsed());
                last = Instant::now();
            }
            Said::Piece(piece) => {
                if let Some(whole) = collector.take(piece) {
                    plan.is_whole(whole.0);
                    let kept = kept.expect("only a keeper asks for snapshots");
                    kept.try_send(whole).expect("it asks for one at a time");
                }
            }
            Said::Counted { .. } => {}
            Said::Undecodable(records) => panic!("{records:?}"),
        }
    }
    (pause, count)
}

fn write(outputs: &[Output], hashes: bool) {
    if !hashes {
        for output in outputs {
            black_box(wire::encode_output(output));
        }
        return;
    }
    let written = wire::write_epoch(outputs, LANES, |record| {
        black_box(record);
        Ok::<(), ()>(())
    });
    written.expect("nothing goes wrong in memory");
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}
