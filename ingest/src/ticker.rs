//! Writes the processor's clock into the log: a tick into every lane of every
//! input topic, each 20 ms of real time. It starts at the later of the cell's
//! clock and the newest tick in the log, never goes back, and refuses to start
//! when the log is more than a minute ahead. Several tickers may run.

use std::time::Duration;

use events::time::{CellTime, Clock};
use events::topic::KafkaTopic;
use events::wire::{self, Record, Tick};
use tokio::time::MissedTickBehavior;

use crate::Stop;
use crate::kafka;
use crate::kafka_look::Look;
use crate::kafka_writer::{Delivery, NotSent, Outgoing, WriteError, Writer};

/// The log may be this far ahead of the clock at the start, in milliseconds.
pub const AHEAD_MAX_MS: i64 = 60_000;
/// Real time between ticks.
const PERIOD: Duration = Duration::from_millis(20);
/// Into an embedded Kafka, which looks through all that it holds for each reader
/// that asks, and is asked after each tick.
const EMBEDDED_PERIOD: Duration = Duration::from_millis(100);
/// While so many rounds are under way, no more are written: one tick closes any
/// number of epochs, so none is missed.
const ROUNDS_MAX: usize = 50;
/// How many records are looked at first, from a lane's end, for its last tick.
const TAIL_FIRST: u64 = 256;

/// Why there is no ticker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The clock is wrong, or was.
    #[error(
        "the log's newest tick is {ahead_ms} ms ahead of the clock, at most {AHEAD_MAX_MS} are allowed: check the system's time, or use another topic prefix"
    )]
    LogAhead {
        /// By how much.
        ahead_ms: i64,
    },
    /// The end of a lane can't be read.
    #[error(transparent)]
    Look(#[from] kafka::Error),
    /// Kafka does not take a tick.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Decides which tick comes next: follows the clock's steps forward, and while
/// it is ahead of the clock goes 1 % slower, so that it never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    at: i64,
    seen: i64,
    /// Steps of the clock that have not been slewed yet, in milliseconds.
    unslewed: i64,
}

impl Pace {
    /// Starts at the later of the clock and the log's newest tick.
    ///
    /// # Errors
    /// The log is too far ahead.
    pub fn start(clock: CellTime, newest: Option<Tick>) -> Result<Self, Error> {
        let at = newest.map_or(clock.0, |tick| tick.at.0.max(clock.0));
        let ahead_ms = at - clock.0;
        if ahead_ms > AHEAD_MAX_MS {
            return Err(Error::LogAhead { ahead_ms });
        }
        Ok(Self {
            at,
            seen: clock.0,
            unslewed: 0,
        })
    }

    /// The tick for what the clock shows now.
    pub fn next(&mut self, clock: CellTime) -> Tick {
        let step = (clock.0 - self.seen).max(0);
        self.seen = clock.0;
        self.unslewed += step;
        let ahead = (self.at + step - clock.0).max(0);
        let slew = (self.unslewed / 100).min(ahead);
        self.unslewed %= 100;
        self.at += step - slew;
        Tick::at(CellTime(self.at))
    }
}

/// Runs until `stop`. Kafka must be there at the start; see [`kafka::wait`].
///
/// # Errors
/// The log is too far ahead of the clock, or Kafka can't be read or written.
pub async fn run(
    config: kafka::Config,
    writer: Writer,
    clock: Clock,
    mut stop: Stop,
) -> Result<(), Error> {
    let lanes = config.input_lanes();
    let period = if config.embedded {
        EMBEDDED_PERIOD
    } else {
        PERIOD
    };
    let newest = look(config).await?;
    let mut ticker = Ticker {
        writer,
        lanes,
        pace: Pace::start(clock(), newest)?,
        last: newest,
        rounds: Vec::new(),
    };
    let mut period = tokio::time::interval(period);
    period.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            _ = period.tick() => ticker.turn(clock())?,
        }
    }
}

/// Whether a ticker may start by this clock. Nothing should be taken by one that may not:
/// what is received gets its time from it.
///
/// # Errors
/// As [`run`].
pub async fn check(config: &kafka::Config, clock: CellTime) -> Result<(), Error> {
    let newest = look(config.clone()).await?;
    Pace::start(clock, newest).map(drop)
}

