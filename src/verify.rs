//! `medaxis verify`: is what ClickHouse holds what the log says? A period is one of cell
//! time: of what was said in it. Every row that was ever said was said at one epoch, a
//! correction too, so that whoever looks at day after day has looked at everything.

pub(crate) mod http;
mod outcome;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::ensure;
use events::place::Site;
use events::time::EventTime;
use events::topic::KafkaTopic;
use sinks::{ClickHouseConfig, Proof, ProofOf, Unknown};
use store::archive::Reader;
use stream::site::{epoch_at, epoch_time};
use stream::worker;
use tokio::time::Instant;

use crate::cli::VerifyArgs;
use crate::config::Config;
use crate::history::History;
use crate::recompute::{LaneKey, Recompute};
use crate::servers;

use outcome::Outcome;
use versions::Versions;

/// Differences that are printed, at most; all are counted.
const LINES_MAX: usize = 10_000;

/// What can compare a log with its tables.
#[derive(Clone)]
pub(crate) struct Verifier {
    history: History,
    stream: worker::Config,
    clickhouse: ClickHouseConfig,
}

/// What is to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    /// First and after last, in milliseconds of cell time.
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// Only this site.
    pub(crate) site: Option<Site>,
}

/// Compares, prints what was found, and fails unless all of it is as it should be.
pub(crate) async fn run(args: VerifyArgs) -> anyhow::Result<()> {
    ensure!(args.from < args.to, "--to: must be after --from");
    let config = Config::load(args.config.config.as_deref())?;
    let log = servers::name_of_log(&config.kafka()).await?;
    let verifier = Verifier::new(&config, &log)?;
    let period = Period {
        from_ms: args.from.0,
        to_ms: args.to.0,
        site: None,
    };
    verifier.verify(&period, LINES_MAX).await?.print()
}

impl Verifier {
    /// Of the log with this name.
    pub(crate) fn new(config: &Config, log: &str) -> anyhow::Result<Self> {
        let store = config.store.open()?;
        let archive = Reader::new(Arc::clone(&store), log);
        Ok(Self {
            history: History::new(archive, config.kafka()),
            stream: config.stream(),
            clickhouse: config.clickhouse(log.to_owned())?,
        })
    }

    /// Computes what was said in a period once more, and compares it with the tables.
    /// At most `list_max` differences are listed.
    ///
    /// # Errors
    /// Archive, Kafka or ClickHouse can't be read.
    pub(crate) async fn verify(&self, period: &Period, list_max: usize) -> anyhow::Result<Outcome> {
        let began = Instant::now();
        let (from, to) = (epoch_at(period.from_ms), epoch_at(period.to_ms));
        ensure!(from < to, "the period is shorter than an epoch");
        let last = to - 1;
        let mut fold = Recompute::start(&self.history, self.stream, from..=last).await?;
        let mut outcome = Outcome::default();
        let of = ProofOf {
            from,
            site: period.site.clone(),
            lanes: self.stream.lanes,
            list_max,
            unknown: self.unknown_versions().await?,
        };
        let mut proof = Proof::open(&self.clickhouse, of).await?;
        let Some(first) = first(&fold, &mut outcome) else {
            return Ok(outcome);
        };
        if from < first && !proof.other_logs().is_empty() {
            let (logs, first_at) = (proof.other_logs().join(", "), time(first));
            outcome.not_compared.push(format!(
                "this log begins at {first_at}, and the tables also hold what another log ({logs}) has said: what was said before was not compared"
            ));
            proof.begin_at(first);
        }
        while let Some(saying) = fold.next().await {
            proof.take(saying.epoch, &saying.outputs).await?;
        }
        outcome.folded = fold.end()?;
        let folded = outcome.folded.epoch;
        if folded < last {
            outcome.not_compared.push(format!(
                "the log ends at {}: what is said after it was not compared",
                time(folded)
            ));
        }
        if folded >= from.max(first) {
            let report = proof.end(folded.min(last)).await?;
            outcome.not_compared.extend(report.not_compared());
            outcome.report = Some(report);
        }
        outcome.took = began.elapsed();
        Ok(outcome)
    }

    /// From when on sites go by a version that this program does not know.
    async fn unknown_versions(&self) -> anyhow::Result<BTreeMap<String, Unknown>> {
        let mut versions = Versions::default();
        let mut chunks = self.history.lane(KafkaTopic::Control, 0, None).await?;
        while let Some(chunk) = chunks.recv().await {
            for record in chunk?.records {
                versions.take(&record.value);
            }
        }
        Ok(versions.unknown())
    }
}

/// The epoch at which the log begins; nothing, and why, when what it says can't be
/// computed again.
fn first(fold: &Recompute, outcome: &mut Outcome) -> Option<u64> {
    let gone = |(lane, first): (&LaneKey, &u64)| (*first > 0).then_some((*lane, *first));
    let gone: Vec<_> = fold.begins().iter().filter_map(gone).collect();
    if let Some(((topic, lane), offset)) = gone.first() {
        let (name, lanes) = (topic.name(), gone.len());
        outcome.not_compared.push(format!(
            "the log has lost its beginning in {lanes} lanes, {name} lane {lane} up to offset {offset}: what follows from that can't be computed again"
        ));
        return None;
    }
    let first = fold.first_epoch();
    if first.is_none() {
        let nothing = "the log holds no ticks: there is nothing to compute from";
        outcome.not_compared.push(nothing.to_owned());
    }
    first
}

/// The time of an epoch.
fn time(epoch: u64) -> EventTime {
    EventTime(epoch_time(epoch))
}
