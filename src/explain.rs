//! `medaxis explain`: which records made a number, and the naive sum that gives it; on
//! the command line and over HTTP. Three ways must come to the same: what is stored, the
//! log folded again up to the epoch that said it, and the naive definition over the
//! records that are listed, and nothing else.

mod answer;
pub(crate) mod http;
mod log;
mod question;
mod text;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::bail;
use events::control::BedMaster;
use sinks::{ClickHouseConfig, Stored, StoredNumber};
use store::archive::Reader;
use stream::life::Key;
use stream::worker;

use crate::cli::{ExplainArgs, Format};
use crate::config::Config;
use crate::history::History;
use crate::servers;
use answer::Answer;
use question::{Question, Words};

/// What a number is looked up in.
#[derive(Clone)]
pub(crate) struct Sources {
    clickhouse: ClickHouseConfig,
    history: History,
    stream: worker::Config,
}

impl Sources {
    /// The tables, the archive and the Kafka of a log.
    pub(crate) fn new(config: &Config, log: &str) -> anyhow::Result<Self> {
        let store = config.store.open()?;
        let archive = Reader::new(Arc::clone(&store), log);
        Ok(Self {
            clickhouse: config.clickhouse(log.to_owned())?,
            history: History::new(archive, config.kafka()),
            stream: config.stream(),
        })
    }
}

/// Why a number can't be explained.
pub(crate) enum Why {
    /// There is none: what is there, in words.
    NothingThere(String),
    /// ClickHouse, Kafka or the archive does not answer.
    Away(anyhow::Error),
}

impl From<anyhow::Error> for Why {
    fn from(error: anyhow::Error) -> Self {
        Self::Away(error)
    }
}

/// Prints an explanation; ends with an error when it is not the stored number.
pub(crate) async fn run(args: ExplainArgs) -> anyhow::Result<()> {
    let words = Words {
        tenant: args.site.tenant,
        site: args.site.site,
        kpi: args.kpi,
        ward: args.ward,
        window: Some(args.window),
        resolution: args.resolution.map(|seconds| seconds.to_string()),
        stat: args.stat,
        revision: args.revision.map(|revision| revision.to_string()),
        as_known_at: args.as_known_at,
    };
    let question = words.read().map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let config = Config::load(args.site.config.config.as_deref())?;
    let log = servers::name_of_log(&config.kafka()).await?;
    let sources = Sources::new(&config, &log)?;
    let answer = match explain(&sources, question).await {
        Ok(answer) => answer,
        Err(Why::NothingThere(what)) => bail!("{what}"),
        Err(Why::Away(error)) => return Err(error),
    };
    match args.format {
        Format::Text => print!("{answer}"),
        Format::Json => println!("{}", serde_json::to_string_pretty(&answer.json())?),
    }
    match &answer.differences()[..] {
        [] => Ok(()),
        differences => bail!("{}", differences.join("; ")),
    }
}

/// Explains a number. What it folds it folds on the thread that asks.
pub(crate) async fn explain(sources: &Sources, question: Question) -> Result<Answer, Why> {
    let stored = look_up(sources, &question).await?;
    let Sources {
        history, stream, ..
    } = sources;
    let epoch = stored.epoch;
    let known = log::know(history, stream, &question, epoch).await?;
    let explanation = known.explanation;
    let refused = explanation.refused.iter().map(|(key, _)| *key);
    let keys: BTreeSet<Key> = explanation.records.iter().copied().chain(refused).collect();
    let mut records = log::find(history, stream, &question, keys, epoch).await?;
    let mut refused = Vec::new();
    for (key, reason) in &explanation.refused {
        let of_key = records.iter().find(|found| found.key == *key);
        refused.extend(of_key.map(|found| (found.clone(), *reason)));
    }
    records.retain(|found| explanation.records.contains(&found.key));
    let masters: Vec<(i64, u64, &BedMaster)> = known.settings.masters(epoch).collect();
    let mut newest_first = masters.iter().rev();
    let in_force = newest_first.find(|(from, ..)| *from <= question.window.from);
    let in_force = in_force.or(masters.first());
    let mut rows = explanation.rows.iter().zip(&explanation.covers);
    let folded = rows.find(|(row, _)| row.stat.name() == question.key.stat);
    Ok(Answer {
        derived: answer::derive(
            &question,
            (&known.settings, epoch),
            &records,
            &explanation.kept,
        ),
        folded: folded.map(|(row, _)| (row.numerator, row.denominator)),
        cover: folded.map(|(_, cover)| *cover),
        silent: explanation.silent,
        records,
        kept: explanation.kept,
        refused,
        master: in_force.map(|(from, offset, _)| (*from, *offset)),
        begins: known.begins,
        stored,
        question,
    })
}

async fn look_up(sources: &Sources, question: &Question) -> Result<StoredNumber, Why> {
    let stored = sinks::stored_number(&sources.clickhouse, &question.key).await;
    match stored.map_err(anyhow::Error::msg)? {
        Stored::Number(stored) => Ok(stored),
        Stored::NotIn(revision, stats) => {
            let (kpi, stat) = (&question.key.kpi, &question.key.stat);
            let has = match &stats[..] {
                [] => "nothing".to_owned(),
                stats => stats.join(", "),
            };
            Err(Why::NothingThere(format!(
                "revision {revision} of this window has no {stat} of {kpi}; it has {has}"
            )))
        }
        Stored::Nothing => {
            let what = "clickhouse holds nothing of this window of this ward, or not that revision";
            Err(Why::NothingThere(what.to_owned()))
        }
    }
}
