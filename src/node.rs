//! One process with everything between the doors and the boards, or with some of it:
//! gateway, ticker, processor, archive, ClickHouse sink, live boards, webhooks, and the server
//! that they are reached at. Parts start in the direction of the data and stop in it, too.

mod archive;
mod doors;
mod outlets;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::routing::get;
use events::place::Site;
use events::time::Clock;
use ingest::http::Absent;
use ingest::http::idempotency::Requests;
use ingest::http::recall::Past;
use ingest::kafka_writer::Writer;
use ingest::label::Labels;
use ingest::{counters, ticker};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::access::{self, Book};
use crate::backlog::Backlog;
use crate::config::Config;
use crate::explain::{self, Sources};
use crate::keys::Key;
use crate::processor::{Processor, ProcessorCounts};
use crate::roles::{Role, Roles};
use crate::servers;
use crate::snapshots::{self, SnapshotCounts};
use crate::telemetry::{self, Sample};
use crate::verify::{self, Verifier};

const BOARDS_MAX: usize = 10_000;
const BOARD_QUEUE: usize = 64;
/// How often the threads are looked at.
const WATCH: Duration = Duration::from_millis(200);
/// The past is over when less than this is left of it, in real milliseconds: how far the
/// processor has come is known a second later.
const PRESENT_MS: f64 = 3_000.0;
/// How long what is under way may take at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// What a node is started with, beside its configuration.
pub(crate) struct Options {
    pub(crate) roles: Roles,
    pub(crate) clock: Clock,
    pub(crate) speed: f64,
    pub(crate) warning: Option<String>,
    /// Sites whose boards may open before anything was said of them.
    pub(crate) sites: Vec<Site>,
    /// Of the gateway.
    pub(crate) pseudonyms: Option<ingest::Pseudonyms>,
    /// What labels of patients are sealed with, where they are shown.
    pub(crate) label_key: Option<Key>,
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
    /// Who may come in.
    pub(crate) book: Arc<Book>,
}

/// A running node.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) counts: Arc<ProcessorCounts>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) ingested: Arc<counters::Counters>,
    pub(crate) writer: Writer,
    sunk: Arc<sinks::Counters>,
    /// What the server serves to whom the book knows and to anybody, and what its metrics
    /// say: each part brings its own.
    router: Router,
    open: Router,
    book: Arc<Book>,
    samples: Vec<Samples>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<anyhow::Result<()>>,
    close: watch::Sender<bool>,
    doors: JoinSet<anyhow::Result<()>>,
    /// What the boards here know not to be there.
    absent: Option<Absent>,
    /// What the gateway's HL7 listeners need.
    hl7: Option<(ingest::Pseudonyms, Past)>,
    /// Where the doors tell the names that they hear.
    pub(crate) labels: Option<Labels>,
    /// Whether the MQTT gateway was started: before, nobody waits for its broker.
    hears_mqtt: Arc<AtomicBool>,
    processor: Option<Processor>,
    /// Turns true when nothing more comes: sinks then take what is there, and end.
    drain: watch::Sender<bool>,
}

/// What a part counts, now.
type Samples = Box<dyn Fn() -> Vec<Sample> + Send + Sync>;

impl Node {
    /// Starts everything but what writes: see [`Node::open_doors`].
    pub(crate) async fn start(config: &Config, options: Options) -> anyhow::Result<Self> {
        let kafka = config.kafka();
        let (stop, stopped) = watch::channel(false);
        if options.kafka_was_there {
            servers::wait_for_kafka(&kafka, &stopped).await?;
        }
        let log = servers::name_of_log(&kafka).await?;
        let has = |role| options.roles.has(role);
        if has(Role::Gateway) && options.kafka_was_there {
            // Before a door is open: what comes in gets its time from this clock.
            let now = (options.clock)();
            ticker::check(&kafka, now).await.context("ticker")?;
        }
        let mut node = Self::new(config, &options, stop)?;
        if has(Role::Processor) {
            node.fold(config, &log, &options).await?;
        }
        if has(Role::Archive) {
            node.archive(config, &log)?;
            let verifier = Verifier::new(config, &log)?;
            node.serves(verify::http::router(verifier, config.tenant_ids()?));
            let sources = Sources::new(config, &log)?;
            node.serves(explain::http::router(sources, config.tenant_ids()?));
        }
        if has(Role::Clickhouse) {
            node.store(config.clickhouse(log.clone())?, &kafka);
        }
        if has(Role::Board) {
            node.show(config, &kafka, &options)?;
            node.answer(config, log, &options)?;
        }
        if has(Role::Webhook) {
            node.tell(config, &kafka, &options)?;
        }
        if has(Role::Clickhouse) || has(Role::Board) {
            let sunk = Arc::clone(&node.sunk);
            node.samples.push(Box::new(move || sunk.snapshot()));
        }
        if let Some(pseudonyms) = options.pseudonyms.clone() {
            node.take(config, &kafka, &options, pseudonyms)?;
        }
        node.serve().await?;
        Ok(node)
    }

