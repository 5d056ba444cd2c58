//! Webhooks against the log: where each endpoint goes on, what it has come to, and its dead letters;
//! and the commands that send one message by hand.

pub(crate) mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use events::output::DeadLetter;
use events::reason::Rejected;
use events::time::{CellTime, Clock, EventTime};
use events::topic::KafkaTopic;
use ingest::dead_letter::{Origin, dead_letter, outgoing};
use ingest::kafka;
use ingest::kafka_group::{Group, Noted};
use ingest::kafka_look::Look;
use ingest::kafka_writer::Writer;
use sinks::{Answer, Endpoint, Keeper, Place, Places, Unsent};

use crate::clock;
use crate::config::Config;
use settings::SOURCE;

/// The groups of the endpoints, and the way to the dead letters.
pub(crate) struct InKafka {
    groups: BTreeMap<&'static str, Arc<Group>>,
    writer: Writer,
    lanes: u32,
    clock: Clock,
}

impl InKafka {
    /// The groups of these endpoints.
    pub(crate) fn new(
        config: &kafka::Config,
        endpoints: &[Endpoint],
        writer: Writer,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let group = |endpoint: &Endpoint| {
            let name = format!("{SOURCE}.{}", endpoint.name);
            anyhow::Ok((endpoint.name, Arc::new(Group::new(config, &name)?)))
        };
        Ok(Self {
            groups: endpoints.iter().map(group).collect::<anyhow::Result<_>>()?,
            writer,
            lanes: config.lanes,
            clock,
        })
    }

    /// Where each endpoint goes on. One that was told nothing yet begins with what comes next.
    pub(crate) async fn begin(
        &self,
        config: &kafka::Config,
        endpoints: Vec<Endpoint>,
    ) -> anyhow::Result<Vec<(Endpoint, Places)>> {
        let mut all = Vec::new();
        for endpoint in endpoints {
            let (group, config) = (Arc::clone(&self.groups[endpoint.name]), config.clone());
            let name = endpoint.name;
            let begin = tokio::task::spawn_blocking(move || begin(&group, &config, name));
            all.push((endpoint, begin.await??));
        }
        Ok(all)
    }
}

/// Reads where an endpoint was, and keeps it where it begins anew: what comes from now on is told
/// also if we are killed before the first message.
fn begin(group: &Group, config: &kafka::Config, name: &str) -> anyhow::Result<Places> {
    let (topic, look) = (KafkaTopic::Alerts, Look::new(config)?);
    let kept = group.read(topic, config.lanes)?;
    let mut places = Places::new();
    let mut anew = Vec::new();
    for lane in 0..topic.lanes(config.lanes) {
        let (low, high) = look.watermarks(topic, lane)?;
        let known = kept.get(&lane);
        let known = known.and_then(|noted| Place::read(noted.offset, &noted.note));
        let place = match known.filter(|place| place.offset <= high) {
            Some(place) if place.offset >= low => place,
            Some(mut place) => {
                let gone = low - place.offset;
                tracing::warn!(
                    endpoint = name,
                    lane,
                    gone,
                    "the log no longer holds these records: they are told to nobody"
                );
                place.offset = low;
                place
            }
            None => {
                let last = look.records(topic, lane, (high.saturating_sub(1).max(low), high))?;
                sinks::place_behind(lane, last.last())
            }
        };
        if known != Some(place) {
            anew.push((lane, noted(place)));
        }
        places.insert(lane, place);
    }
    if !anew.is_empty() {
        group.write(topic, &anew)?;
    }
    Ok(places)
}

fn noted(place: Place) -> Noted {
    Noted {
        offset: place.offset,
        note: place.note(),
    }
}

impl Keeper for InKafka {
    async fn bury(&self, unsent: Unsent) -> Result<(), String> {
        let letter = letter(&unsent, (self.clock)());
        let record = outgoing(&letter, self.lanes);
        let sent = self.writer.send(record).await;
        let delivery = sent.map_err(|error| error.to_string())?;
        delivery.await.map_err(|error| error.to_string())
    }

    async fn keep(&self, endpoint: &'static str, places: Vec<(u32, Place)>) -> Result<(), String> {
        let group = Arc::clone(&self.groups[endpoint]);
        let kept: Vec<_> = places
            .into_iter()
            .map(|(lane, at)| (lane, noted(at)))
            .collect();
        let write = move || group.write(KafkaTopic::Alerts, &kept);
        let written = tokio::task::spawn_blocking(write).await;
        let written = written.map_err(|error| error.to_string())?;
        written.map_err(|error| error.to_string())
    }
}

fn letter(unsent: &Unsent, now: CellTime) -> DeadLetter {
    let origin = Origin {
        tenant: None,
        source: SOURCE,
        position: &unsent.id,
    };
    let rejected = Rejected::new(unsent.reason, unsent.detail.clone());
    let mut letter = dead_letter(origin, &rejected, &unsent.body, now);
    letter.tenant.clone_from(&unsent.tenant);
    letter
}

/// `medaxis alerts test-webhook`: sends a message that says nothing but that messages arrive.
pub(crate) async fn test(config: &Config, name: &str) -> anyhow::Result<()> {
    let endpoint = config.webhooks.endpoint(name, &config.tenant_ids()?)?;
    let now = clock::wall_ms();
    let body = sinks::test_body(&endpoint.filter.tenant, EventTime(now));
    let id = format!("{name}.test.{now}");
    send(config, &endpoint, &id, &body).await
}

/// Sends a dead letter to its endpoint once more: signed now, and with the id that it had.
pub(crate) async fn retry(config: &Config, letter: &DeadLetter) -> anyhow::Result<()> {
    let id = &letter.position;
    let name = sinks::endpoint_of(id).context("the dead letter names no endpoint")?;
    let endpoint = config.webhooks.endpoint(name, &config.tenant_ids()?)?;
    ensure!(
        endpoint.filter.tenant == letter.tenant,
        "endpoint {name} is not of the tenant of this letter"
    );
    send(config, &endpoint, id, &letter.original).await
}

/// One attempt, and what came of it.
async fn send(config: &Config, endpoint: &Endpoint, id: &str, body: &[u8]) -> anyhow::Result<()> {
    let patience = config.webhooks.patience();
    let name = endpoint.name;
    match sinks::send_once(endpoint, &patience, id, body).await? {
        Answer::Status(status @ 200..=299, _) => {
            println!("{name} has taken {id}: status {status}");
            Ok(())
        }
        Answer::Status(status, _) => bail!("{name} has not taken {id}: status {status}"),
        Answer::Silence(why) => bail!("{name} has not taken {id}: {why}"),
    }
}
