//! What a node tells those outside: alerts, to the endpoints of the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use events::topic::KafkaTopic;
use ingest::kafka;
use sinks::{Places, WebhookCounters, Webhooks};

use super::{Node, Options};
use crate::config::Config;
use crate::follower::{Follower, expect};
use crate::webhooks::InKafka;

const TOPICS: [KafkaTopic; 1] = [KafkaTopic::Alerts];

impl Node {
    /// Tells alerts to those outside, if there are any.
    pub(super) fn tell(
        &mut self,
        config: &Config,
        kafka: &kafka::Config,
        options: &Options,
    ) -> anyhow::Result<()> {
        let endpoints = config.webhooks.endpoints(&config.tenant_ids()?)?;
        if endpoints.is_empty() {
            return Ok(());
        }
        let names = endpoints.iter().map(|endpoint| endpoint.name);
        let counters = Arc::new(WebhookCounters::new(names));
        let counted = Arc::clone(&counters);
        self.samples.push(Box::new(move || counted.snapshot()));
        expect("webhooks", kafka, &TOPICS, &self.backlog);
        let keeper = InKafka::new(
            kafka,
            &endpoints,
            self.writer.clone(),
            Arc::clone(&options.clock),
        )?;
        let (patience, queue) = (config.webhooks.patience(), config.webhooks.queue);
        let (kafka, backlog) = (kafka.clone(), Arc::clone(&self.backlog));
        let (mut stop, drain) = (self.stop.subscribe(), self.drain.subscribe());
        self.tasks.spawn(async move {
            let begun = tokio::select! {
                begun = keeper.begin(&kafka, endpoints) => begun.context("webhooks")?,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            let from = earliest(begun.iter().map(|(_, places)| places));
            let webhooks = Webhooks::new(begun, patience, queue, keeper, counters)?;
            let (follower, chunks) = Follower::start("webhooks", &kafka, &TOPICS, &from, &backlog)?;
            tracing::info!("webhooks begin");
            let sink = async { webhooks.run(chunks).await.context("webhooks") };
            follower.feed(sink, drain).await
        });
        Ok(())
    }
}

/// From where each lane is read: who has come further leaves aside what it has.
fn earliest<'a>(all: impl Iterator<Item = &'a Places>) -> BTreeMap<(KafkaTopic, u32), u64> {
    let mut from = BTreeMap::new();
    for (lane, place) in all.flatten() {
        let earliest = from.entry((KafkaTopic::Alerts, *lane));
        let earliest = earliest.or_insert(place.offset);
        *earliest = place.offset.min(*earliest);
    }
    from
}
