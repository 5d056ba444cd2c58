//! IO: rows of the log into ClickHouse. Every lane's records become blocks (`batch`), every block
//! one synchronous insert that is repeated until it is acknowledged, and the lane's new position
//! follows it into the table `progress`.
//!
//! It promises that nothing is lost and nothing counted twice: positions never run ahead of rows,
//! and rows that are stored again have the same key. While ClickHouse is away it waits, takes no
//! more chunks, and so makes whoever feeds it wait: what it holds is bounded by
//! [`BatchLimits::rows_max`] a lane.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use ::clickhouse::error::Error;
use ::clickhouse::{Client, Compression};
use events::log::{Chunk, LogRecord};
use events::topic::KafkaTopic;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::batch::{Batch, BatchLimits, Block, Position};
use crate::counters::{self, Counters, Sink};
use crate::record::{self, Item};
use crate::retry::{self, Decision};
use crate::rows::ProgressRow;

mod insert;
mod run;

pub use run::{Run, RunOf};

/// For the answer to a query or to a whole block.
const ANSWER: Duration = Duration::from_secs(60);
/// How often quiet lanes are looked at.
const SWEEP: Duration = Duration::from_millis(200);

/// Where ClickHouse is and what is stored there.
#[derive(Clone)]
pub struct ClickHouseConfig {
    /// Such as `http://127.0.0.1:8123`.
    pub url: String,
    /// The database; [`crate::migrate`] makes it.
    pub database: String,
    /// The user, or empty for ClickHouse's default.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// Names the log that offsets refer to. Another Kafka, or one that was emptied, is another log.
    pub log: String,
    /// Which run of the processor the KPI rows come from: `live`, or a backfill's name.
    pub source_run: String,
    /// When blocks end.
    pub limits: BatchLimits,
}

/// Why a sink stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClickHouseError {
    /// ClickHouse refuses, and would refuse again.
    #[error("clickhouse refuses {what}: {reason}")]
    Refused {
        /// What was to be done.
        what: String,
        /// What ClickHouse says, shortened.
        reason: String,
    },
}

/// Stores the records of some lanes.
pub struct ClickHouse {
    client: Client,
    config: ClickHouseConfig,
    counters: Arc<Counters>,
    positions: BTreeMap<(KafkaTopic, u32), Position>,
    batches: BTreeMap<(KafkaTopic, u32), Batch>,
    progress: Vec<ProgressRow>,
    inserts: u64,
}

impl ClickHouse {
    /// Reads how far each lane has come. Waits while ClickHouse is away.
    ///
    /// # Errors
    /// The tables are missing, or ClickHouse refuses us.
    pub async fn open(
        config: ClickHouseConfig,
        counters: Arc<Counters>,
    ) -> Result<Self, ClickHouseError> {
        let client = client(&config).with_database(&config.database);
        let positions = read_positions(&client, &config.log).await?;
        counters.set_storing(0);
        Ok(Self {
            client,
            config,
            counters,
            positions,
            batches: BTreeMap::new(),
            progress: Vec::new(),
            inserts: 0,
        })
    }

    /// The offset at which each lane goes on; a lane that is not here begins at its start. One that
    /// lies beyond the lane's end shows that the log is another than the configuration says.
    pub fn positions(&self) -> BTreeMap<(KafkaTopic, u32), u64> {
        let lanes = self.positions.iter();
        lanes
            .map(|(lane, position)| (*lane, position.next_offset))
            .collect()
    }

