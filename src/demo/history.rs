//! The hours before the board opens: the same messages through the same intake
//! into the same log, with the clock of the log running ahead of the wall.

use std::collections::BTreeMap;
use std::iter::Peekable;

use anyhow::{Context, bail};
use events::control::{Control, Setting};
use events::fact::Told;
use events::time::{CellTime, Clock, EPOCH_MS};
use events::topic::{self, KafkaTopic};
use events::wire::{self, FrameBuilder};
use ingest::dead_letter::{self, Origin};
use ingest::http::batch::Resource;
use ingest::http::idempotency::{self, Claim, Idempotency, Requests};
use ingest::intake::{self, Intake};
use ingest::kafka_writer::Outgoing;
use ingest::{Tenants, ticker, told};
use simulators::delivery::{Deliveries, Delivery, Message};
use simulators::hospital::Hospital;
use simulators::request::request;
use stream::version;

use crate::config::Config;
use crate::node::Node;

/// Cell time between two ticks of the past, in milliseconds.
const TICK_MS: i64 = 10_000;

/// What was fed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fed {
    pub(super) readings: u64,
    pub(super) facts: u64,
}

/// Feeds the bed master and every delivery up to the clock's present.
pub(super) async fn feed(
    node: &Node,
    config: &Config,
    clock: &Clock,
    start: CellTime,
    requests: &Requests,
    deliveries: &mut Peekable<Deliveries>,
) -> anyhow::Result<Fed> {
    let mut feed = Feed {
        node,
        lanes: config.kafka.lanes,
        inputs: config.kafka().input_lanes(),
        tenants: config.tenant_ids()?,
        requests,
        frames: BTreeMap::new(),
        fed: Fed::default(),
    };
    // The epoch before the start, so that the bed master is in force at it.
    feed.tick(CellTime(start.0 - EPOCH_MS)).await?;
    feed.master().await?;
    let mut now = start;
    while now.0 + TICK_MS <= clock().0 {
        now.0 += TICK_MS;
        while let Some(delivery) = deliveries.next_if(|delivery| delivery.at_ms < now.0) {
            feed.deliver(delivery).await?;
        }
        feed.seal().await?;
        feed.tick(now).await?;
    }
    Ok(feed.fed)
}

struct Feed<'a> {
    node: &'a Node,
    lanes: u32,
    inputs: Vec<(KafkaTopic, u32)>,
    tenants: Tenants,
    requests: &'a Requests,
    frames: BTreeMap<u32, FrameBuilder>,
    fed: Fed,
}

impl Feed<'_> {
    async fn deliver(&mut self, delivery: Delivery) -> anyhow::Result<()> {
        let now = CellTime(delivery.at_ms);
        match delivery.told {
            Message::Payload { topic, bytes } => {
                match intake::take(&self.tenants, topic.as_bytes(), &bytes, false, now) {
                    Intake::Readings { path, readings } => {
                        let lane = topic::device_lane(&path, self.lanes);
                        let frame = self.frames.entry(lane).or_default();
                        self.fed.readings += readings.len() as u64;
                        readings
                            .iter()
                            .for_each(|reading| frame.push(&path, reading));
                    }
                    Intake::DeadLetter { tenant, rejected } => {
                        let origin = Origin {
                            tenant: tenant.as_ref(),
                            source: "mqtt",
                            position: &topic,
                        };
                        let letter = dead_letter::dead_letter(origin, &rejected, &bytes, now);
                        self.write(dead_letter::outgoing(&letter, self.lanes))
                            .await?;
                    }
                    Intake::Ignored(_) => {}
                }
            }
            Message::Http { key, told } => self.tell(now, &key, told).await?,
        }
        Ok(())
    }

    /// As over HTTP: what is asked again is not written again, now or later.
    async fn tell(&mut self, now: CellTime, key: &str, mut told: Told) -> anyhow::Result<()> {
        let [fact] = &told.facts[..] else {
            bail!("a simulated request tells one fact");
        };
        let asked = request(&told.site, fact).context("simulated people only speak HTTP")?;
        let receipt = idempotency::receipt(&asked.path, key.as_bytes(), asked.body.as_bytes());
        let claim = |requests: &mut Idempotency| requests.claim(&receipt, now);
        if self.requests.look(claim) != Claim::New {
            return Ok(());
        }
        self.requests
            .look(|requests| requests.remember(&receipt, now, 1));
        if let Some(labels) = &self.node.labels {
            for (visit, person) in Resource::Visits.people(asked.body.as_bytes()) {
                labels.hear(&told.site, visit, &person);
            }
        }
        self.fed.facts += 1;
        told.receipt = Some(receipt);
        self.write(told::outgoing(&told, self.lanes)).await
    }

    /// Which wards and beds there are, and that the newest computation holds.
    async fn master(&self) -> anyhow::Result<()> {
        let newest = Setting::Version(version::NEWEST);
        for setting in [newest, Setting::Master(Hospital::master())] {
            let site = Hospital::site();
            let control = wire::encode_control(&Control { site, setting });
            self.record(KafkaTopic::Control, 0, control).await?;
        }
        Ok(())
    }

    async fn seal(&mut self) -> anyhow::Result<()> {
        for (lane, mut frame) in std::mem::take(&mut self.frames) {
            self.record(KafkaTopic::Signals, lane, frame.finish())
                .await?;
        }
        Ok(())
    }

    async fn tick(&self, now: CellTime) -> anyhow::Result<()> {
        for record in ticker::records(&self.inputs, now) {
            self.write(record).await?;
        }
        Ok(())
    }

    async fn record(&self, topic: KafkaTopic, lane: u32, value: Vec<u8>) -> anyhow::Result<()> {
        self.write(Outgoing {
            topic,
            lane,
            key: None,
            value,
        })
        .await
    }

    async fn write(&self, record: Outgoing) -> anyhow::Result<()> {
        let backlog = std::sync::Arc::clone(&self.node.backlog);
        let (topic, lane, bytes) = (record.topic, record.lane, record.value.len());
        tokio::task::block_in_place(move || backlog.write(topic, lane, bytes));
        // Whether it was delivered shows in what follows: the lane is read at once.
        drop(self.node.writer.send(record).await?);
        Ok(())
    }
}
