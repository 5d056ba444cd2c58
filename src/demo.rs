//! `medaxis demo`: a whole hospital with one command. Embedded parts, the same
//! node as in production, and a simulator that speaks real MQTT and HTTP.

mod collector;
mod history;
mod parts;
mod probe;
mod report;
mod say;
mod tokens;

use std::iter::Peekable;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use events::time::{CellTime, Clock, HOUR_MS, MINUTE_MS};
use ingest::http::idempotency::Requests;
use simulators::delivery::{Deliveries, deliveries};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::mqtt::{Mqtt, MqttConfig};
use simulators::player;
use simulators::scenario::Scenario;

use report::Collecting;
use tokens::Tokens;

use crate::cli::DemoArgs;
use crate::config::Config;
use crate::keys::Key;
use crate::node::{Node, Options};
use crate::roles::Roles;
use crate::{clock, keys, signal};

/// Lanes of the demo's topics.
const LANES: u32 = 4;
/// A reader of the embedded Kafka may be this many bytes behind: it drops what
/// exceeds 5 MiB in a lane.
const BACKLOG_MAX: u64 = 1024 * 1024;
/// Longest that the simulated hospital runs, in hours.
const HOURS_MAX: i64 = 24 * 366;
/// Connections of the simulated devices.
const CONNECTIONS: usize = 8;

/// What is simulated.
struct Play {
    seed: u64,
    scenario: Scenario,
    faults: Faults,
    start: CellTime,
}

impl Play {
    fn deliveries(&self) -> Peekable<Deliveries> {
        deliveries(
            self.seed,
            &self.scenario,
            self.faults,
            self.start,
            HOURS_MAX,
        )
        .peekable()
    }
}

/// Everything that was started, in the order in which it must go.
struct Demo {
    node: Node,
    config: Config,
    clock: Clock,
    play: Play,
    deliveries: Peekable<Deliveries>,
    past: history::Fed,
    /// Until the report is made.
    collecting: Option<Collecting>,
    mqtt: SocketAddr,
    tokens: Tokens,
    _clickhouse: Option<embedded::Supervisor>,
    _kafka: Option<parts::EmbeddedKafka>,
    _folder: Option<tempfile::TempDir>,
}

/// Runs until Ctrl-C, or for as long as asked.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let quiet = args.report.is_some();
    let mut demo = Demo::start(&args).await?;
    if !quiet {
        say::welcome(&demo.node, &demo.config, demo.mqtt, &demo.tokens);
    }
    let ends = args.run_for.map(Duration::from_secs);
    if args.report.is_some() {
        let ends = ends.expect("the arguments ask for --for with --report");
        let report = demo.report(ends, args.speed).await?;
        demo.node.stop().await?;
        println!("{report}");
        return Ok(());
    }
    let failed = demo.live(ends).await.err();
    demo.node.end(failed).await
}

impl Demo {
    async fn start(args: &DemoArgs) -> anyhow::Result<Self> {
        let play = Play {
            seed: args.seed,
            scenario: Scenario::load(&args.scenario)?,
            faults: args.faults.parse()?,
            start: start(args.history_hours),
        };
        check_speed(args.speed)?;
        let mut config = Config::load(None)?;
        config.server.listen = parts::free("--port", args.port)?;
        config.kafka.lanes = LANES;
        let kafka = start_kafka(args, &mut config)?;
        let (folder, data) = folder(args.keep.as_deref())?;
        config.store.folder = data.join("store");
        let tokens = Tokens::make(args.access.as_deref(), &data, &mut config)?;
        let clickhouse = start_clickhouse(args, &mut config, &data).await?;
        let (mqtt, _v4) = start_mqtt(args, &mut config).await?;
        let clock = clock::cell_clock(CellTime(clock::wall_ms()), args.speed);
        let requests = Requests::default();
        let options = Options {
            roles: Roles::all(),
            clock: Arc::clone(&clock),
            speed: args.speed,
            warning: Some("Demo: simulated patients, this machine only".to_owned()),
            sites: vec![Hospital::site()],
            pseudonyms: Some(keys::for_this_run()?),
            label_key: Some(Key::random()?),
            kafka_was_there: args.kafka.is_some(),
            requests: requests.clone(),
            backlog: args.kafka.is_none().then_some(BACKLOG_MAX),
            runs_past: true,
            book: Arc::clone(&tokens.book),
        };
        let mut node = Node::start(&config, options).await?;
        let collecting = args.report.is_some();
        let collecting = collecting.then(|| Collecting::start(&node, &config, play.faults));
        let mut deliveries = play.deliveries();
        say::opening(node.address, args.history_hours, &tokens);
        let past = history::feed(
            &node,
            &config,
            &clock,
            play.start,
            &requests,
            &mut deliveries,
        )
        .await?;
        say::step(&format!(
            "{} readings and {} facts are in the log",
            past.readings, past.facts
        ));
        node.open_doors(&config, &clock).await?;
        hears_the_broker(&mut node).await?;
        Ok(Self {
            node,
            config,
            clock,
            play,
            deliveries,
            past,
            collecting: collecting.transpose()?,
            mqtt,
            tokens,
            _clickhouse: clickhouse,
            _kafka: kafka,
            _folder: folder,
        })
    }

