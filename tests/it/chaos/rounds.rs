//! What a round does to one of the processes or servers, and what must be true of it.

use std::fmt;
use std::thread;
use std::time::Duration;

use harness::Server;
use harness::process::Signal;
use simulators::rng::Rng;

use super::cluster::Cluster;
use super::generator::Generator;
use super::part::Part;

const HOUR_S: i64 = 3_600;

/// Whom it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Gateway,
    Processor,
    Archive,
    Sink,
    Board,
    Mosquitto,
    Kafka,
    ClickHouse,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SIGKILL, and a start.
    Killed(Victim),
    /// SIGSTOP, and SIGCONT.
    Paused(Victim),
    /// SIGKILL while the server that it waits for hangs: what is under way is nowhere yet.
    KilledWaiting(Victim, Victim),
    KafkaRestarted,
    ClickHouseAway,
    /// The wall clock of everybody jumps an hour ahead, an hour back, and is right again.
    ClockJumps,
    /// A gateway is started by a clock that is an hour behind.
    ClockBehind,
    /// A gateway is started by a clock that is an hour ahead, which is the time from then on.
    ClockAhead,
    DiskFull,
    TwoProcessors,
    TwoGateways,
    /// The second one has the first one's name at the broker.
    TwinGateways,
}

use Kind::{Killed, KilledWaiting, Paused};
use Victim::{Archive, Board, ClickHouse, Gateway, Kafka, Mosquitto, Processor, Sink};

/// Every kind.
pub(crate) const ALL: [Kind; 28] = [
    Killed(Gateway),
    Killed(Processor),
    Killed(Archive),
    Killed(Sink),
    Killed(Board),
    Killed(Mosquitto),
    Killed(Kafka),
    Killed(ClickHouse),
    Paused(Gateway),
    Paused(Processor),
    Paused(Archive),
    Paused(Sink),
    Paused(Board),
    Paused(Mosquitto),
    Paused(Kafka),
    Paused(ClickHouse),
    KilledWaiting(Gateway, Kafka),
    KilledWaiting(Processor, Kafka),
    KilledWaiting(Sink, ClickHouse),
    Kind::KafkaRestarted,
    Kind::ClickHouseAway,
    Kind::ClockJumps,
    Kind::ClockBehind,
    Kind::ClockAhead,
    Kind::DiskFull,
    Kind::TwoProcessors,
    Kind::TwoGateways,
    Kind::TwinGateways,
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Killed(victim) => write!(f, "{victim:?} killed"),
            Paused(victim) => write!(f, "{victim:?} paused"),
            KilledWaiting(victim, server) => {
                write!(f, "{victim:?} killed while it waits for {server:?}")
            }
            other => write!(f, "{other:?}"),
        }
    }
}

/// So many rounds: every kind once in any order, then again.
pub(crate) fn plan(rounds: usize, rng: &mut Rng) -> Vec<Kind> {
    let mut plan = Vec::new();
    while plan.len() < rounds {
        let mut kinds = ALL.to_vec();
        while !kinds.is_empty() && plan.len() < rounds {
            let last = i64::try_from(kinds.len()).unwrap() - 1;
            let next = usize::try_from(rng.between(0, last)).unwrap();
            plan.push(kinds.swap_remove(next));
        }
    }
    plan
}

/// How long somebody is away.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Longest pause.
    pub(crate) pause: Duration,
    /// How long ClickHouse is away.
    pub(crate) away: Duration,
}

/// A process or a server.
enum Body<'a> {
    Part(&'a mut Part),
    Server(&'a mut Server),
}

impl Body<'_> {
    fn kill(&mut self) {
        match self {
            Self::Part(part) => part.kill(),
            Self::Server(server) => server.kill().unwrap(),
        }
    }

    fn is_back(&mut self) {
        match self {
            Self::Part(part) => part.start(),
            Self::Server(server) => server.restart().unwrap(),
        }
    }

    fn pause(&mut self) {
        match self {
            Self::Part(part) => part.signal(Signal::STOP),
            Self::Server(server) => server.pause().unwrap(),
        }
    }

    fn resume(&mut self) {
        match self {
            Self::Part(part) => part.signal(Signal::CONT),
            Self::Server(server) => server.resume().unwrap(),
        }
    }
}

