//! One process with everything between the doors and the boards: gateway,
//! ticker, processor, ClickHouse sink, live boards, and the server that they are
//! reached at. Parts start in the direction of the data and stop in it, too.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::routing::get;
use events::metric;
use events::place::Site;
use events::time::{CellTime, Clock};
use events::topic::KafkaTopic;
use ingest::kafka_writer::Writer;
use ingest::{Stop, counters, http, kafka, mqtt, ticker};
use sinks::{ClickHouse, ClickHouseConfig, Live, LiveOptions, Pulse, SourceState};
use stream::site::epoch_time;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::backlog::Backlog;
use crate::config::Config;
use crate::follower::Follower;
use crate::processor::{Processor, ProcessorCounts};
use crate::telemetry::{self, Sample};

const BOARDS_MAX: usize = 10_000;
const BOARD_QUEUE: usize = 64;
/// How often the threads are looked at.
const WATCH: Duration = Duration::from_millis(200);
/// How long what is under way may take at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// The processor is too far behind when it has not folded this much, in cell time.
const BEHIND_MS: i64 = 5_000;

/// What a node is started with, beside its configuration.
pub(crate) struct Options {
    pub(crate) clock: Clock,
    pub(crate) speed: f64,
    pub(crate) warning: Option<String>,
    /// Sites whose boards may open before anything was said of them.
    pub(crate) sites: Vec<Site>,
    pub(crate) pseudonyms: ingest::Pseudonyms,
    /// Whether Kafka was there before us: it is waited for, and read for what it
    /// holds of earlier requests. The embedded one is as new as we are.
    pub(crate) kafka_was_there: bool,
    /// Bytes that a reader of the log may be behind, see [`Backlog`].
    pub(crate) backlog: Option<u64>,
}

/// A running node.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) counts: Arc<ProcessorCounts>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) ingested: Arc<counters::Counters>,
    pub(crate) writer: Writer,
    stop: watch::Sender<bool>,
    tasks: JoinSet<anyhow::Result<()>>,
    close: watch::Sender<bool>,
    doors: JoinSet<anyhow::Result<()>>,
    processor: Processor,
    followers: Vec<Follower>,
}

impl Node {
    /// Starts everything but what writes: see [`Node::open_doors`].
    pub(crate) async fn start(config: &Config, options: Options) -> anyhow::Result<Self> {
        let kafka = config.kafka();
        let (stop, stopped) = watch::channel(false);
        if options.kafka_was_there {
            wait_for_kafka(&kafka, &stopped).await?;
        }
        let writer = Writer::new(&kafka)?;
        let backlog = Arc::new(Backlog::new(options.backlog));
        let processor = Processor::start(config.stream(), &kafka, writer.clone(), &backlog)?;
        let mut node = Self {
            address: config.server.listen,
            counts: Arc::clone(&processor.counts),
            backlog,
            ingested: Arc::default(),
            writer,
            stop,
            tasks: JoinSet::new(),
            close: watch::channel(false).0,
            doors: JoinSet::new(),
            processor,
            followers: Vec::new(),
        };
        let sunk = Arc::new(sinks::Counters::default());
        node.store(config.clickhouse()?, &kafka, Arc::clone(&sunk))
            .await?;
        let live = node.show(config, &kafka, &options, Arc::clone(&sunk))?;
        let api = http::Api::new(
            config.tenant_ids()?,
            kafka.lanes,
            options.pseudonyms.clone(),
            node.writer.clone(),
            Arc::clone(&options.clock),
            Arc::clone(&node.ingested),
        );
        let api = if options.kafka_was_there {
            node.recall(api, &kafka, (options.clock)()).await?
        } else {
            api
        };
        let (ingested, counts) = (Arc::clone(&node.ingested), Arc::clone(&node.counts));
        let clock = Arc::clone(&options.clock);
        let metrics = move || {
            let page = telemetry::page(samples(&ingested, &counts, &sunk, clock()));
            async move { page }
        };
        let router = http::router(Arc::new(api))
            .merge(sinks::live_router(live))
            .merge(dashboards::router())
            .route("/metrics", get(metrics));
        node.serve(router).await?;
        Ok(node)
    }

