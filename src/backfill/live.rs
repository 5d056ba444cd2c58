//! What a backfill has to know of the live log, and what it tells it: where the log
//! begins, and who had not left when the file ends.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use events::fact::{Fact, FactFlags, Told, VisitEvent, What};
use events::id::VisitId;
use events::place::Site;
use events::time::{CellTime, EventTime, HOUR_MS};
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use ingest::csv::Open;
use ingest::kafka_writer::Writer;
use ingest::{kafka, told};

use super::lanes::SOURCE;
use super::report::Handed;
use crate::clock;
use crate::history::History;

/// Facts of one record.
const FACTS: usize = 100;
/// So much younger than the horizon is what is handed over: it is read a moment later.
const MARGIN_MS: i64 = HOUR_MS;

/// The live log.
pub(super) struct Live {
    history: History,
    kafka: kafka::Config,
    horizon_ms: i64,
    /// The time of its first tick; it owns everything from there on. Absent while it
    /// has none.
    pub(super) first_ms: Option<i64>,
}

impl Live {
    /// Looks where it begins.
    pub(super) async fn look(
        history: History,
        kafka: kafka::Config,
        horizon_ms: i64,
    ) -> anyhow::Result<Self> {
        let mut first_ms: Option<i64> = None;
        for (topic, lane) in kafka.input_lanes() {
            let first = first_tick(&history, topic, lane).await?;
            first_ms = first.into_iter().chain(first_ms).min();
        }
        Ok(Self {
            history,
            kafka,
            horizon_ms,
            first_ms,
        })
    }

    /// Tells it who lies where, unless it has heard of the visit: from this command
    /// before, or from anybody else. That is no arrival, which was when the file says.
    pub(super) async fn hand_over(&self, site: &Site, open: &[Open]) -> anyhow::Result<Handed> {
        let mut handed = Handed {
            open: open.len(),
            ..Handed::default()
        };
        let Some(first_ms) = self.first_ms.filter(|_| !open.is_empty()) else {
            return Ok(handed);
        };
        let known = self.known(site, open).await?;
        handed.known = known.len();
        let told = CellTime(clock::wall_ms());
        let at = EventTime(first_ms.max(told.0 - self.horizon_ms + MARGIN_MS));
        let open: Vec<&Open> = open
            .iter()
            .filter(|open| !known.contains(&open.visit))
            .collect();
        let writer = Writer::new(&self.kafka)?;
        let mut under_way = Vec::new();
        for open in open.chunks(FACTS) {
            let facts = open.iter().map(|open| lies_there(open, at, told));
            let told = Told {
                site: site.clone(),
                source: SOURCE.to_owned(),
                facts: facts.collect(),
                receipt: None,
            };
            let record = told::outgoing(&told, self.kafka.lanes);
            under_way.push(writer.send(record).await?);
        }
        for delivery in under_way {
            delivery.await?;
        }
        handed.handed_over = open.len();
        Ok(handed)
    }

    /// Which of the visits it has heard of, from its beginning on.
    async fn known(&self, site: &Site, open: &[Open]) -> anyhow::Result<BTreeSet<VisitId>> {
        let open: BTreeMap<&VisitId, &Open> = open.iter().map(|open| (&open.visit, open)).collect();
        let lane = told::lane(site, self.kafka.lanes);
        let mut known = BTreeSet::new();
        let mut chunks = self.history.lane(KafkaTopic::Facts, lane, None).await?;
        while let Some(chunk) = chunks.recv().await {
            for record in chunk?.records {
                let Ok(Record::Data(told)) = wire::decode_facts(&record.value) else {
                    continue;
                };
                for fact in told.facts.into_iter().filter(|_| told.site == *site) {
                    if let What::Visit { visit, .. } = fact.what
                        && open.contains_key(&visit)
                    {
                        known.insert(visit);
                    }
                }
            }
        }
        Ok(known)
    }
}

/// The time of a lane's first tick.
async fn first_tick(
    history: &History,
    topic: KafkaTopic,
    lane: u32,
) -> anyhow::Result<Option<i64>> {
    let named = || format!("{} lane {lane}", topic.name());
    let mut chunks = history.lane(topic, lane, None).await.with_context(named)?;
    while let Some(chunk) = chunks.recv().await {
        for record in chunk.with_context(named)?.records {
            if let Some(tick) = wire::tick(&record.value) {
                return Ok(Some(tick.at.0));
            }
        }
    }
    Ok(None)
}

fn lies_there(open: &Open, at: EventTime, told: CellTime) -> Fact {
    Fact {
        at,
        told,
        flags: FactFlags::default(),
        what: What::Visit {
            visit: open.visit.clone(),
            patient: None,
            event: VisitEvent::PlacedByCancel(open.place.clone()),
        },
    }
}
