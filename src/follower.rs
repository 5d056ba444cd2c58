//! Follows lanes of Kafka for a sink: a reader's thread on one side, a bounded
//! channel that async code reads on the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow};
use events::log::Chunk;
use events::topic::KafkaTopic;
use ingest::kafka;
use ingest::kafka_reader::{Lane, Reader, Start};
use ingest::pace::Pace;
use tokio::sync::mpsc;

use crate::backlog::Backlog;

const CHUNKS: usize = 16;

/// A running follower.
pub(crate) struct Follower {
    reader: Reader,
    bridge: JoinHandle<()>,
}

impl Follower {
    /// Follows every lane of `topics` from `positions`, else from the beginning.
    pub(crate) fn start(
        name: &'static str,
        config: &kafka::Config,
        topics: &[KafkaTopic],
        positions: &BTreeMap<(KafkaTopic, u32), u64>,
        backlog: &Arc<Backlog>,
    ) -> anyhow::Result<(Self, mpsc::Receiver<Chunk>)> {
        let of_topic =
            |topic: KafkaTopic| (0..topic.lanes(config.lanes)).map(move |lane| (topic, lane));
        let lanes: Vec<Lane> = topics
            .iter()
            .flat_map(|topic| of_topic(*topic))
            .map(|(topic, lane)| Lane {
                topic,
                lane,
                start: positions
                    .get(&(topic, lane))
                    .map_or(Start::Beginning, |at| Start::Offset(*at)),
            })
            .collect();
        for lane in &lanes {
            backlog.expect(name, lane.topic, lane.lane);
        }
        let (read, chunks) = sync_channel::<Chunk>(CHUNKS);
        let (bridged, receiver) = mpsc::channel(CHUNKS);
        let reader = Reader::start(config, &lanes, read, Arc::new(Pace::free())).context(name)?;
        let backlog = Arc::clone(backlog);
        let bridge = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for chunk in chunks {
                    backlog.took(name, &chunk);
                    if bridged.blocking_send(chunk).is_err() {
                        return;
                    }
                }
            })?;
        Ok((Self { reader, bridge }, receiver))
    }

    /// Whether it has ended by itself, which it never does when well.
    pub(crate) fn has_ended(&self) -> bool {
        self.reader.is_finished()
    }

    /// Ends it; says why when it had ended by itself. Blocks.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        self.reader.stop()?;
        self.bridge
            .join()
            .map_err(|_| anyhow!("a follower has panicked"))
    }
}
