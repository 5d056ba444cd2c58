//! One process with everything between the doors and the boards: gateway,
//! ticker, processor, ClickHouse sink, live boards, and the server that they are
//! reached at. Parts start in the direction of the data and stop in it, too.

mod archive;
mod doors;
mod outlets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::routing::get;
use events::place::Site;
use events::time::Clock;
use ingest::http::idempotency::Requests;
use ingest::kafka_writer::Writer;
use ingest::{counters, http};
use sinks::{Answers, Freshness};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::backlog::Backlog;
use crate::config::Config;
use crate::explain::{self, Sources};
use crate::processor::{Processor, ProcessorCounts};
use crate::servers;
use crate::snapshots::{self, Beginning, SnapshotCounts};
use crate::telemetry;
use crate::verify::{self, Verifier};

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
    /// What has been asked over HTTP: whoever writes the past of a demo knows it, too.
    pub(crate) requests: Requests,
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
        let log = servers::name_of_log(&kafka).await?;
        let fresh = Arc::new(Freshness::default());
        let kept = Arc::new(SnapshotCounts::default());
        let beginning = snapshots::begin(config, &kafka, &log).await?;
        let mut node = Self::fold(config, &options, (beginning, &kept), &fresh, stop)?;
        let sunk = Arc::new(sinks::Counters::default());
        let archived = node.archive(config, &log)?;
        let sources = Sources::new(config, &log)?;
        let verifier = Verifier::new(config, &log)?;
        let clickhouse = config.clickhouse(log)?;
        let history = Arc::clone(&options.clock);
        let history = Answers::new(&clickhouse, config.tenant_ids()?, history);
        node.store(clickhouse, &kafka, Arc::clone(&sunk));
        let live = node.show(&kafka, &options, fresh, Arc::clone(&sunk))?;
        let api = node.take(config, &kafka, &options)?;
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
            .merge(sinks::answers_router(history))
            .merge(explain::http::router(sources, config.tenant_ids()?))
            .merge(verify::http::router(verifier, config.tenant_ids()?))
            .merge(dashboards::router())
            .route("/metrics", get(metrics));
        node.serve(router).await?;
        Ok(node)
    }

    /// Starts the processor where it left off, and what keeps its snapshots.
    fn fold(
        config: &Config,
        options: &Options,
        (beginning, kept): (Beginning, &Arc<SnapshotCounts>),
        fresh: &Arc<Freshness>,
        stop: watch::Sender<bool>,
    ) -> anyhow::Result<Self> {
        let kafka = config.kafka();
        let writer = Writer::new(&kafka)?;
        let backlog = Arc::new(Backlog::new(options.backlog));
        let (begin, keeping) = beginning.split();
        let processor = Processor::start(
            config.stream(),
            begin,
            &kafka,
            writer.clone(),
            &backlog,
            Arc::clone(fresh),
        )?;
        let every = Duration::from_secs(config.store.snapshot_every_s);
        let keeping = keeping.run(every, Arc::clone(kept), stop.subscribe());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { keeping.await.context("snapshots") });
        Ok(Self {
            address: config.server.listen,
            counts: Arc::clone(&processor.counts),
            backlog,
            ingested: Arc::default(),
            writer,
            stop,
            tasks,
            close: watch::channel(false).0,
            doors: JoinSet::new(),
            hears_mqtt: Arc::default(),
            processor,
            drain: watch::channel(false).0,
        })
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
