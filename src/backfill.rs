//! `medaxis backfill`: a file of what has passed, folded by the code that folds the live
//! log, over lanes that are made from the file. Its KPI rows are stored beside the live
//! ones, under the name of the run; the live log owns everything after its first tick.
//!
//! ```text
//! file -> entries, sorted -> lanes with ticks -> fold -> KPI rows of its windows -> kpi
//!             '-> stays that have not ended --------------------------> the live log
//! ```

mod lanes;
mod live;
mod plan;
mod progress;
mod report;
mod says;

use std::fs::File;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use events::output::Output;
use events::time::EventTime;
use ingest::csv::columns::Map;
use ingest::csv::moment::Wall;
use ingest::csv::{self, How, Kind, Meter};
use sinks::{Run, RunOf};
use store::archive::Reader;
use stream::site::{epoch_at, epoch_time};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::cli::{BackfillArgs, BackfillCommand};
use crate::config::Config;
use crate::history::History;
use crate::recompute::Recompute;
use crate::{clock, control, servers};

use live::Live;
use plan::Plan;
use progress::Progress;
use report::{Folded, Report};

/// Reads a file, and stores what follows from it.
pub(crate) async fn run(command: BackfillCommand) -> anyhow::Result<()> {
    let began = Instant::now();
    let (kind, args) = command.parts();
    let config = Config::load(args.site.config.config.as_deref())?;
    let site = control::site_of(&args.site.tenant, &args.site.site)?;
    config.check_tenant(&args.site.tenant)?;
    let how = how(kind, &args)?;
    let history = read(&args, how.clone()).await?;
    report::print_rejected(&history);
    let plan = Plan::new(&config, site, (&args, &how), &history)?;
    let mut report = Report::new(&history, &plan);
    if args.dry_run {
        report.said = fold(&plan, history.entries, None).await?;
    } else {
        let (live, plan) = beside_live(&config, plan).await?;
        let clickhouse = config.clickhouse(String::new())?;
        servers::migrate(&clickhouse).await?;
        let mut clickhouse = clickhouse;
        clickhouse.source_run.clone_from(&plan.run);
        let run = Run::new(&clickhouse);
        refuse_others(&run, &plan).await?;
        report.windows = plan.windows;
        report.said = fold(&plan, history.entries, Some(run)).await?;
        report.handed = Some(live.hand_over(&plan.site, &history.open).await?);
    }
    report.took = began.elapsed();
    report.print()
}

fn how(kind: Kind, args: &BackfillArgs) -> anyhow::Result<How> {
    let map = Map::parse(kind, &args.map).map_err(|error| anyhow::anyhow!("--map: {error}"))?;
    let zone =
        jiff::tz::TimeZone::get(&args.zone).with_context(|| format!("--zone {:?}", args.zone))?;
    let separator = u8::try_from(args.separator).ok().filter(u8::is_ascii);
    Ok(How {
        kind,
        map,
        separator: separator.context("--separator: is no ASCII character")?,
        wall: Wall {
            zone,
            now_ms: clock::wall_ms(),
        },
    })
}

async fn read(args: &BackfillArgs, how: How) -> anyhow::Result<csv::History> {
    let named = format!("file {}", args.file.display());
    let file = File::open(&args.file).with_context(|| named.clone())?;
    let length = file.metadata().with_context(|| named.clone())?.len();
    let meter = Meter::default();
    let watched = meter.clone();
    let reading = spawn_blocking(move || csv::read(file, &how, &meter));
    let progress = Progress::new("reading", length);
    let read = progress.watch(reading, || watched.bytes()).await?;
    read.context(named)
}

/// What the live log leaves to a backfill.
async fn beside_live(config: &Config, mut plan: Plan) -> anyhow::Result<(Live, Plan)> {
    let kafka = config.kafka();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&kafka, &stop).await?;
    let log = servers::name_of_log(&kafka).await?;
    let archive = Reader::new(Arc::clone(&config.store.open()?), &log);
    let history = History::new(archive, kafka.clone());
    let horizon_ms = config.stream().site.horizon_ms;
    let live = Live::look(history, kafka, horizon_ms).await?;
    if let Some(first) = live.first_ms {
        let (newest, line) = plan.newest;
        ensure!(
            newest < first,
            "line {line} speaks of {}, and the live log begins at {}: what comes after that is its own; leave those rows out",
            EventTime(newest),
            EventTime(first)
        );
        plan.end_before(first);
    }
    ensure!(
        plan.windows.0 < plan.windows.1,
        "the live log begins within the first hour of the file: no window is left"
    );
    Ok((live, plan))
}

async fn refuse_others(run: &Run, plan: &Plan) -> anyhow::Result<()> {
    let of = RunOf {
        site: &plan.site,
        kpis: &plan.kpis,
        windows: plan.windows,
    };
    let others = run.others(&of).await.context("clickhouse")?;
    if !others.is_empty() {
        bail!(
            "{} to {}: the tables hold these windows already, from {}: nothing was written",
            EventTime(plan.windows.0),
            EventTime(plan.windows.1),
            others.join(", ")
        );
    }
    Ok(())
}

/// Folds the entries, and stores the rows.
async fn fold(
    plan: &Plan,
    entries: Vec<csv::Entry>,
    mut run: Option<Run>,
) -> anyhow::Result<Folded> {
    let (from, to) = plan.windows;
    let last = epoch_at(to + plan.stream.site.disorder_ms);
    let lanes = lanes::of(plan, entries, last);
    let mut fold = Recompute::over(lanes, plan.stream, epoch_at(from)..=last).await?;
    let length = u64::try_from(to - from).unwrap_or(0);
    let mut progress = Progress::new("folding", length);
    let mut said = Folded::default();
    while let Some(saying) = fold.next().await {
        progress.at(u64::try_from(epoch_time(saying.epoch) - from).unwrap_or(0));
        for output in saying.outputs {
            match output {
                Output::Late(_) => said.set_aside += 1,
                Output::Kpi(row) if plan.has(&row) => {
                    said.rows += 1;
                    if let Some(run) = &mut run {
                        run.take(row).await.context("clickhouse")?;
                    }
                }
                _ => {}
            }
        }
    }
    progress.end();
    fold.end()?;
    if let Some(run) = run {
        run.end().await.context("clickhouse")?;
    }
    Ok(said)
}