async fn look(config: kafka::Config) -> Result<Option<Tick>, kafka::Error> {
    tokio::task::spawn_blocking(move || newest_tick(&config))
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The tick at `at` for each of these lanes; see [`kafka::Config::input_lanes`].
pub fn records(lanes: &[(KafkaTopic, u32)], at: CellTime) -> impl Iterator<Item = Outgoing> {
    let value = wire::encode_tick(Tick::at(at));
    lanes.iter().map(move |(topic, lane)| Outgoing {
        topic: *topic,
        lane: *lane,
        key: None,
        value: value.clone(),
    })
}

/// The newest tick in the log, if it has one. Blocks.
///
/// # Errors
/// Kafka is away, or the topics are not there.
pub fn newest_tick(config: &kafka::Config) -> Result<Option<Tick>, kafka::Error> {
    let look = Look::new(config)?;
    let mut newest: Option<Tick> = None;
    for (topic, lane) in config.input_lanes() {
        let tick = last_tick(&look, topic, lane)?;
        newest = std::cmp::max_by_key(newest, tick, |tick| tick.map(|tick| tick.at));
    }
    Ok(newest)
}

/// The last tick of a lane, looked for from its end in growing steps.
fn last_tick(look: &Look, topic: KafkaTopic, lane: u32) -> Result<Option<Tick>, kafka::Error> {
    let (low, mut high) = look.watermarks(topic, lane)?;
    let mut length = TAIL_FIRST;
    while high > low {
        let from = high.saturating_sub(length).max(low);
        let records = look.records(topic, lane, (from, high))?;
        let tick = records
            .iter()
            .rev()
            .find_map(|record| tick(topic, &record.value));
        if tick.is_some() {
            return Ok(tick);
        }
        high = from;
        length *= 4;
    }
    Ok(None)
}

fn tick(topic: KafkaTopic, value: &[u8]) -> Option<Tick> {
    // A tick reads the same in every input topic; what is no tick is not ours to judge.
    let decoded = match topic {
        KafkaTopic::Signals => wire::decode_signals(value).map(only_tick),
        KafkaTopic::Facts => wire::decode_facts(value).map(only_tick),
        _ => wire::decode_control(value).map(only_tick),
    };
    decoded.ok().flatten()
}

fn only_tick<T>(record: Record<T>) -> Option<Tick> {
    match record {
        Record::Tick(tick) => Some(tick),
        Record::Data(_) => None,
    }
}

struct Ticker {
    writer: Writer,
    lanes: Vec<(KafkaTopic, u32)>,
    pace: Pace,
    last: Option<Tick>,
    rounds: Vec<Vec<Delivery>>,
}

impl Ticker {
    fn turn(&mut self, clock: CellTime) -> Result<(), Error> {
        self.look_at_rounds()?;
        if self.rounds.len() >= ROUNDS_MAX {
            return Ok(());
        }
        let tick = self.pace.next(clock);
        if self.last.is_some_and(|last| last.epoch >= tick.epoch) {
            return Ok(());
        }
        self.last = Some(tick);
        let mut round = Vec::with_capacity(self.lanes.len());
        for record in records(&self.lanes, tick.at) {
            match self.writer.try_send(record) {
                Ok(delivery) => round.push(delivery),
                // The next tick closes this lane's epochs too.
                Err(NotSent::Full(_)) => {}
                Err(NotSent::Failed(error)) => return Err(error.into()),
            }
        }
        self.rounds.push(round);
        Ok(())
    }

    /// Forgets what is durable; a tick that is lost ends the process.
    fn look_at_rounds(&mut self) -> Result<(), WriteError> {
        for round in &mut self.rounds {
            let mut open = Vec::with_capacity(round.len());
            for mut delivery in round.drain(..) {
                match delivery.look() {
                    Some(result) => result?,
                    None => open.push(delivery),
                }
            }
            *round = open;
        }
        self.rounds.retain(|round| !round.is_empty());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(ms: i64) -> Option<Tick> {
        Some(Tick::at(CellTime(ms)))
    }

    #[test]
    fn it_starts_at_the_later_of_clock_and_log() {
        let first = |newest| {
            Pace::start(CellTime(100_000), newest)
                .unwrap()
                .next(CellTime(100_000))
        };
        assert_eq!(first(None).at, CellTime(100_000));
        assert_eq!(first(tick(40_000)).at, CellTime(100_000));
        assert_eq!(first(tick(130_000)).at, CellTime(130_000));
    }

    #[test]
    fn it_refuses_a_log_that_is_more_than_a_minute_ahead() {
        assert!(Pace::start(CellTime(0), tick(60_000)).is_ok());
        let error = Pace::start(CellTime(0), tick(60_001)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the log's newest tick is 60001 ms ahead")
        );
    }

    #[test]
    fn ahead_of_the_clock_it_is_one_per_cent_slower_until_they_agree() {
        let mut pace = Pace::start(CellTime(0), tick(1_000)).unwrap();
        let mut clock = 0;
        let mut last = 1_000;
        while last != clock {
            clock += 20;
            let at = pace.next(CellTime(clock)).at.0;
            assert!(
                at >= last && at - last >= 19,
                "never back, at most 1 % slower"
            );
            last = at;
        }
        assert_eq!(clock, 100_000);
        assert_eq!(pace.next(CellTime(clock + 20)).at.0, clock + 20);
    }

    #[test]
    fn it_follows_a_fast_clock_and_stands_still_before_a_backward_one() {
        let mut pace = Pace::start(CellTime(0), None).unwrap();
        assert_eq!(pace.next(CellTime(3_600_000)).epoch, 180_000);
        let before = pace.next(CellTime(3_600_020));
        assert_eq!(pace.next(CellTime(3_500_000)), before);
        assert!(pace.next(CellTime(3_500_020)).at >= before.at);
    }
}
