//! Where each input lane goes on when a node starts: in Kafka, or, when Kafka no
//! longer holds what is needed, first in the archive. When neither holds it, the
//! start stops with a sentence: nothing is passed over in silence.

use std::collections::BTreeMap;

use anyhow::bail;
use events::topic::KafkaTopic;
use futures_util::StreamExt as _;
use ingest::kafka;
use ingest::kafka_look::Look;
use ingest::kafka_reader::{Earlier, Lane, Start};
use store::archive::{LaneFiles, Reader};
use tokio::sync::mpsc;

/// Chunks of a lane that are read ahead from the archive.
const CHUNKS: usize = 4;

/// A lane of an input topic.
pub(crate) type LaneKey = (KafkaTopic, u32);

/// From where on a lane is there: its oldest offset, and the one after its newest.
type Held = (u64, u64);

/// Every input lane from where it is needed, or from the oldest that there is of it.
pub(crate) async fn lanes(
    archive: &Reader,
    kafka: &kafka::Config,
    needed: &BTreeMap<LaneKey, u64>,
) -> anyhow::Result<BTreeMap<LaneKey, Lane>> {
    let mut lanes = BTreeMap::new();
    for (key, held) in in_kafka(kafka.clone()).await? {
        let lane = lane(archive, key, held, needed.get(&key).copied()).await?;
        lanes.insert(key, lane);
    }
    Ok(lanes)
}

async fn in_kafka(kafka: kafka::Config) -> anyhow::Result<Vec<(LaneKey, Held)>> {
    let look = move || {
        let look = Look::new(&kafka)?;
        let held = |(topic, lane)| anyhow::Ok(((topic, lane), look.watermarks(topic, lane)?));
        kafka.input_lanes().into_iter().map(held).collect()
    };
    tokio::task::spawn_blocking(look).await?
}

async fn lane(
    archive: &Reader,
    (topic, lane): LaneKey,
    (low, high): Held,
    needed: Option<u64>,
) -> anyhow::Result<Lane> {
    let from = |start, earlier| Lane {
        topic,
        lane,
        start,
        earlier,
    };
    if let Some(needed) = needed.filter(|needed| (low..=high).contains(needed)) {
        return Ok(from(Start::Offset(needed), None));
    }
    let files = archive.lane(topic, lane).await?;
    let begins = files.begins().filter(|begins| *begins < low);
    let Some(first) = needed.or(begins) else {
        return Ok(from(Start::Beginning, None));
    };
    let archived = files.begins().zip(files.ends().await?);
    match archived {
        Some((begins, ends))
            if (begins..=ends).contains(&first) && (low..=high).contains(&ends) =>
        {
            let name = topic.name();
            tracing::info!(topic = name, lane, first, ends, "first from the archive");
            Ok(from(Start::Offset(ends), Some(earlier(files, first))))
        }
        archived => {
            let archived = archived.map_or("nothing".to_owned(), |(begins, ends)| {
                format!("{begins} to {ends}")
            });
            bail!(
                "the log no longer holds what is needed: topic {} lane {lane} is needed from offset {first}; \
                 kafka holds {low} to {high}, the archive {archived}",
                topic.name()
            );
        }
    }
}

/// What the archive holds of a lane from an offset on.
fn earlier(files: LaneFiles, from: u64) -> Earlier {
    let (sender, earlier) = mpsc::channel(CHUNKS);
    tokio::spawn(async move {
        let mut chunks = files.chunks(from);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| error.to_string());
            if sender.send(chunk).await.is_err() {
                return;
            }
        }
    });
    earlier
}
