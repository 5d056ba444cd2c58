//! A lane from long ago until now: first what the archive holds, then what Kafka
//! holds after it, as one ordered stream without a gap.

use std::fmt;
use std::ops::ControlFlow;

use anyhow::{Context, bail};
use events::log::{Chunk, LogRecord};
use events::topic::KafkaTopic;
use futures_util::StreamExt as _;
use ingest::kafka;
use ingest::kafka_look::{Look, Seen};
use store::archive::{LaneFiles, Reader};
use tokio::sync::mpsc;

/// Chunks that are read ahead of whoever takes them.
const CHUNKS: usize = 4;
/// Records of a chunk.
const RECORDS_MAX: usize = 1024;

/// Chunks of a lane, oldest first; an error is the last.
pub(crate) type Chunks = mpsc::Receiver<anyhow::Result<Chunk>>;

/// The archive and the Kafka of one log.
#[derive(Clone)]
pub(crate) struct History {
    archive: Reader,
    kafka: kafka::Config,
}

/// What there is of a lane.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    begins: Option<u64>,
    ends: u64,
    records: u64,
    /// Where the archive ends.
    archived: Option<u64>,
}

impl fmt::Display for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ends, records) = (self.ends, self.records);
        let begins = self.begins.unwrap_or(ends);
        write!(f, "offsets {begins} to {ends}, {records} records, ")?;
        match self.archived {
            Some(archived) => write!(f, "the archive up to {archived}"),
            None => write!(f, "nothing in the archive"),
        }
    }
}

impl History {
    pub(crate) fn new(archive: Reader, kafka: kafka::Config) -> Self {
        Self { archive, kafka }
    }

    /// The records of a lane from the offset `from` on, or from the oldest that there
    /// is, up to Kafka's end as it is now.
    pub(crate) async fn lane(
        &self,
        topic: KafkaTopic,
        lane: u32,
        from: Option<u64>,
    ) -> anyhow::Result<Chunks> {
        let files = self.archive.lane(topic, lane).await?;
        let (sender, chunks) = mpsc::channel(CHUNKS);
        let source = Source {
            kafka: self.kafka.clone(),
            topic,
            lane,
            sender,
        };
        tokio::spawn(async move {
            if let Err(error) = source.run(&files, from).await {
                // Whoever has stopped to take chunks does not want it either.
                let _ = source.sender.send(Err(error)).await;
            }
        });
        Ok(chunks)
    }

    /// Reads a whole lane, and says what there is.
    pub(crate) async fn survey(&self, topic: KafkaTopic, lane: u32) -> anyhow::Result<Survey> {
        let archived = self.archive.lane(topic, lane).await?.ends().await?;
        let mut chunks = self.lane(topic, lane, None).await?;
        let mut survey = Survey {
            archived,
            ..Survey::default()
        };
        while let Some(chunk) = chunks.recv().await {
            for record in chunk?.records {
                survey.begins.get_or_insert(record.offset);
                survey.ends = record.offset + 1;
                survey.records += 1;
            }
        }
        Ok(survey)
    }
}

struct Source {
    kafka: kafka::Config,
    topic: KafkaTopic,
    lane: u32,
    sender: mpsc::Sender<anyhow::Result<Chunk>>,
}

impl Source {
    async fn run(&self, files: &LaneFiles, from: Option<u64>) -> anyhow::Result<()> {
        let mut next = from.or(files.begins());
        if let Some(from) = next {
            let mut archived = files.chunks(from);
            while let Some(chunk) = archived.next().await {
                let chunk = chunk?;
                next = chunk
                    .records
                    .last()
                    .map(|record| record.offset + 1)
                    .or(next);
                if self.sender.send(Ok(chunk)).await.is_err() {
                    return Ok(());
                }
            }
        }
        let (kafka, sender) = (self.kafka.clone(), self.sender.clone());
        let (topic, lane) = (self.topic, self.lane);
        let rest = move || follow(&kafka, (topic, lane), next, &sender);
        tokio::task::spawn_blocking(rest).await?
    }
}

/// The part that is in Kafka only. Blocks.
fn follow(
    kafka: &kafka::Config,
    (topic, lane): (KafkaTopic, u32),
    next: Option<u64>,
    sender: &mpsc::Sender<anyhow::Result<Chunk>>,
) -> anyhow::Result<()> {
    let look = Look::new(kafka)?;
    let (low, high) = look.watermarks(topic, lane)?;
    let from = next.unwrap_or(low);
    let name = topic.name();
    if from < low {
        bail!(
            "{name} lane {lane}: neither the archive nor kafka holds the offsets {from} to {low}"
        );
    }
    if from > high {
        bail!("{name} lane {lane}: the archive ends at offset {from}, beyond kafka's end {high}");
    }
    let mut records = Vec::new();
    let hand_over = |records: &mut Vec<LogRecord>| {
        let records = std::mem::take(records);
        let chunk = Chunk {
            topic,
            lane,
            records,
        };
        match sender.blocking_send(Ok(chunk)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    let taken = look.scan(topic, lane, (from, high), |Seen { offset, value }| {
        let value = value.to_vec();
        records.push(LogRecord { offset, value });
        if records.len() < RECORDS_MAX {
            return ControlFlow::Continue(());
        }
        hand_over(&mut records)
    });
    taken.with_context(|| format!("{name} lane {lane}"))?;
    if !records.is_empty() {
        let _ = hand_over(&mut records);
    }
    Ok(())
}