    /// Starts the ticker and the MQTT gateway.
    pub(crate) fn open_doors(&mut self, config: &Config, clock: &Clock) -> anyhow::Result<()> {
        let (writer, stop) = (self.writer.clone(), self.close.subscribe());
        let ticking = ticker::run(config.kafka(), writer, Arc::clone(clock), stop);
        self.doors
            .spawn(async move { ticking.await.context("ticker") });
        if let Some(mqtt) = config.mqtt()? {
            let (writer, stop) = (self.writer.clone(), self.close.subscribe());
            let receiving = mqtt::run(
                mqtt,
                writer,
                Arc::clone(clock),
                Arc::clone(&self.ingested),
                stop,
            );
            self.doors
                .spawn(async move { receiving.await.context("mqtt gateway") });
        }
        Ok(())
    }

    /// Stops the ticker and the MQTT gateway.
    pub(crate) async fn close_doors(&mut self) -> anyhow::Result<()> {
        let _ = self.close.send(true);
        while let Some(closed) = self.doors.join_next().await {
            closed??;
        }
        Ok(())
    }

    /// Comes back when a part has ended by itself, with the reason.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        let mut watch = tokio::time::interval(WATCH);
        loop {
            tokio::select! {
                Some(ended) = self.doors.join_next() => if let Err(error) = flat(ended) { return error },
                Some(ended) = self.tasks.join_next() => if let Err(error) = flat(ended) { return error },
                _ = watch.tick() => {
                    if self.processor.has_ended() || self.followers.iter().any(Follower::has_ended) {
                        return anyhow::anyhow!("a reader of the log has ended");
                    }
                }
            }
        }
    }

    /// Stops, and says the reason: what a part says that has ended tells more than
    /// that it has ended.
    pub(crate) async fn end(self, failed: Option<anyhow::Error>) -> anyhow::Result<()> {
        match (self.stop().await, failed) {
            (Ok(()), Some(failed)) => Err(failed),
            (stopped, _) => stopped,
        }
    }

    /// Stops the doors, then what is behind them, and says what went wrong.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.close_doors().await?;
        let _ = self.stop.send(true);
        let Self {
            processor,
            followers,
            ..
        } = self;
        let stopped = tokio::task::spawn_blocking(move || {
            let processor = processor.stop();
            let followers = followers.into_iter().try_for_each(Follower::stop);
            processor.and(followers)
        });
        let Ok(stopped) = tokio::time::timeout(DRAIN, stopped).await else {
            bail!(
                "not everything could be written within {} s; start again to go on",
                DRAIN.as_secs()
            );
        };
        let stopped = stopped?;
        let drained = async {
            while let Some(ended) = self.tasks.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        };
        match tokio::time::timeout(DRAIN, drained).await {
            Ok(drained) => stopped.and(drained),
            Err(_) => {
                tracing::warn!("not everything was stored before the end; it is still in the log");
                stopped
            }
        }
    }

    async fn store(
        &mut self,
        config: ClickHouseConfig,
        kafka: &kafka::Config,
        counters: Arc<sinks::Counters>,
    ) -> anyhow::Result<()> {
        migrate(&config).await?;
        let clickhouse = ClickHouse::open(config, counters).await?;
        let topics: Vec<KafkaTopic> = KafkaTopic::ALL
            .into_iter()
            .filter(|topic| *topic != KafkaTopic::Control)
            .collect();
        let positions = clickhouse.positions();
        let (follower, chunks) =
            Follower::start("clickhouse", kafka, &topics, &positions, &self.backlog)?;
        self.followers.push(follower);
        self.tasks
            .spawn(async move { clickhouse.run(chunks).await.context("clickhouse sink") });
        Ok(())
    }

    fn show(
        &mut self,
        config: &Config,
        kafka: &kafka::Config,
        options: &Options,
        counters: Arc<sinks::Counters>,
    ) -> anyhow::Result<Live> {
        let (counts, clock) = (Arc::clone(&self.counts), Arc::clone(&options.clock));
        let ingested = Arc::clone(&self.ingested);
        let has_mqtt = config.mqtt()?.is_some();
        let live = Live::new(
            LiveOptions {
                build: env!("CARGO_PKG_VERSION").to_owned(),
                speed: options.speed,
                warning: options.warning.clone(),
                sites: options.sites.clone(),
                clients_max: BOARDS_MAX,
                queue: BOARD_QUEUE,
                pulse: Arc::new(move || pulse(&counts, &ingested, has_mqtt, clock())),
            },
            counters,
        );
        let topics = [KafkaTopic::Alerts, KafkaTopic::Board, KafkaTopic::Kpis];
        let (follower, chunks) =
            Follower::start("boards", kafka, &topics, &BTreeMap::new(), &self.backlog)?;
        self.followers.push(follower);
        let boards = live.clone();
        self.tasks.spawn(async move {
            boards.run(chunks).await;
            Ok(())
        });
        Ok(live)
    }

    /// Reads which requests have been answered, so that none counts twice.
    async fn recall(
        &self,
        api: http::Api,
        kafka: &kafka::Config,
        now: CellTime,
    ) -> anyhow::Result<http::Api> {
        let kafka = kafka.clone();
        let since = now.0 - http::idempotency::AGE_MAX_MS;
        tokio::task::spawn_blocking(move || {
            http::recall::recall(&api, &kafka, since)?;
            Ok(api)
        })
        .await?
    }

    async fn serve(&mut self, router: Router) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .with_context(|| format!("server.listen: {} can't be listened at", self.address))?;
        self.address = listener.local_addr()?;
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            let service = router.into_make_service();
            tokio::select! {
                served = axum::serve(listener, service) => served.context("server"),
                _ = stop.wait_for(|stopped| *stopped) => Ok(()),
            }
        });
        Ok(())
    }
}

