//! A real ClickHouse engine for a test, and what the test asks it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clickhouse::Client;
use events::log::Chunk;
use harness::Server;
use sinks::{BatchLimits, ClickHouse, ClickHouseConfig, Counters, KpiDescription, migrate};
use tokio::sync::mpsc;

pub(crate) const KPIS: [KpiDescription<'_>; 2] = [
    KpiDescription {
        name: "occupancy",
        unit: "ratio",
        description: "occupied share of staffed beds",
        source: "docs/clocks.md",
    },
    KpiDescription {
        name: "cleaning_response",
        unit: "min",
        description: "from dirty to cleaning started",
        source: "docs/clocks.md",
    },
];

/// An engine that is gone with the test.
pub(crate) struct Engine {
    pub(crate) server: Server,
}

impl Engine {
    pub(crate) fn start() -> Result<Self> {
        let tests = std::env::current_exe()?;
        let built = tests.ancestors().nth(2).context("no folder of builds")?;
        let program = built.join("examples/engine_of_sinks");
        ensure!(
            program.is_file(),
            "{} is missing: cargo build -p sinks --examples",
            program.display()
        );
        let library = harness::clickhouse::library()?;
        let server = harness::clickhouse::start(&program, &[], &library)?;
        Ok(Self { server })
    }

    pub(crate) fn config(&self, log: &str) -> ClickHouseConfig {
        ClickHouseConfig {
            url: format!("http://{}", self.server.address()),
            database: "ward".to_owned(),
            user: String::new(),
            password: String::new(),
            log: log.to_owned(),
            source_run: "live".to_owned(),
            limits: BatchLimits {
                age: Duration::from_millis(50),
                idle: Duration::from_millis(50),
                ..BatchLimits::default()
            },
        }
    }

    pub(crate) async fn migrated() -> Result<Self> {
        let engine = Self::start()?;
        migrate(&engine.config("log"), &KPIS).await?;
        Ok(engine)
    }

    pub(crate) fn client(&self) -> Client {
        Client::default()
            .with_url(format!("http://{}", self.server.address()))
            .with_database("ward")
    }

    /// The answer to a query, as tab-separated lines.
    pub(crate) async fn ask(&self, query: &str) -> Result<String> {
        answer(self.client().query(query)).await
    }

    /// Milliseconds since 1970, by the engine's clock.
    pub(crate) async fn now_ms(&self) -> Result<i64> {
        let now = self.ask("SELECT toUnixTimestamp64Milli(now64(3))").await?;
        Ok(now.trim().parse()?)
    }

    /// Stores the chunks with a sink of its own.
    pub(crate) async fn store(
        &self,
        config: ClickHouseConfig,
        chunks: Vec<Chunk>,
    ) -> Result<Arc<Counters>> {
        let counters = Arc::new(Counters::default());
        let sink = ClickHouse::open(config, Arc::clone(&counters)).await?;
        let (feed, fed) = mpsc::channel(4);
        let sink = tokio::spawn(sink.run(fed));
        for chunk in chunks {
            feed.send(chunk).await?;
        }
        drop(feed);
        sink.await??;
        Ok(counters)
    }
}

/// The answer to a query, as tab-separated lines.
pub(crate) async fn answer(query: clickhouse::query::Query) -> Result<String> {
    let mut answer = query.fetch_bytes("TabSeparated")?;
    let bytes = answer.collect().await?;
    Ok(String::from_utf8(bytes.to_vec())?)
}
