//! `medaxis hl7 replay`: files of messages, to the log or to a bed map.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use events::fact::{Told, What};
use events::id::{SiteId, TenantId, VisitId};
use events::place::Site;
use events::time::{CellTime, EventTime, HOUR_MS};
use ingest::dead_letter::{self, Origin};
use ingest::hl7::charset::Charset;
use ingest::hl7::local::Local;
use ingest::hl7::seen::Seen;
use ingest::hl7::{self, Interface, replay};
use ingest::kafka_writer::Writer;
use ingest::{kafka, told};
use stream::life::{Order, Timeline, visit};
use tokio::task::spawn_blocking;

use crate::cli::ReplayArgs;
use crate::config::Config;
use crate::{clock, interfaces, keys, servers};

/// Reads the files and writes what they say, or prints the bed map.
pub(crate) async fn replay(args: ReplayArgs) -> anyhow::Result<()> {
    let read = args
        .files
        .iter()
        .map(|file| read(file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let files = read
        .iter()
        .map(|(name, bytes)| replay::File { name, bytes });
    let files: Vec<_> = files.collect();
    if args.bed_map.is_some() {
        return print_bed_map(&args, files);
    }
    let config = Config::load(args.config.config.as_deref())?;
    config.check_tenant(&args.tenant)?;
    let key = keys::pseudonyms(&config.privacy.pseudonym_key_file)?;
    let interface = interface(&args, key)?;
    let kafka = config.kafka();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&kafka, &stop).await?;
    let now = CellTime(clock::wall_ms());
    let horizon = now.0 - config.stream().site.horizon_ms;
    let (log, site) = (kafka.clone(), interface.site.clone());
    let seen = spawn_blocking(move || hl7::recall::recall(&log, &site, horizon)).await??;
    let replay = replay::replay(&interface, files, Some(now), seen);
    let late = beyond(&replay.told, horizon);
    write(&kafka, &interface.site.tenant, &replay, now).await?;
    if late > 0 {
        tracing::warn!(
            facts = late,
            hours = config.stream().site.horizon_ms / HOUR_MS,
            "older than corrections reach back: these are kept as late and change nothing"
        );
    }
    eprintln!("{}", serde_json::to_string(&summary(&replay, late))?);
    Ok(())
}

fn print_bed_map(args: &ReplayArgs, files: Vec<replay::File<'_>>) -> anyhow::Result<()> {
    let at = args
        .at
        .as_deref()
        .map(EventTime::parse)
        .transpose()
        .context("--at")?;
    // The names are only compared with each other, so any key will do.
    let interface = interface(args, hl7::Pseudonyms::new(&[0; 32]))?;
    let replay = replay::replay(&interface, files, None, Seen::default());
    let map = bed_map(&replay.told, at.map_or(i64::MAX, |at| at.0));
    println!("{}", serde_json::to_string_pretty(&map)?);
    Ok(())
}

/// How many facts are older than this.
fn beyond(told: &[Told], horizon: i64) -> usize {
    let facts = told.iter().flat_map(|told| &told.facts);
    facts.filter(|fact| fact.at.0 < horizon).count()
}

fn interface(args: &ReplayArgs, pseudonyms: hl7::Pseudonyms) -> anyhow::Result<Interface> {
    let zone =
        jiff::tz::TimeZone::get(&args.zone).with_context(|| format!("--zone {:?}", args.zone))?;
    Ok(Interface {
        site: Site {
            tenant: TenantId::new(&args.tenant).context("--tenant")?,
            site: SiteId::new(&args.site).context("--site")?,
        },
        zone,
        pseudonyms,
        local: Local {
            charset: Charset::by_name(&args.charset)
                .with_context(|| format!("--charset {:?} is not in table 0211", args.charset))?,
            ..match &args.mapping {
                Some(file) => interfaces::mapping(file)?,
                None => Local::default(),
            }
        },
    })
}

fn read(file: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let named = || format!("file {}", file.display());
    let mut bytes = Vec::new();
    let limit = replay::FILE_BYTES_MAX as u64 + 1;
    std::fs::File::open(file)
        .with_context(named)?
        .take(limit)
        .read_to_end(&mut bytes)
        .with_context(named)?;
    let name = file
        .file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned();
    Ok((name, bytes))
}

async fn write(
    kafka: &kafka::Config,
    tenant: &TenantId,
    replay: &replay::Replay<'_>,
    now: CellTime,
) -> anyhow::Result<()> {
    let writer = Writer::new(kafka)?;
    let mut under_way = Vec::new();
    for told in &replay.told {
        let record = told::outgoing(told, kafka.lanes);
        under_way.push(writer.send(record).await?);
    }
    for dead in &replay.dead {
        let origin = Origin {
            tenant: Some(tenant),
            source: "hl7",
            position: &dead.position,
        };
        let letter = dead_letter::dead_letter(origin, &dead.rejected, dead.message, now);
        under_way.push(
            writer
                .send(dead_letter::outgoing(&letter, kafka.lanes))
                .await?,
        );
    }
    for delivery in under_way {
        delivery.await?;
    }
    Ok(())
}

fn summary(replay: &replay::Replay<'_>, late: usize) -> serde_json::Value {
    let tally = &replay.tally;
    serde_json::json!({
        "told": tally.told,
        "facts_too_late": late,
        "reused": tally.reused,
        "repeated": tally.repeated,
        "ignored": tally.ignored,
        "dead_letters": tally.dead,
    })
}

/// Who lies where after everything up to `at`, by the processor's own fold of
/// visits: original names of ward and bed to the patient's pseudonym.
fn bed_map(told: &[Told], at: i64) -> BTreeMap<String, String> {
    let mut visits: BTreeMap<VisitId, Timeline<_>> = BTreeMap::new();
    for (place, told) in told.iter().enumerate() {
        for (index, fact) in told
            .facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| fact.at.0 <= at)
        {
            if let What::Visit { visit, event, .. } = &fact.what {
                let order = Order {
                    topic: 1,
                    lane: 0,
                    major: place as u64,
                    minor: index as u64,
                };
                visits
                    .entry(visit.clone())
                    .or_default()
                    .insert((fact.at.0, order), event.clone());
            }
        }
    }
    let lies = |(visit, timeline): (&VisitId, &Timeline<_>)| {
        let (place, _) = visit::fold(&visit.as_str().into(), timeline).now.place?;
        let bed = place.bed.as_ref()?.label();
        Some((format!("{}/{bed}", place.ward.label()), visit.to_string()))
    };
    visits.iter().filter_map(lies).collect()
}
