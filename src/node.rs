//! One process with everything between the doors and the boards: gateway,
//! ticker, processor, ClickHouse sink, live boards, and the server that they are
//! reached at. Parts start in the direction of the data and stop in it, too.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::routing::get;
use events::place::Site;
use events::time::{CellTime, Clock};
use events::topic::KafkaTopic;
use ingest::kafka_writer::Writer;
use ingest::{counters, http, kafka, mqtt, ticker};
use sinks::{BOARD_TOPICS, ClickHouse, ClickHouseConfig, Freshness, Live, LiveOptions, Pulse};
use stream::site::epoch_time;
use stream::snapshot::{Plan, State};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::backlog::Backlog;
use crate::config::Config;
use crate::follower::{Follower, expect};
use crate::processor::{Begin, Processor, ProcessorCounts};
use crate::pulse::{Look, Watch};
use crate::servers;
use crate::snapshots::{self, SnapshotCounts};
use crate::telemetry;

mod archive;

const BOARDS_MAX: usize = 10_000;
const BOARD_QUEUE: usize = 64;
/// How often the threads are looked at.
const WATCH: Duration = Duration::from_millis(200);
/// The past is over when less cell time than this is left of it.
const PRESENT_MS: i64 = 1_000;
/// How long what is under way may take at the end.
const DRAIN: Duration = Duration::from_secs(10);

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
    /// Whether the past runs by first: until the present is reached, boards show
    /// the time that has been folded as theirs.
    pub(crate) runs_past: bool,
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
    /// Whether the MQTT gateway was started: before, nobody waits for its broker.
    hears_mqtt: Arc<AtomicBool>,
    processor: Processor,
    /// Turns true when nothing more comes: sinks then take what is there, and end.
    drain: watch::Sender<bool>,
}

