//! A demo that ends by itself and says, as one JSON object, what went in, what
//! came out, how long it took, and whether it was right: every KPI row and alert
//! against the naive definitions.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use events::place::Site;
use events::sensor;
use events::time::{CellTime, Clock, HOUR_MS, MINUTE_MS};
use events::topic::{self, KafkaTopic};
use ingest::kafka_look::Look;
use ingest::ticker;
use simulators::delivery::{Delivery, Message};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::judge;
use simulators::player;
use simulators::truth::{self, Record};
use stream::site::epoch_time;

use super::collector::{self, Collected};
use super::probe::{self, Probe};
use super::{Demo, parts, say};
use crate::config::Config;
use crate::follower::{Follower, expect};
use crate::node::Node;

/// How long a late message may still be under way when the hospital stops, in
/// cell time.
const UNDER_WAY_MS: i64 = 8 * HOUR_MS;
/// How long anything may take at the end before the report gives up.
const PATIENCE: Duration = Duration::from_secs(120);
const SETTLE: Duration = Duration::from_secs(30);
/// Mismatches that are shown.
const SHOWN: usize = 10;

/// Reads along for a report.
pub(super) struct Collecting {
    follower: Follower,
    collected: Arc<Mutex<Collected>>,
}

impl Collecting {
    /// Begins before anything is written: the embedded Kafka does not keep for long
    /// what nobody reads.
    pub(super) fn start(node: &Node, config: &Config, faults: Faults) -> anyhow::Result<Self> {
        let (kafka, topics) = (config.kafka(), topics(faults));
        expect("report", &kafka, &topics, &node.backlog);
        let nowhere = BTreeMap::new();
        let (follower, chunks) =
            Follower::start("report", &kafka, &topics, &nowhere, &node.backlog)?;
        let collected = Arc::<Mutex<Collected>>::default();
        tokio::spawn(collector::collect(chunks, Arc::clone(&collected)));
        Ok(Self {
            follower,
            collected,
        })
    }
}

/// What the processor said, and what it was told when that is what it is judged by.
fn topics(faults: Faults) -> Vec<KafkaTopic> {
    let mut topics = vec![
        KafkaTopic::Alerts,
        KafkaTopic::DeadLetter,
        KafkaTopic::Kpis,
        KafkaTopic::Late,
        KafkaTopic::Signals,
    ];
    if !faults.lose_nothing() {
        topics.push(KafkaTopic::Facts);
    }
    topics
}

