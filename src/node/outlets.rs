//! What a node tells: history to ClickHouse, the present to boards, and to those who
//! ask how fresh it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use events::time::CellTime;
use events::topic::KafkaTopic;
use ingest::kafka;
use sinks::{Answers, BOARD_TOPICS, ClickHouse, ClickHouseConfig, Live, LiveOptions, Pulse};

use super::{BOARD_QUEUE, BOARDS_MAX, Node, Options, PRESENT_MS};
use crate::config::Config;
use crate::follower::{Follower, expect};
use crate::pulse::{Look, Watch};
use crate::roles::Role;
use crate::servers;
use crate::{kpis, labels};

impl Node {
    /// Keeps history. The boards do not wait for it: ClickHouse may be away.
    pub(super) fn store(&mut self, config: ClickHouseConfig, kafka: &kafka::Config) {
        let counters = Arc::clone(&self.sunk);
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

    pub(super) fn show(
        &mut self,
        config: &Config,
        kafka: &kafka::Config,
        options: &Options,
    ) -> anyhow::Result<()> {
        let live = Live::new(
            LiveOptions {
                build: env!("CARGO_PKG_VERSION").to_owned(),
                speed: options.speed,
                warning: options.warning.clone(),
                sites: options.sites.clone(),
                clients_max: BOARDS_MAX,
                queue: BOARD_QUEUE,
                lanes: kafka.lanes,
                pulse: self.pulse(options),
            },
            Arc::clone(&self.sunk),
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
        let lookup = labels::lookup(config, options.label_key)?;
        self.serves(sinks::labels_router(live.clone(), lookup));
        let (boards, clock) = (live.clone(), Arc::clone(&options.clock));
        let absent = move |site: &_, ward: Option<&_>| boards.is_absent(site, ward, clock());
        self.absent = Some(Arc::new(absent));
        self.serves(sinks::live_router(live));
        self.opens(sinks::live_description());
        self.opens(dashboards::router());
        Ok(())
    }

    /// Answers from the tables.
    pub(super) fn answer(
        &mut self,
        config: &Config,
        log: String,
        options: &Options,
    ) -> anyhow::Result<()> {
        let clock = Arc::clone(&options.clock);
        let answers = Answers::new(
            &config.clickhouse(log)?,
            config.tenant_ids()?,
            clock,
            kpis::registry(),
        );
        self.serves(sinks::answers_router(answers));
        Ok(())
    }

    /// What boards are told of the sources, whenever they ask.
    fn pulse(&self, options: &Options) -> Arc<dyn Fn(CellTime) -> Pulse + Send + Sync> {
        let clock = Arc::clone(&options.clock);
        let stores = options.roles.has(Role::Clickhouse);
        let sunk = Arc::clone(&self.sunk);
        let (ingested, hears) = (Arc::clone(&self.ingested), Arc::clone(&self.hears_mqtt));
        let watch = Mutex::new(Watch::new(options.speed));
        let in_past = AtomicBool::new(options.runs_past);
        #[expect(clippy::cast_possible_truncation, reason = "a speed is 1,000 at most")]
        let present_ms = (PRESENT_MS * options.speed) as i64;
        Arc::new(move |folded: CellTime| {
            let mut cell = clock();
            if in_past.load(Ordering::Relaxed) {
                let is_over = cell.0 - folded.0 < present_ms;
                in_past.store(!is_over, Ordering::Relaxed);
                cell = if folded.0 > 0 { folded } else { cell };
            }
            let look = Look {
                cell,
                mqtt: hears
                    .load(Ordering::Relaxed)
                    .then(|| ingested.is_mqtt_connected()),
                folded,
                storing: stores.then(|| sunk.storing()),
            };
            let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
            Pulse {
                cell: look.cell,
                sources: watch.look(look),
            }
        })
    }
}
