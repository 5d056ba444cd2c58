//! Follows lanes of Kafka for a sink: a reader's thread on one side, a bounded
//! channel that async code reads on the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use anyhow::{Context, anyhow, bail};
use events::log::Chunk;
use events::topic::KafkaTopic;
use ingest::kafka;
use ingest::kafka_reader::{Lane, Reader, Start};
use ingest::pace::Pace;
use tokio::sync::{mpsc, watch};

use crate::backlog::Backlog;

const CHUNKS: usize = 16;

/// A running follower.
pub(crate) struct Follower {
    reader: Reader,
    bridge: JoinHandle<()>,
}

/// Notes that `name` will follow these topics: a log that lets go of what nobody
/// has read waits for it, see [`Backlog`].
pub(crate) fn expect(
    name: &'static str,
    config: &kafka::Config,
    topics: &[KafkaTopic],
    backlog: &Backlog,
) {
    for (topic, lane) in lanes_of(topics, config.lanes) {
        backlog.expect(name, topic, lane);
    }
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
        let lanes: Vec<Lane> = lanes_of(topics, config.lanes)
            .map(|(topic, lane)| Lane {
                topic,
                lane,
                start: positions
                    .get(&(topic, lane))
                    .map_or(Start::Beginning, |at| Start::Offset(*at)),
                earlier: None,
            })
            .collect();
        let (read, chunks) = sync_channel::<Chunk>(CHUNKS);
        let (bridged, receiver) = mpsc::channel(CHUNKS);
        let reader = Reader::start(config, lanes, read, Arc::new(Pace::free())).context(name)?;
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

    /// Lets `sink` take what is read until `drain` turns true; then lets it end with
    /// what has been read. A reader that has ended by itself says why.
    pub(crate) async fn feed(
        self,
        sink: impl Future<Output = anyhow::Result<()>>,
        mut drain: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        tokio::pin!(sink);
        let asked = async {
            // An error means that nobody is left who could ask.
            let _ = drain.wait_for(|drain| *drain).await;
        };
        tokio::select! {
            sunk = &mut sink => {
                sunk?;
                self.stop().await?;
                bail!("a reader of the log has ended")
            }
            () = asked => {
                let (stopped, sunk) = tokio::join!(self.stop(), sink);
                stopped.and(sunk)
            }
        }
    }

    /// Ends it; says why when it had ended by itself.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let stop = move || {
            self.reader.stop()?;
            self.bridge
                .join()
                .map_err(|_| anyhow!("a follower has panicked"))
        };
        tokio::task::spawn_blocking(stop).await?
    }
}

fn lanes_of(topics: &[KafkaTopic], lanes: u32) -> impl Iterator<Item = (KafkaTopic, u32)> {
    let of_topic = move |topic: KafkaTopic| (0..topic.lanes(lanes)).map(move |lane| (topic, lane));
    topics.iter().copied().flat_map(of_topic)
}
