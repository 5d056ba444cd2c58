//! How soon a processor that was killed is there again, with a million readings waiting for
//! it, and how fast it takes them, beside one that had only been stopped.

use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use harness::clickhouse;

use crate::servers::{MEDAXIS, Node, Servers, load, metric, readings, stop};
use crate::{LOST, Pads, per_second, watch};

/// What waits, when it is measured how soon a board is fresh, and how fast it is taken:
/// a million is over too soon to see how fast.
const BACKLOG: u64 = 1_000_000;
const LONG_BACKLOG: u64 = 10_000_000;
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
/// When nothing has come in for so long, nothing is under way.
const SETTLED: Duration = Duration::from_millis(500);

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
    let mut fresh: Vec<u64> = (0..TIMES)
        .map(|time| bench.recover(BACKLOG, time.is_multiple_of(2)).fresh_ms)
        .collect();
    fresh.sort_unstable();
    let long = bench.recover(LONG_BACKLOG, !TIMES.is_multiple_of(2));
    bench.stop();
    let Recovered {
        came_in,
        again,
        running,
        ..
    } = long;
    format!(
        "| processor killed and started again, 1,000,000 readings waiting: first fresh frame on a board \
         | {} ms after the kill, {} ms at most of {TIMES} |\n\
         | likewise, 10,000,000 waiting | {} ms |\n\
         | its rate until it has caught up | {again} readings/s: {} % of one that was only stopped ({running}), \
         {:.1} times as fast as they came in ({came_in}) |",
        fresh[TIMES / 2],
        fresh[TIMES - 1],
        long.fresh_ms,
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
        let (before, _) = bench.come_in(BEFORE);
        bench.takes(0, before);
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

    /// Lets so many readings come in, and those that are under way. Says how many are in
    /// the log then, and how fast they came.
    fn come_in(&mut self, count: u64) -> (u64, u64) {
        let first = readings(self.gateway.address);
        let began = Instant::now();
        signal("-CONT", self.load.id());
        while readings(self.gateway.address) < first + count {
            thread::sleep(LOOK);
        }
        let rate = per_second(readings(self.gateway.address) - first, began.elapsed());
        signal("-STOP", self.load.id());
        loop {
            let there = readings(self.gateway.address);
            thread::sleep(SETTLED);
            if readings(self.gateway.address) == there {
                return (there, rate);
            }
        }
    }

    /// Waits until the processor has taken `last` readings, and says how many it took a
    /// second since it had taken `first`.
    fn takes(&self, first: u64, last: u64) -> u64 {
        let taken = || self.metric("medaxis_stream_readings_total");
        let wait_for = |wanted| loop {
            let now = taken();
            if now >= wanted {
                return (Instant::now(), now);
            }
            thread::sleep(LOOK);
        };
        let (began, first) = wait_for(first + 1);
        let (ended, last) = wait_for(last);
        per_second(last - first, ended - began)
    }

    /// Waits for a snapshot that holds everything so far.
    fn is_written_down(&self) {
        let epoch = self.metric("medaxis_stream_epoch");
        while self.metric("medaxis_stream_snapshot_epoch") < epoch {
            thread::sleep(LOOK);
        }
    }

    /// A number of the processor.
    fn metric(&self, name: &str) -> u64 {
        metric(self.processor.address, name)
    }

    /// Once with a processor that is only stopped, then with one that is killed.
    fn recover(&mut self, backlog: u64, occupied: bool) -> Recovered {
        let before = readings(self.gateway.address);
        let taken = self.metric("medaxis_stream_readings_total");
        signal("-STOP", self.processor.process.id());
        let (written_down, _) = self.come_in(backlog);
        signal("-CONT", self.processor.process.id());
        let running = self.takes(taken, taken + written_down - before);
        self.is_written_down();
        let frames = watch(self.board.address);
        signal("-STOP", self.processor.process.id());
        let (all, came_in) = self.come_in(backlog);
        let killed = Instant::now();
        self.processor.process.kill().expect("it runs");
        self.processor.process.wait().expect("it ends");
        self.pads.publish(BED, occupied);
        let role = ["--role", "processor"];
        self.processor = self
            .servers
            .node(self.engine.address(), self.folder.path(), &role);
        let again = self.takes(0, all - written_down);
        let fresh = std::iter::from_fn(|| frames.recv_timeout(LOST).ok())
            .find(|(bed, is_occupied, at)| (*bed, *is_occupied) == (BED, occupied) && *at > killed);
        let (.., at) = fresh.expect("the board goes on");
        eprintln!("{backlog} readings came in at {came_in}/s, and have been taken again");
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
