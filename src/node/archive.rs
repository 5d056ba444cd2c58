//! The archive's part of a node: every input lane into the object store. Nobody
//! waits for it, and it waits for its store without end.

use std::sync::Arc;

use anyhow::Context;
use events::topic::KafkaTopic;
use store::archive::{Counters, Writer};

use super::Node;
use crate::config::Config;
use crate::follower::{Follower, expect};

impl Node {
    /// Starts to archive, unless the configuration says not to.
    pub(super) fn archive(&mut self, config: &Config, log: &str) -> anyhow::Result<()> {
        let kafka = config.kafka();
        let Some(archive) = config.archive.config(&kafka, log) else {
            return Ok(());
        };
        let counters = Arc::new(Counters::default());
        let store = config.store.open()?;
        expect("archive", &kafka, &KafkaTopic::INPUTS, &self.backlog);
        let (backlog, counted) = (Arc::clone(&self.backlog), Arc::clone(&counters));
        let (mut stop, drain) = (self.stop.subscribe(), self.drain.subscribe());
        self.tasks.spawn(async move {
            let writer = tokio::select! {
                opened = Writer::open(store, archive, counted) => opened.context("archive")?,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            let positions = writer.positions();
            let (follower, chunks) =
                Follower::start("archive", &kafka, &KafkaTopic::INPUTS, &positions, &backlog)?;
            let sink = async { writer.run(chunks).await.context("archive") };
            follower.feed(sink, drain).await.context("archive")
        });
        self.samples.push(Box::new(move || counters.snapshot()));
        Ok(())
    }
}
