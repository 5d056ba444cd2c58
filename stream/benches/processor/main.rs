//! How many readings a second the processor takes, from the bytes of a frame to
//! KPI values, alerts and boards, by the path of production; beside it, in the
//! same run, how many can be decoded at all; and what a fact that is 71 hours late
//! costs. `-- --late` measures that alone, `-- --rates` how many readings alone, `-- --kpis` what
//! each KPI costs alone, `-- --snapshot 6` what a snapshot costs after six hours. Run alone, on a quiet machine: `cargo bench -p stream --bench processor`.

#![expect(clippy::disallowed_methods, reason = "edge: a bench measures time")]

mod late;
mod load;
mod snapshot;

use std::hint::black_box;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use events::log::Chunk;
use events::time::DAY_MS;
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use load::{LANES, Load};
use mimalloc::MiMalloc;
use rustix::time::{ClockId, clock_gettime};
use stream::dataflow::{Order, Said};
use stream::kpi::{self, KpiSet};
use stream::lane::Lane;
use stream::site::SiteConfig;
use stream::worker::{self, Config, Recovery};

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const DEVICES: [usize; 3] = [500, 5_000, 50_000];
const WORKERS: [usize; 2] = [1, 2];
/// How often a device reads, how many readings it sends at once, and how many
/// are measured: with few readings a minute, each is worth more work.
const RHYTHMS: [(&str, i64, usize, usize); 3] = [
    ("10 a second", 100, 10, 8_000_000),
    ("1 a second", 1_000, 10, 8_000_000),
    ("1 a minute", 60_000, 1, 1_000_000),
];
/// The best of so many runs counts: others share the machine.
const RUNS: usize = 3;
const SAID_BOUND: usize = 1_024;

fn main() {
    // `cargo test --benches` builds it and has nothing to measure.
    let asked = |what: &str| std::env::args().any(|argument| argument == what);
    if !asked("--bench") {
        return;
    }
    println!("{}\n", machine());
    if asked("--late") {
        return late::measure();
    }
    if asked("--snapshot") {
        let hours = std::env::args().find_map(|argument| argument.parse().ok());
        return late::measure_snapshot(hours.unwrap_or(72));
    }
    if asked("--kpis") {
        return measure_kpis();
    }
    if !asked("--rates") {
        println!("memory: {}", memory_of_a_lane());
        println!("memory: {}", memory_of_a_day());
        late::measure();
        println!();
    }
    measure_rates();
    println!();
    measure_kpis();
}

/// Prints the table of how many readings a second there are.
fn measure_rates() {
    println!(
        "| devices | each reads | workers | readings/s | readings/s of CPU | decoding alone | share |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for (rhythm, every_ms, payload, readings) in RHYTHMS {
        for devices in DEVICES {
            measure(
                rhythm,
                readings,
                Load {
                    devices,
                    every_ms,
                    payload,
                },
            );
        }
    }
}

/// Prints the rows of one load.
fn measure(rhythm: &str, readings: usize, load: Load) {
    let mut log = Vec::new();
    let readings = load.log(readings, &mut |chunk| log.push(chunk));
    let decoding = rate(readings, best(|| timed(|| decode(&log)).0));
    for workers in WORKERS {
        let config = config(workers);
        let mut cpu = Duration::MAX;
        let wall = best(|| {
            let chunks = dealt(&log, config);
            let (wall, of_cpu) = timed(|| process(config, chunks, |_| {}));
            cpu = cpu.min(of_cpu);
            wall
        });
        let rate_of_wall = rate(readings, wall);
        println!(
            "| {} | {rhythm} | {workers} | {rate_of_wall:.2} M | {:.2} M | {decoding:.2} M | {:.0} % |",
            load.devices,
            rate(readings, cpu),
            100.0 * rate_of_wall / decoding,
        );
    }
}

/// Prints the table of what KPIs cost: of one site of the size that is a hospital, on one core.
fn measure_kpis() {
    println!("| each reads | KPIs | readings/s of CPU | share |");
    println!("|---|---:|---:|---:|");
    for (rhythm, every_ms, payload, readings) in RHYTHMS {
        let devices = 5_000;
        let load = Load {
            devices,
            every_ms,
            payload,
        };
        let mut log = Vec::new();
        let readings = load.log(readings, &mut |chunk| log.push(chunk));
        let mut alone = None;
        for count in [1, 10, kpi::all().len()] {
            let mut config = config(1);
            let said = &kpi::all()[..count];
            config.site.kpis = KpiSet::of(|kpi| said.iter().any(|said| said.name == kpi.name));
            let cpu = best(|| {
                let chunks = dealt(&log, config);
                timed(|| process(config, chunks, |_| {})).1
            });
            let rate = rate(readings, cpu);
            let share = 100.0 * rate / *alone.get_or_insert(rate);
            println!("| {rhythm} | {count} | {rate:.2} M | {share:.0} % |");
        }
    }
}