    /// Lets the hospital live until Ctrl-C, for `ends`, or until a part fails.
    async fn live(&mut self, ends: Option<Duration>) -> anyhow::Result<()> {
        let devices = self.devices();
        let ingested = Arc::clone(&self.node.ingested);
        let overflow = parts::overflows(&devices, &ingested);
        let deliveries = self.deliveries.by_ref();
        let playing = player::play(
            deliveries,
            Arc::clone(&self.clock),
            &devices,
            server(self.node.address, &self.tokens),
        );
        tokio::select! {
            played = playing => { played?; },
            error = self.node.failed() => return Err(error),
            error = overflow => return Err(error),
            asked = signal::asked_to_end() => asked?,
            () = tokio::time::sleep(ends.unwrap_or(Duration::MAX)) => {}
        }
        say::step("Stopping");
        Ok(())
    }

    fn devices(&self) -> Mqtt {
        Mqtt::open(&MqttConfig {
            host: self.mqtt.ip().to_string(),
            port: self.mqtt.port(),
            client_id: "medaxis-simulator".to_owned(),
            credentials: None,
            connections: CONNECTIONS,
        })
    }
}

/// Where the simulator tells facts.
fn server(address: SocketAddr, tokens: &Tokens) -> player::Server<'_> {
    let token = tokens.source.reveal();
    player::Server { address, token }
}

/// Waits until the gateway has subscribed: what is published before reaches nobody.
async fn hears_the_broker(node: &mut Node) -> anyhow::Result<()> {
    let ingested = Arc::clone(&node.ingested);
    let hears = async {
        while !ingested.is_mqtt_connected() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = hears => Ok(()),
        error = node.failed() => Err(error),
    }
}

/// Whole minutes, so that windows begin with the hospital.
fn start(history_hours: u32) -> CellTime {
    let now = clock::wall_ms();
    CellTime(now - now.rem_euclid(MINUTE_MS) - i64::from(history_hours) * HOUR_MS)
}

fn check_speed(speed: f64) -> anyhow::Result<()> {
    if !(1.0..=1_000.0).contains(&speed) {
        bail!("--speed: must be from 1 to 1000");
    }
    Ok(())
}

fn start_kafka(
    args: &DemoArgs,
    config: &mut Config,
) -> anyhow::Result<Option<parts::EmbeddedKafka>> {
    if let Some(brokers) = &args.kafka {
        say::step(&format!("Using the Kafka at {brokers}"));
        config.kafka.brokers.clone_from(brokers);
        config.kafka.prefix = format!("medaxis-demo-{}.", clock::wall_ms());
        return Ok(None);
    }
    say::step("Starting an embedded Kafka (it holds 5 MiB a lane and is gone with this process)");
    config.kafka.embedded = true;
    let kafka = parts::EmbeddedKafka::start(&config.kafka())?;
    config.kafka.brokers = kafka.address();
    Ok(Some(kafka))
}

async fn start_clickhouse(
    args: &DemoArgs,
    config: &mut Config,
    data: &Path,
) -> anyhow::Result<Option<embedded::Supervisor>> {
    if let Some(url) = &args.clickhouse {
        say::step(&format!("Using the ClickHouse at {url}"));
        config.clickhouse.url.clone_from(url);
        return Ok(None);
    }
    say::step(&format!(
        "Starting ClickHouse's engine on {}",
        data.display()
    ));
    let root = std::env::current_dir()?;
    let engine = parts::clickhouse(&root, data).await?;
    config.clickhouse.url = engine.url();
    Ok(Some(engine))
}

async fn start_mqtt(
    args: &DemoArgs,
    config: &mut Config,
) -> anyhow::Result<(SocketAddr, Option<SocketAddr>)> {
    let (v5, v4) = match &args.mqtt {
        Some(address) => {
            say::step(&format!("Using the MQTT broker at {address}"));
            (
                address
                    .parse()
                    .context("--mqtt: must be an address such as 127.0.0.1:1883")?,
                None,
            )
        }
        None => {
            let (v5, v4) = parts::mqtt_broker(args.mqtt_port)?;
            parts::answers(v5).await?;
            say::step(&format!(
                "Starting an embedded MQTT broker at {v5} (MQTT 5) and {v4} (MQTT 3.1.1; it keeps 64 MiB \
                 for who is away, and hands 100 retained messages to who subscribes)"
            ));
            (v5, Some(v4))
        }
    };
    config.mqtt.host = v5.ip().to_string();
    config.mqtt.port = v5.port();
    Ok((v5, v4))
}

/// The folder that was asked for, else one that goes with the demo.
fn folder(keep: Option<&Path>) -> anyhow::Result<(Option<tempfile::TempDir>, PathBuf)> {
    if let Some(keep) = keep {
        std::fs::create_dir_all(keep).with_context(|| format!("--keep {}", keep.display()))?;
        return Ok((None, keep.to_owned()));
    }
    let folder = tempfile::Builder::new().prefix("medaxis-demo-").tempdir()?;
    let data = folder.path().to_owned();
    Ok((Some(folder), data))
}
