//! How soon a processor that was killed is there again, with a million readings waiting for
//! it, and how fast it takes them, beside one that had only been stopped.

use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use harness::clickhouse;

use crate::servers::{MEDAXIS, Node, Servers, load, metric, readings, stop};
use crate::{LOST, Pads, per_second, watch};

/// What waits.
const BACKLOG: u64 = 1_000_000;
/// What is folded before anything is measured.
const BEFORE: u64 = 500_000;
/// Of a load as fast as the broker takes it.
const BATCH: usize = 100;
/// How often it is measured; the median counts.
const TIMES: usize = 5;
/// The bed whose pad says something when the processor is killed, and its ward.
const BED: usize = 1;
const MASTER: &str = r#"
tenant = "demo"
site = "north"

[[ward]]
name = "MED-B"
source = "pad"
bed = [{ name = "W-1", room = "W" }]
"#;
const LOOK: Duration = Duration::from_millis(2);

/// One time.
struct Recovered {
    /// From the kill to the board's frame of what was said at that moment, in ms.
    fresh_ms: u64,
    /// Readings a second: as they came in, by the one that was killed and started
    /// again, by one that had only been stopped.
    came_in: u64,
    again: u64,
    running: u64,
}

/// As rows of the table.
pub(crate) fn of_a_million() -> String {
    let mut bench = Bench::start();
    let times: Vec<Recovered> = (0..TIMES)
        .map(|time| bench.recover(time.is_multiple_of(2)))
        .collect();
    bench.stop();
    let median = |of: fn(&Recovered) -> u64| {
        let mut all: Vec<u64> = times.iter().map(of).collect();
        all.sort_unstable();
        all[all.len() / 2]
    };
    let longest = times.iter().map(|time| time.fresh_ms).max().unwrap_or(0);
    let (again, running) = (median(|time| time.again), median(|time| time.running));
    let came_in = median(|time| time.came_in);
    format!(
        "| processor killed and started again, 1,000,000 readings waiting: first fresh frame on a board \
         | {} ms after the kill, {longest} ms at most of {TIMES} |\n\
         | its rate until it has caught up | {again} readings/s: {} % of one that was only stopped ({running}), \
         {:.1} times as fast as they came in ({came_in}) |",
        median(|time| time.fresh_ms),
        again * 100 / running.max(1),
        again as f64 / came_in.max(1) as f64,
    )
}

/// Parts of a node, each in its own process, and a load that is let go on and stopped.
struct Bench {
    servers: Servers,
    folder: tempfile::TempDir,
    engine: harness::Server,
    gateway: Node,
    processor: Node,
    board: Node,
    load: Child,
    pads: Pads,
}

impl Bench {
    fn start() -> Self {
        let servers = Servers::start();
        let library = clickhouse::library().expect("the engine is fetched");
        let engine = clickhouse::start(Path::new(MEDAXIS), &["clickhouse-engine"], &library);
        let engine = engine.expect("the engine starts");
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let part = |role| servers.node(engine.address(), folder.path(), &["--role", role]);
        let (gateway, processor, board) = (part("gateway"), part("processor"), part("board"));
        while metric(gateway.address, "medaxis_ingest_mqtt_connected") == 0 {
            thread::sleep(LOOK);
        }
        let pads = Pads::open(servers.mqtt.address());
        let load = load(servers.mqtt.address(), 0, BATCH, u64::MAX);
        let mut bench = Self {
            servers,
            folder,
            engine,
            gateway,
            processor,
            board,
            load,
            pads,
        };
        bench.has_a_ward();
        bench.come_in(BEFORE);
        bench.caught_up(0);
        bench
    }

    fn has_a_ward(&self) {
        let master = self.folder.path().join("master.toml");
        std::fs::write(&master, MASTER).expect("the folder can be written to");
        let config = self.folder.path().join("medaxis.toml");
        let sent = Command::new(MEDAXIS)
            .args(["control", "master"])
            .arg(master)
            .arg("--config")
            .arg(config)
            .output();
        let sent = sent.expect("the program starts");
        assert!(sent.status.success(), "{sent:?}");
    }

    /// Lets so many readings come in, and says how fast they came.
    fn come_in(&mut self, count: u64) -> u64 {
        let first = readings(self.gateway.address);
        let began = Instant::now();
        signal("-CONT", self.load.id());
        while readings(self.gateway.address) < first + count {
            thread::sleep(LOOK);
        }
        let rate = per_second(readings(self.gateway.address) - first, began.elapsed());
        signal("-STOP", self.load.id());
        rate
    }

    /// Waits until the processor is at the log's end, and says how many readings it took
    /// a second since it had taken `from`.
    fn caught_up(&self, from: u64) -> u64 {
        let taken = || self.metric("medaxis_stream_readings_total");
        while taken() <= from {
            thread::sleep(LOOK);
        }
        let (began, first) = (Instant::now(), taken());
        let mut ended = (began, first);
        while self.metric("medaxis_stream_lag_ms") > 500 || ended.1 == first {
            let now = taken();
            if now > ended.1 {
                ended = (Instant::now(), now);
            }
            thread::sleep(LOOK);
        }
        per_second(ended.1 - first, ended.0 - began)
    }

    /// A number of the processor.
    fn metric(&self, name: &str) -> u64 {
        metric(self.processor.address, name)
    }

    /// Once with a processor that is only stopped, then with one that is killed.
    fn recover(&mut self, occupied: bool) -> Recovered {
        let taken = self.metric("medaxis_stream_readings_total");
        signal("-STOP", self.processor.process.id());
        self.come_in(BACKLOG);
        signal("-CONT", self.processor.process.id());
        let running = self.caught_up(taken);
        // A snapshot that holds everything so far: what waits is then the backlog.
        let epoch = self.metric("medaxis_stream_epoch");
        while self.metric("medaxis_stream_snapshot_epoch") < epoch {
            thread::sleep(LOOK);
        }
        let frames = watch(self.board.address);
        signal("-STOP", self.processor.process.id());
        let came_in = self.come_in(BACKLOG);
        let killed = Instant::now();
        self.processor.process.kill().expect("it runs");
        self.processor.process.wait().expect("it ends");
        self.pads.publish(BED, occupied);
        let role = ["--role", "processor"];
        self.processor = self
            .servers
            .node(self.engine.address(), self.folder.path(), &role);
        let again = self.caught_up(0);
        let fresh = std::iter::from_fn(|| frames.recv_timeout(LOST).ok())
            .find(|(bed, is_occupied, at)| (*bed, *is_occupied) == (BED, occupied) && *at > killed);
        let (.., at) = fresh.expect("the board goes on");
        eprintln!(
            "a million readings: came in at {came_in}/s, taken at {running}/s, after a start at {again}/s"
        );
        Recovered {
            fresh_ms: u64::try_from((at - killed).as_millis()).unwrap_or(u64::MAX),
            came_in,
            again,
            running,
        }
    }

    fn stop(mut self) {
        self.load.kill().expect("it runs");
        self.load.wait().expect("it ends");
        for part in [self.processor, self.board, self.gateway] {
            stop(part.process);
        }
    }
}

fn signal(which: &str, process: u32) {
    let sent = Command::new("kill")
        .args([which, &process.to_string()])
        .status();
    assert!(sent.is_ok_and(|sent| sent.success()), "kill {which}");
}