    /// A node that does nothing yet.
    fn new(config: &Config, options: &Options, stop: watch::Sender<bool>) -> anyhow::Result<Self> {
        Ok(Self {
            address: config.server.listen,
            counts: Arc::default(),
            backlog: Arc::new(Backlog::new(options.backlog)),
            ingested: Arc::default(),
            writer: Writer::new(&config.kafka())?,
            sunk: Arc::default(),
            router: Router::new(),
            open: access::session_router(Arc::clone(&options.book)),
            book: Arc::clone(&options.book),
            samples: Vec::new(),
            stop,
            tasks: JoinSet::new(),
            close: watch::channel(false).0,
            doors: JoinSet::new(),
            absent: None,
            hl7: None,
            labels: None,
            hears_mqtt: Arc::default(),
            processor: None,
            drain: watch::channel(false).0,
        })
    }

    /// Starts the processor where it left off, and what keeps its snapshots.
    async fn fold(&mut self, config: &Config, log: &str, options: &Options) -> anyhow::Result<()> {
        let kafka = config.kafka();
        let beginning = snapshots::begin(config, &kafka, log).await?;
        let (begin, keeping) = beginning.split();
        let writer = self.writer.clone();
        let processor = Processor::start(config.stream(), begin, &kafka, writer, &self.backlog)?;
        let kept = Arc::new(SnapshotCounts::default());
        let every = Duration::from_secs(config.store.snapshot_every_s);
        let keeping = keeping.run(every, Arc::clone(&kept), self.stop.subscribe());
        self.tasks
            .spawn(async move { keeping.await.context("snapshots") });
        self.counts = Arc::clone(&processor.counts);
        self.processor = Some(processor);
        let (counts, clock) = (Arc::clone(&self.counts), Arc::clone(&options.clock));
        self.samples.push(Box::new(move || {
            let mut samples = counts.snapshot(clock());
            samples.extend(kept.snapshot());
            samples
        }));
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
                    if self.processor.as_ref().is_some_and(Processor::has_ended) {
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
        let stopped = tokio::task::spawn_blocking(move || match processor {
            Some(processor) => processor.stop(),
            None => Ok(()),
        });
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

    /// Adds what a part serves to whom the book knows.
    fn serves(&mut self, router: Router) {
        self.router = std::mem::take(&mut self.router).merge(router);
    }

    /// Adds what a part serves to anybody: nothing in it is about a tenant.
    fn opens(&mut self, router: Router) {
        self.open = std::mem::take(&mut self.open).merge(router);
    }

    async fn serve(&mut self) -> anyhow::Result<()> {
        let book = Arc::clone(&self.book);
        self.samples.push(Box::new(move || book.snapshot()));
        let samples = Arc::new(std::mem::take(&mut self.samples));
        let metrics = move || {
            let samples = samples.iter().flat_map(|samples| samples()).collect();
            let page = telemetry::page(samples);
            async move { page }
        };
        let metrics = get(metrics);
        let open = std::mem::take(&mut self.open).route("/metrics", metrics);
        let closed = std::mem::take(&mut self.router);
        let router = open.merge(access::guarded(closed, Arc::clone(&self.book)));
        let (book, mut stop) = (Arc::clone(&self.book), self.stop.subscribe());
        self.tasks.spawn(async move {
            tokio::select! {
                () = book.watch() => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
            Ok(())
        });
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
