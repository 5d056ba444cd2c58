//! The log, read twice: to know again what was known at the end of an epoch, and to
//! find the records that a number follows from.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use events::topic::KafkaTopic;
use events::wire;
use stream::life::Key;
use stream::replay::{self, Replay};
use stream::site::explain::Explanation;
use stream::site::explain::finder::{Finder, Found};
use stream::source::LaneKey;
use stream::worker;

use super::Question;
use crate::control::history::History as Settings;
use crate::history::{Chunks, History};

/// What was known at the end of an epoch.
pub(super) struct Known {
    pub(super) explanation: Explanation,
    /// What had been set.
    pub(super) settings: Settings,
    /// Lanes whose first records are neither in the archive nor in Kafka any more.
    pub(super) begins: Vec<(LaneKey, u64)>,
}

/// Folds the site of a number up to the epoch that said it.
pub(super) async fn know(
    history: &History,
    config: &worker::Config,
    question: &Question,
    epoch: u64,
) -> anyhow::Result<Known> {
    let site = &question.key.site;
    let mut lanes: BTreeMap<LaneKey, Chunks> = BTreeMap::new();
    for (topic, lane) in replay::lanes_of(site, config.lanes) {
        lanes.insert((topic, lane), history.lane(topic, lane, None).await?);
    }
    let mut replay = Replay::new(site.clone(), config);
    let mut settings = Settings::new(site.clone());
    let mut begun: BTreeMap<LaneKey, u64> = BTreeMap::new();
    while let Some(key) = replay.wants(epoch) {
        let (topic, lane) = (key.0.name(), key.1);
        let chunks = lanes.get_mut(&key).context("a lane that nobody reads")?;
        let Some(chunk) = chunks.recv().await else {
            bail!(
                "{topic} lane {lane}: the log ends before the epoch {epoch} that said the number"
            );
        };
        let chunk = chunk?;
        for record in &chunk.records {
            begun.entry(key).or_insert(record.offset);
            if key.0 == KafkaTopic::Control {
                settings.take(record.offset, &record.value);
            }
        }
        replay.read(&chunk);
        replay.fold_to(epoch);
    }
    replay.fold_to(epoch);
    begun.retain(|_, first| *first > 0);
    Ok(Known {
        explanation: replay
            .known()
            .explain(question.kpi, &question.scope, question.window),
        settings,
        begins: begun.into_iter().collect(),
    })
}

/// Finds these records; none of them came after the epoch.
pub(super) async fn find(
    history: &History,
    config: &worker::Config,
    question: &Question,
    keys: BTreeSet<Key>,
    epoch: u64,
) -> anyhow::Result<Vec<Found>> {
    let site = &question.key.site;
    let mut finder = Finder::new(site.clone(), keys);
    let first_fact = finder.first_fact();
    for (topic, lane) in replay::lanes_of(site, config.lanes) {
        if !finder.wants(topic) {
            continue;
        }
        let from = first_fact.filter(|_| topic == KafkaTopic::Facts);
        let mut chunks = history.lane(topic, lane, from).await?;
        let mut is_over = false;
        while !is_over && finder.wants(topic) {
            let Some(chunk) = chunks.recv().await else {
                break;
            };
            let chunk = chunk?;
            finder.look(&chunk);
            let mut ticks = chunk.records.iter().rev();
            let tick = ticks.find_map(|record| wire::tick(&record.value));
            is_over = tick.is_some_and(|tick| tick.epoch > epoch);
        }
    }
    Ok(finder.found())
}