fn config(workers: usize) -> Config {
    Config {
        workers,
        lanes: LANES,
        site: SiteConfig::default(),
    }
}

/// The log, dealt to the workers that read its lanes and waiting for them.
fn dealt(log: &[Chunk], config: Config) -> Vec<Receiver<Chunk>> {
    let of_worker = |index| {
        let lanes = worker::lanes_of(index, config.workers, config.lanes);
        let (send, receive) = sync_channel(log.len());
        for chunk in log {
            if lanes.contains(&(chunk.topic, chunk.lane)) {
                send.send(chunk.clone()).expect("the receiver is at hand");
            }
        }
        receive
    };
    (0..config.workers).map(of_worker).collect()
}

fn process(config: Config, chunks: Vec<Receiver<Chunk>>, mut on_progress: impl FnMut(u64) + Send) {
    let (say, said) = sync_channel(SAID_BOUND);
    thread::scope(|scope| {
        scope.spawn(move || {
            for what in said {
                match what {
                    Said::Progress { epoch, .. } => on_progress(epoch),
                    Said::Undecodable(records) => panic!("{records:?}"),
                    other => drop(black_box(other)),
                }
            }
        });
        worker::run(config, Recovery::default(), Order::OF_THE_LOG, chunks, say)
            .expect("the workers run");
    });
}

/// Decodes every frame and looks at every reading: nothing can be faster.
fn decode(log: &[Chunk]) {
    let records = log
        .iter()
        .filter(|chunk| chunk.topic == KafkaTopic::Signals)
        .flat_map(|chunk| &chunk.records);
    for record in records {
        let record = wire::decode_signals(&record.value).expect("it was just encoded");
        if let Record::Data(frame) = record {
            wire::readings(&frame).for_each(|reading| {
                black_box(reading);
            });
        }
    }
}

/// Memory that a lane keeps for each device, after an hour of heartbeats.
fn memory_of_a_lane() -> String {
    let devices = 50_000;
    let load = Load {
        devices,
        every_ms: 60_000,
        payload: 1,
    };
    let mut log = Vec::new();
    load.log(devices * 60, &mut |chunk| log.push(chunk));
    let mut lane = Lane::new(SiteConfig::default().horizon_ms);
    let before = resident();
    for record in log.iter().flat_map(|chunk| &chunk.records) {
        if let Ok(Record::Data(frame)) = wire::decode_signals(&record.value) {
            let mut reports = Vec::new();
            lane.fold(&frame, frame.base_ms, &mut reports);
        }
    }
    let after = resident();
    drop(black_box(lane));
    format!(
        "{} bytes a device in its lane, after an hour of heartbeats of {devices} devices",
        after.saturating_sub(before) / devices
    )
}

/// Memory of the processor after a day of one site.
fn memory_of_a_day() -> String {
    let load = Load {
        devices: 5_000,
        every_ms: 60_000,
        payload: 1,
    };
    let minutes = usize::try_from(DAY_MS / load.every_ms).expect("a day has 1,440 minutes");
    let before = resident();
    let mut after = before;
    let config = config(1);
    let (send, receive) = sync_channel(64);
    let (took, _) = timed(|| {
        thread::scope(|scope| {
            scope.spawn(move || {
                load.log(load.devices * minutes, &mut |chunk| {
                    send.send(chunk).expect("the worker reads to the end");
                });
            });
            process(config, vec![receive], |_| after = resident());
        });
    });
    format!(
        "{} MiB for a site of 5,000 devices and 1,000 beds after a day of heartbeats (folded in {:.0} s)",
        after.saturating_sub(before) / (1 << 20),
        took.as_secs_f64(),
    )
}

fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{cores} cores of {model}; load average {load} when it began")
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kib.unwrap_or(0) * 1024
}

fn best(mut run: impl FnMut() -> Duration) -> Duration {
    (0..RUNS).map(|_| run()).min().unwrap_or_default()
}

/// How long it took on the wall, and of the processors.
fn timed(run: impl FnOnce()) -> (Duration, Duration) {
    let (wall, cpu) = (Instant::now(), cpu_time());
    run();
    (wall.elapsed(), cpu_time().saturating_sub(cpu))
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

/// Millions a second.
fn rate(readings: usize, took: Duration) -> f64 {
    let readings = u32::try_from(readings).expect("a run has less than 2^32 readings");
    f64::from(readings) / took.as_secs_f64() / 1e6
}