    /// Stores what comes, until the channel is closed and all of it is stored. Dropping it earlier
    /// loses nothing that the log still has.
    ///
    /// # Errors
    /// ClickHouse refuses what it would refuse again.
    pub async fn run(mut self, mut chunks: mpsc::Receiver<Chunk>) -> Result<(), ClickHouseError> {
        let started = Instant::now();
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                chunk = chunks.recv() => match chunk {
                    Some(chunk) => self.take(chunk, started.elapsed()).await?,
                    None => return self.finish().await,
                },
                _ = sweep.tick() => self.sweep(started.elapsed()).await?,
            }
        }
    }

    async fn take(&mut self, chunk: Chunk, now: Duration) -> Result<(), ClickHouseError> {
        let Chunk {
            topic,
            lane,
            records,
        } = chunk;
        for record in records {
            let item = item(topic, lane, &record);
            let (limits, positions) = (self.config.limits, &self.positions);
            let batch = self.batches.entry((topic, lane)).or_insert_with(|| {
                let position = positions.get(&(topic, lane)).cloned();
                Batch::new(topic, lane, position.unwrap_or_default(), limits)
            });
            let ended = batch.push(&record, item, now);
            if let Some(violation) = batch.take_violation() {
                self.counters
                    .violated(Sink::ClickHouse, topic, lane, violation);
            }
            if let Some(block) = ended {
                self.store(block).await?;
            }
        }
        self.note_progress().await
    }

    async fn sweep(&mut self, now: Duration) -> Result<(), ClickHouseError> {
        let due: Vec<Block> = self
            .batches
            .values_mut()
            .filter_map(|batch| batch.due(now))
            .collect();
        for block in due {
            self.store(block).await?;
        }
        self.note_progress().await
    }

    async fn finish(mut self) -> Result<(), ClickHouseError> {
        let open: Vec<Block> = self.batches.values_mut().filter_map(Batch::end).collect();
        for block in open {
            self.store(block).await?;
        }
        self.note_progress().await
    }

    async fn store(&mut self, block: Block) -> Result<(), ClickHouseError> {
        if block.rows > 0 {
            let token = block.token(&self.config.log);
            self.begin();
            let mut patience = Patience::new(format!("block {token}"));
            while let Err(error) = insert::block(&self.client, &self.config, &block, &token).await {
                self.counters.retries.fetch_add(1, Relaxed);
                patience.wait(&error).await?;
            }
            patience.over();
            self.counters.set_storing(0);
            let table = counters::table(block.topic).unwrap_or_default();
            self.counters.stored(table, block.rows);
        }
        self.progress.push(ProgressRow::new(
            &self.config.log,
            block.topic,
            block.lane,
            &block.position,
        ));
        Ok(())
    }

    /// Writes the positions behind the blocks that have been stored, in one insert.
    async fn note_progress(&mut self) -> Result<(), ClickHouseError> {
        if self.progress.is_empty() {
            return Ok(());
        }
        self.begin();
        let mut patience = Patience::new("progress".to_owned());
        while let Err(error) = insert::progress(&self.client, &self.progress).await {
            self.counters.retries.fetch_add(1, Relaxed);
            patience.wait(&error).await?;
        }
        patience.over();
        self.counters.set_storing(0);
        self.progress.clear();
        Ok(())
    }

    fn begin(&mut self) {
        self.inserts += 1;
        self.counters.set_storing(self.inserts);
    }
}

/// A client for this ClickHouse, without a database.
pub(crate) fn client(config: &ClickHouseConfig) -> Client {
    let mut client = Client::default()
        .with_url(&config.url)
        .with_compression(Compression::None);
    if !config.user.is_empty() {
        client = client
            .with_user(&config.user)
            .with_password(&config.password);
    }
    client
}

/// A bounded time for a query.
pub(crate) async fn in_time<T>(query: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ANSWER, query).await.unwrap_or(Err(Error::TimedOut))
}

/// Waits between attempts at one thing, and says so.
pub(crate) struct Patience {
    what: String,
    failures: u32,
}

impl Patience {
    pub(crate) fn new(what: String) -> Self {
        Self { what, failures: 0 }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// There is no point in another one.
    pub(crate) async fn wait(&mut self, error: &Error) -> Result<(), ClickHouseError> {
        let reason = shortened(error);
        match retry::decide(error, self.failures) {
            Decision::Stop => Err(ClickHouseError::Refused {
                what: self.what.clone(),
                reason,
            }),
            Decision::Retry(after) => {
                let Self { what, failures } = self;
                tracing::warn!(
                    %what, failures, %reason, retry_in_ms = after.as_millis(),
                    "waiting for clickhouse, nothing is lost"
                );
                self.failures += 1;
                sleep(after).await;
                Ok(())
            }
        }
    }

    /// Says that the waiting is over, if there was any.
    pub(crate) fn over(self) {
        if self.failures > 0 {
            let Self { what, failures } = self;
            tracing::info!(%what, failures, "clickhouse is back");
        }
    }
}

fn shortened(error: &Error) -> String {
    let mut text = error.to_string();
    if let Error::Network(source) = error {
        text = format!("does not answer: {source}");
    }
    text.chars().take(300).collect()
}

async fn read_positions(
    client: &Client,
    log: &str,
) -> Result<BTreeMap<(KafkaTopic, u32), Position>, ClickHouseError> {
    let mut patience = Patience::new("positions".to_owned());
    let rows = loop {
        let rows = client
            .query("SELECT ?fields FROM progress FINAL WHERE log = ?")
            .bind(log)
            .fetch_all::<ProgressRow>();
        match in_time(rows).await {
            Ok(rows) => break rows,
            Err(error) => patience.wait(&error).await?,
        }
    };
    patience.over();
    Ok(rows.iter().filter_map(ProgressRow::position).collect())
}

/// A record that cannot be read is left out: none of our writers has made it.
fn item(topic: KafkaTopic, lane: u32, record: &LogRecord) -> Option<Item> {
    record::item(topic, record).unwrap_or_else(|error| {
        let (topic, offset) = (topic.name(), record.offset);
        tracing::error!(topic, lane, offset, %error, "record left out of the tables");
        None
    })
}