impl Demo {
    /// Lives for `ends` and reports.
    pub(super) async fn report(
        &mut self,
        ends: Duration,
        speed: f64,
    ) -> anyhow::Result<serde_json::Value> {
        let Collecting {
            follower,
            collected,
        } = self
            .collecting
            .take()
            .expect("it was asked for at the start");
        let since = (self.clock)().0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a run is shorter than 2^52 ms"
        )]
        let end = since + (ends.as_secs_f64() * speed * 1_000.0) as i64;
        let probe = Arc::<Probe>::default();
        let Site { tenant, site } = Hospital::site();
        let url = format!("ws://{}/live?site={tenant}/{site}", self.node.address);
        let token = self.tokens.operator.reveal().to_owned();
        let watching = probe::watch(
            url,
            token,
            Arc::clone(&self.clock),
            speed,
            Arc::clone(&probe),
        );
        let watching = tokio::spawn(watching);
        self.play_until(end, &probe).await?;
        say::step("Running the clock forward until every window has closed");
        self.node.close_doors().await?;
        self.run_forward(end).await?;
        self.wait_for(&collected).await?;
        watching.abort();
        follower.stop().await?;
        self.summary(&held(&collected), &probe.latencies(), end)
    }

    /// Plays what arrives before `end`, then at once what is still under way.
    async fn play_until(&mut self, end: i64, probe: &Probe) -> anyhow::Result<()> {
        let devices = self.devices();
        let before =
            std::iter::from_fn(|| self.deliveries.next_if(|delivery| delivery.at_ms < end));
        let before = before.inspect(|delivery| probe.published(delivery));
        let server = super::server(self.node.address, &self.tokens);
        let playing = player::play(before, Arc::clone(&self.clock), &devices, server);
        let ingested = Arc::clone(&self.node.ingested);
        tokio::select! {
            played = playing => { played?; }
            error = self.node.failed() => return Err(error),
            error = parts::overflows(&devices, &ingested) => return Err(error),
        }
        let late_end = end + UNDER_WAY_MS;
        let under_way = std::iter::from_fn(|| {
            self.deliveries
                .next_if(|delivery| delivery.at_ms < late_end)
        });
        let under_way = under_way.filter(|delivery| happened_before(delivery, end));
        let at_once: Clock = Arc::new(|| CellTime(i64::MAX));
        player::play(under_way, at_once, &devices, server).await?;
        ensure!(
            devices.settle(SETTLE).await,
            "the broker has not acknowledged everything"
        );
        self.wait_until("the gateway has passed on everything", || {
            self.node.ingested.in_flight_now() == 0
        })
        .await
    }

    /// Ticks a minute at a time until the hour after `end` has closed.
    async fn run_forward(&self, end: i64) -> anyhow::Result<()> {
        let kafka = self.config.kafka();
        let inputs = kafka.input_lanes();
        let newest = tokio::task::spawn_blocking(move || ticker::newest_tick(&kafka)).await??;
        let mut now = newest.context("the ticker has never ticked")?.at;
        let close = end.max(now.0) + 2 * HOUR_MS;
        while now.0 < close {
            now.0 += MINUTE_MS;
            for record in ticker::records(&inputs, now) {
                drop(self.node.writer.send(record).await?);
            }
        }
        let counts = Arc::clone(&self.node.counts);
        self.wait_until("the processor has folded everything", || {
            epoch_time(counts.epoch.load(Ordering::Relaxed)) + MINUTE_MS > close
        })
        .await
    }

    /// Waits until everything that stands in the log has been collected.
    async fn wait_for(&self, collected: &Arc<Mutex<Collected>>) -> anyhow::Result<()> {
        let (kafka, writer) = (self.config.kafka(), self.node.writer.clone());
        let (topics, lanes) = (topics(self.play.faults), self.config.kafka.lanes);
        let ends = tokio::task::spawn_blocking(move || {
            writer.flush(PATIENCE)?;
            let look = Look::new(&kafka)?;
            let mut ends = BTreeMap::new();
            for topic in topics {
                for lane in 0..topic.lanes(lanes) {
                    ends.insert((topic, lane), look.watermarks(topic, lane)?.1);
                }
            }
            Ok::<_, ingest::kafka::Error>(ends)
        })
        .await??;
        self.wait_until("the report has read everything", || {
            let collected = held(collected);
            ends.iter()
                .all(|(lane, end)| collected.positions.get(lane).copied().unwrap_or(0) >= *end)
        })
        .await
    }

    async fn wait_until(&self, what: &str, done: impl Fn() -> bool) -> anyhow::Result<()> {
        let waiting = async {
            while !done() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("waited in vain until {what}"))
    }

    fn summary(
        &self,
        collected: &Collected,
        latencies: &[i64],
        end: i64,
    ) -> anyhow::Result<serde_json::Value> {
        let record = self.record(collected, end);
        let rows = collected.rows(end);
        let alerts = collected.alerts(end);
        let mut mismatches = judge::compare_rows(&truth::rows(&record), &rows);
        mismatches.extend(judge::compare_alerts(&truth::alerts(&record), &alerts));
        for mismatch in mismatches.iter().take(SHOWN) {
            tracing::error!(%mismatch, "not as the naive definition says");
        }
        let at = |share: usize| {
            latencies.get((latencies.len() * share / 100).min(latencies.len().saturating_sub(1)))
        };
        let counts = &self.node.counts;
        Ok(serde_json::json!({
            "seed": self.play.seed,
            "cell_hours": (end - self.play.start.0) / HOUR_MS,
            "readings": counts.readings.load(Ordering::Relaxed),
            "facts": self.past.facts + self.node.ingested.facts_now(),
            "duplicates": counts.duplicates.load(Ordering::Relaxed),
            "late": collected.late,
            "dead_letters": collected.dead_letters,
            "kpi_rows": rows.len(),
            "kpi_rows_said": collected.rows_said,
            "corrected_windows": counts.corrections.load(Ordering::Relaxed),
            "alerts": alerts.len(),
            "latency_ms": {"n": latencies.len(), "p50": at(50), "p99": at(99), "max": latencies.last()},
            "resident_mb": resident_mb()?,
            "mismatches": mismatches.len(),
        }))
    }

    /// What the judge judges by: the truth, or what arrived when something was lost.
    fn record(&self, collected: &Collected, end: i64) -> Record {
        let (start, play) = (self.play.start, &self.play);
        if play.faults.lose_nothing() {
            let hours = (end - start.0) / HOUR_MS + 1;
            let truth = Record::of_hospital(play.seed, &play.scenario, start, hours);
            // Of wills, only what arrived can tell.
            let arrived = collected.arrived.clone();
            return Record {
                to: end,
                arrived,
                ..truth
            };
        }
        Record {
            master: Hospital::master(),
            settings: Vec::new(),
            facts: collected.facts.clone(),
            readings: collected.readings.clone(),
            arrived: collected.arrived.clone(),
            from: start.0,
            to: end,
        }
    }
}

fn held(collected: &Mutex<Collected>) -> MutexGuard<'_, Collected> {
    collected.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a message that is still under way tells of something before `end`.
fn happened_before(delivery: &Delivery, end: i64) -> bool {
    match &delivery.told {
        Message::Http { told, .. } => told.facts.iter().all(|fact| fact.at.0 < end),
        Message::Payload { topic, bytes } => {
            let readings = topic::parse_mqtt(topic)
                .and_then(|(_, stream)| sensor::parse(stream, bytes, CellTime(delivery.at_ms)));
            readings.is_ok_and(|readings| readings.iter().all(|reading| reading.at.0 < end))
        }
    }
}

/// Resident memory of this process, in MiB.
fn resident_mb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .context("VmRSS")?;
    Ok(kib.parse::<u64>()? / 1024)
}