impl Node {
    /// Starts everything but what writes: see [`Node::open_doors`].
    pub(crate) async fn start(config: &Config, options: Options) -> anyhow::Result<Self> {
        let kafka = config.kafka();
        let (stop, stopped) = watch::channel(false);
        if options.kafka_was_there {
            servers::wait_for_kafka(&kafka, &stopped).await?;
        }
        let writer = Writer::new(&kafka)?;
        let backlog = Arc::new(Backlog::new(options.backlog));
        let fresh = Arc::new(Freshness::default());
        let log = servers::name_of_log(&kafka).await?;
        let beginning = snapshots::begin(config, &kafka, &log).await?;
        let offsets = beginning.offsets.clone();
        let (state, keeper) = beginning.split();
        let plan = Arc::new(Plan::from(state.as_ref().map_or(0, State::epoch)));
        let (whole, to_keep) = mpsc::channel(1);
        let begin = Begin {
            state,
            offsets,
            plan: Arc::clone(&plan),
            whole,
        };
        let processor = Processor::start(
            config.stream(),
            begin,
            &kafka,
            writer.clone(),
            &backlog,
            Arc::clone(&fresh),
        )?;
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
            hears_mqtt: Arc::default(),
            processor,
            drain: watch::channel(false).0,
        };
        let sunk = Arc::new(sinks::Counters::default());
        let kept = Arc::new(SnapshotCounts::default());
        let every = Duration::from_secs(config.store.snapshot_every_s);
        let keeping = keeper.run(
            to_keep,
            plan,
            every,
            Arc::clone(&kept),
            node.stop.subscribe(),
        );
        node.tasks
            .spawn(async move { keeping.await.context("snapshots") });
        let archived = node.archive(config, &log)?;
        node.store(config.clickhouse(log)?, &kafka, Arc::clone(&sunk));
        let live = node.show(&kafka, &options, fresh, Arc::clone(&sunk))?;
        let api = http::Api::new(
            config.tenant_ids()?,
            kafka.lanes,
            options.pseudonyms.clone(),
            node.writer.clone(),
            Arc::clone(&options.clock),
            Arc::clone(&node.ingested),
        );
        let api = if options.kafka_was_there {
            node.recall(api.with_a_past(), &kafka, (options.clock)())
        } else {
            Arc::new(api)
        };
        let (ingested, counts) = (Arc::clone(&node.ingested), Arc::clone(&node.counts));
        let clock = Arc::clone(&options.clock);
        let metrics = move || {
            let mut samples = ingested.snapshot();
            samples.extend(sunk.snapshot());
            samples.extend(counts.snapshot(clock()));
            samples.extend(kept.snapshot());
            samples.extend(archived.snapshot());
            let page = telemetry::page(samples);
            async move { page }
        };
        let router = http::router(api)
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
            self.hears_mqtt.store(true, Ordering::Relaxed);
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
                    if self.processor.has_ended() {
                        return anyhow::anyhow!("the processor has ended");
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
        let processor = self.processor;
        let stopped = tokio::task::spawn_blocking(move || processor.stop());
        let Ok(stopped) = tokio::time::timeout(DRAIN, stopped).await else {
            bail!(
                "not everything could be written within {} s; start again to go on",
                DRAIN.as_secs()
            );
        };
        let stopped = stopped?;
        let _ = self.drain.send(true);
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

    /// Keeps history. The boards do not wait for it: ClickHouse may be away.
    fn store(
        &mut self,
        config: ClickHouseConfig,
        kafka: &kafka::Config,
        counters: Arc<sinks::Counters>,
    ) {
        let topics: Vec<KafkaTopic> = KafkaTopic::ALL
            .into_iter()
            .filter(|topic| *topic != KafkaTopic::Control)
            .collect();
        expect("clickhouse", kafka, &topics, &self.backlog);
        let (kafka, backlog) = (kafka.clone(), Arc::clone(&self.backlog));
        let (mut stop, drain) = (self.stop.subscribe(), self.drain.subscribe());
        self.tasks.spawn(async move {
            counters.opens();
            let open = async {
                servers::migrate(&config).await?;
                anyhow::Ok(ClickHouse::open(config, counters).await?)
            };
            let clickhouse = tokio::select! {
                opened = open => opened?,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            let positions = clickhouse.positions();
            let (follower, chunks) =
                Follower::start("clickhouse", &kafka, &topics, &positions, &backlog)?;
            let sink = async { clickhouse.run(chunks).await.context("clickhouse sink") };
            follower.feed(sink, drain).await
        });
    }

    fn show(
        &mut self,
        kafka: &kafka::Config,
        options: &Options,
        fresh: Arc<Freshness>,
        counters: Arc<sinks::Counters>,
    ) -> anyhow::Result<Live> {
        let live = Live::new(
            LiveOptions {
                build: env!("CARGO_PKG_VERSION").to_owned(),
                speed: options.speed,
                warning: options.warning.clone(),
                sites: options.sites.clone(),
                clients_max: BOARDS_MAX,
                queue: BOARD_QUEUE,
                fresh,
                pulse: self.pulse(options, Arc::clone(&counters)),
            },
            counters,
        );
        expect("boards", kafka, &BOARD_TOPICS, &self.backlog);
        let nowhere = BTreeMap::new();
        let (follower, chunks) =
            Follower::start("boards", kafka, &BOARD_TOPICS, &nowhere, &self.backlog)?;
        let (boards, drain) = (live.clone(), self.drain.subscribe());
        self.tasks.spawn(async move {
            let sink = async {
                boards.run(chunks).await;
                Ok(())
            };
            follower.feed(sink, drain).await
        });
        Ok(live)
    }

    /// What boards are told of the sources, whenever they ask.
    fn pulse(
        &self,
        options: &Options,
        sunk: Arc<sinks::Counters>,
    ) -> Arc<dyn Fn() -> Pulse + Send + Sync> {
        let (counts, clock) = (Arc::clone(&self.counts), Arc::clone(&options.clock));
        let (ingested, hears) = (Arc::clone(&self.ingested), Arc::clone(&self.hears_mqtt));
        let watch = Mutex::new(Watch::new(options.speed));
        let in_past = AtomicBool::new(options.runs_past);
        Arc::new(move || {
            let folded = CellTime(epoch_time(counts.epoch.load(Ordering::Relaxed)));
            let mut cell = clock();
            if in_past.load(Ordering::Relaxed) {
                let is_over = cell.0 - folded.0 < PRESENT_MS;
                in_past.store(!is_over, Ordering::Relaxed);
                cell = if folded.0 > 0 { folded } else { cell };
            }
            let look = Look {
                cell,
                mqtt: hears
                    .load(Ordering::Relaxed)
                    .then(|| ingested.is_mqtt_connected()),
                folded,
                storing: sunk.storing(),
            };
            let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
            Pulse {
                cell: look.cell,
                sources: watch.look(look),
            }
        })
    }

    /// Reads in the background which requests have been answered, so that none
    /// counts twice.
    fn recall(&mut self, api: http::Api, kafka: &kafka::Config, now: CellTime) -> Arc<http::Api> {
        let api = Arc::new(api);
        let (remembering, kafka) = (Arc::clone(&api), kafka.clone());
        let since = now.0 - http::idempotency::AGE_MAX_MS;
        let (stopped, mut stop) = (self.stop.subscribe(), self.stop.subscribe());
        let reading = tokio::task::spawn_blocking(move || {
            http::recall::run(&remembering, &kafka, since, &stopped)
        });
        self.tasks.spawn(async move {
            // It looks at the signal between two records, which may be long in coming.
            tokio::select! {
                read = reading => read?.map(drop).context("earlier requests"),
                _ = stop.wait_for(|stopped| *stopped) => Ok(()),
            }
        });
        api
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