fn flat(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    ended?
}

/// Brings ClickHouse to our schema, with the KPIs that the processor knows.
pub(crate) async fn migrate(config: &ClickHouseConfig) -> anyhow::Result<Vec<&'static str>> {
    let describe = |kpi: &'static stream::kpi::KpiSpec| sinks::KpiDescription {
        name: kpi.name,
        unit: kpi.unit,
        description: kpi.question,
        source: kpi.source,
    };
    let kpis: Vec<_> = stream::kpi::all().iter().map(describe).collect();
    sinks::migrate(config, &kpis).await.context("clickhouse")
}

/// Waits until Kafka answers and has our topics.
pub(crate) async fn wait_for_kafka(config: &kafka::Config, stop: &Stop) -> anyhow::Result<()> {
    let (waiting, stop) = (config.clone(), stop.clone());
    tokio::task::spawn_blocking(move || kafka::wait(&waiting, &stop)).await??;
    kafka::create_topics(config).await.context("kafka")
}

fn pulse(
    counts: &ProcessorCounts,
    ingested: &counters::Counters,
    has_mqtt: bool,
    cell: CellTime,
) -> Pulse {
    let as_of = epoch_time(counts.epoch.load(Ordering::Relaxed));
    let mut sources = BTreeMap::new();
    let state = |is_live| {
        if is_live {
            SourceState::Live
        } else {
            SourceState::Lost
        }
    };
    if has_mqtt {
        sources.insert("mqtt", state(ingested.is_mqtt_connected()));
    }
    sources.insert("processor", state(cell.0 - as_of < BEHIND_MS));
    Pulse {
        cell,
        as_of: Some(CellTime(as_of)),
        sources,
    }
}

fn samples(
    ingested: &counters::Counters,
    counts: &ProcessorCounts,
    sunk: &sinks::Counters,
    cell: CellTime,
) -> Vec<Sample> {
    let epoch = counts.epoch.load(Ordering::Relaxed);
    let lag = u64::try_from(cell.0 - epoch_time(epoch)).unwrap_or(0);
    let mut samples = ingested.snapshot();
    samples.extend(sunk.snapshot());
    let of = |metric, number: &std::sync::atomic::AtomicU64| {
        (metric, "", number.load(Ordering::Relaxed))
    };
    samples.extend([
        (metric::STREAM_EPOCH, "", epoch),
        (metric::STREAM_LAG_MS, "", lag),
        of(metric::STREAM_READINGS, &counts.readings),
        of(metric::STREAM_DUPLICATES, &counts.duplicates),
        of(metric::STREAM_CORRECTIONS, &counts.corrections),
        of(metric::STREAM_UNDECODABLE, &counts.undecodable),
    ]);
    let late = counts
        .late
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let of_reason = |(reason, count): (&&'static str, &u64)| (metric::STREAM_LATE, *reason, *count);
    samples.extend(late.iter().map(of_reason));
    samples
}