impl Cluster {
    fn body(&mut self, victim: Victim) -> Body<'_> {
        match victim {
            Gateway => Body::Part(&mut self.gateway),
            Processor => Body::Part(&mut self.processor),
            Archive => Body::Part(&mut self.archive),
            Sink => Body::Part(&mut self.sink),
            Board => Body::Part(&mut self.boards[0]),
            Mosquitto => Body::Server(&mut self.mosquitto),
            Kafka => Body::Server(&mut self.kafka),
            ClickHouse => Body::Server(&mut self.clickhouse),
        }
    }

    /// Lets it happen while devices and people go on.
    pub(crate) fn live_through(
        &mut self,
        kind: Kind,
        patience: Patience,
        rng: &mut Rng,
        generator: &Generator,
    ) {
        match kind {
            Killed(victim) => {
                let mut body = self.body(victim);
                body.kill();
                wait(rng.between(0, 1_000));
                body.is_back();
            }
            Paused(victim) => {
                let longest = i64::try_from(patience.pause.as_millis()).unwrap();
                let mut body = self.body(victim);
                body.pause();
                let paused_ms = generator.now_ms();
                wait(rng.between(1_000, longest));
                if victim == Processor {
                    self.does_not_pass_for_fresh(paused_ms);
                }
                self.body(victim).resume();
            }
            KilledWaiting(victim, server) => {
                self.body(server).pause();
                wait(rng.between(500, 2_000));
                self.body(victim).kill();
                self.body(server).resume();
                self.body(victim).is_back();
            }
            Kind::KafkaRestarted => self.kafka.restart().unwrap(),
            Kind::ClickHouseAway => {
                self.clickhouse.kill().unwrap();
                thread::sleep(patience.away);
                self.clickhouse.restart().unwrap();
            }
            Kind::ClockJumps => self.clock_jumps(generator),
            Kind::ClockBehind => self.clock_is_behind(generator),
            Kind::ClockAhead => self.clock_is_ahead(generator),
            Kind::DiskFull => self.disk_is_full(generator),
            Kind::TwoProcessors => self.two_processors(),
            Kind::TwoGateways => {
                self.second_gateway.start();
                let received = "medaxis_ingest_messages_total";
                self.second_gateway.counts_more(received, 0);
                self.second_gateway.kill();
            }
            Kind::TwinGateways => {
                self.twin_gateway.start();
                wait(rng.between(1_000, 3_000));
                self.twin_gateway.is_well();
                self.twin_gateway.kill();
            }
        }
    }

    /// Ticks go on, and nobody folds them.
    fn does_not_pass_for_fresh(&self, paused_ms: i64) {
        for board in 0..self.boards.len() {
            let known = self.as_of(board);
            assert!(known < paused_ms + 500, "{known}, paused at {paused_ms}");
        }
    }

    /// Who runs follows the monotonic clock: nobody sees it.
    fn clock_jumps(&mut self, generator: &Generator) {
        let ahead_s = generator.ahead_ms() / 1_000;
        for jump_s in [HOUR_S, -HOUR_S] {
            self.clock.set(ahead_s + jump_s);
            let now = generator.now_ms();
            self.knows_all_until(now);
            for board in 0..self.boards.len() {
                let known = self.as_of(board);
                assert!(known < now + 60_000, "{known} when it was {now}");
            }
        }
        self.clock.set(ahead_s);
    }

    /// It says what is wrong, and that is all.
    fn clock_is_behind(&mut self, generator: &Generator) {
        let ahead_s = generator.ahead_ms() / 1_000;
        self.clock.set(ahead_s - HOUR_S);
        self.gateway.kill();
        self.gateway.starts();
        self.gateway
            .fails("ahead of the clock, at most 60000 are allowed: check the system's time");
        self.clock.set(ahead_s);
        self.gateway.start();
    }

    /// The log's time jumps ahead, and stays there. So do the clocks of the devices.
    fn clock_is_ahead(&mut self, generator: &Generator) {
        let ahead_s = generator.ahead_ms() / 1_000 + HOUR_S;
        self.clock.set(ahead_s);
        self.gateway.kill();
        self.gateway.start();
        generator.sets_clocks(ahead_s * 1_000);
    }

    /// Boards go on, and snapshots do when there is room again.
    fn disk_is_full(&mut self, generator: &Generator) {
        let failures = "medaxis_stream_snapshot_failures_total";
        self.disk.fill();
        let failed = self.processor.metrics().get(failures).copied();
        self.processor.counts_more(failures, failed.unwrap_or(0));
        self.knows_all_until(generator.now_ms());
        self.disk.clear();
        let kept = "medaxis_stream_snapshot_epoch";
        let newest = self.processor.metrics().get(kept).copied();
        self.processor.counts_more(kept, newest.unwrap_or(0));
    }

    /// The one that was started later goes on.
    fn two_processors(&mut self) {
        self.second_processor.start();
        self.processor
            .fails("another processor has started on this log");
        std::mem::swap(&mut self.processor, &mut self.second_processor);
    }
}

fn wait(ms: i64) {
    thread::sleep(Duration::from_millis(ms.unsigned_abs()));
}
