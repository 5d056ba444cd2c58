//! What the servers must be before we work with them: there, with our topics and
//! our tables.

use anyhow::Context;
use ingest::{Stop, kafka};
use sinks::ClickHouseConfig;

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

/// The log's own name, whatever address it is reached at.
pub(crate) async fn name_of_log(config: &kafka::Config) -> anyhow::Result<String> {
    let config = config.clone();
    Ok(tokio::task::spawn_blocking(move || kafka::log_id(&config)).await??)
}
