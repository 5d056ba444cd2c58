//! `medaxis vitals`: a CSV file of vital signs, to the log. What can't be is a dead
//! letter, one a row, with its code and reason.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use events::fact::{Fact, Told};
use events::place::Site;
use events::time::CellTime;
use ingest::csv::Meter;
use ingest::csv::moment::Wall;
use ingest::csv::vitals::{self, HowVitals, RejectedRow, VitalRows};
use ingest::dead_letter::{self, Origin};
use ingest::kafka_writer::Writer;
use ingest::told;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::cli::VitalsArgs;
use crate::config::Config;
use crate::{clock, control, servers};

/// [`Told::source`] of what came this way, and that of its dead letters.
const SOURCE: &str = "csv";
/// So many facts are one record of the log.
const FACTS: usize = 1_000;
/// So many records are under way at once.
const UNDER_WAY: usize = 64;

/// Reads the file, writes what it says, and prints a report.
pub(crate) async fn run(args: VitalsArgs) -> anyhow::Result<()> {
    let config = Config::load(args.site.config.config.as_deref())?;
    let site = control::site_of(&args.site.tenant, &args.site.site)?;
    config.check_tenant(&args.site.tenant)?;
    let now = CellTime(clock::wall_ms());
    let how = how(&args)?;
    let file = args.file.clone();
    let read = spawn_blocking(move || read(&file, &how, now)).await??;
    print_rejected(&read);
    if !args.dry_run {
        write(&config, (&site, &args.file), &read, now).await?;
    }
    println!("{}", report(&read, args.dry_run));
    Ok(())
}

fn how(args: &VitalsArgs) -> anyhow::Result<HowVitals> {
    let zone =
        jiff::tz::TimeZone::get(&args.zone).with_context(|| format!("--zone {:?}", args.zone))?;
    let separator = u8::try_from(args.separator).ok().filter(u8::is_ascii);
    let separator = separator.context("--separator: is no ASCII character")?;
    // A file may be of any time: sets that are made public are moved into the future.
    let wall = Wall {
        zone,
        now_ms: i64::MAX,
    };
    HowVitals::parse(&args.map, &args.sign, (separator, wall))
        .map_err(|error| anyhow::anyhow!("{error}"))
}

fn read(file: &Path, how: &HowVitals, now: CellTime) -> anyhow::Result<VitalRows> {
    let named = || format!("file {}", file.display());
    let bytes: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(File::open(file).with_context(named)?),
    };
    vitals::read(bytes, how, now, &Meter::default()).with_context(named)
}

fn print_rejected(read: &VitalRows) {
    for RejectedRow { line, rejected, .. } in &read.listed {
        eprintln!("line {line}: {rejected}");
    }
}

async fn write(
    config: &Config,
    (site, file): (&Site, &Path),
    read: &VitalRows,
    now: CellTime,
) -> anyhow::Result<()> {
    let kafka = config.kafka();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&kafka, &stop).await?;
    let writer = Writer::new(&kafka)?;
    let records = read.facts.chunks(FACTS).map(|facts: &[Fact]| {
        let told = Told {
            site: site.clone(),
            source: SOURCE.to_owned(),
            facts: facts.to_vec(),
            receipt: None,
        };
        told::outgoing(&told, kafka.lanes)
    });
    let name = file
        .file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy();
    let letters = read.listed.iter().map(|row| {
        let origin = Origin {
            tenant: Some(&site.tenant),
            source: SOURCE,
            position: &format!("{name} line {}", row.line),
        };
        let letter = dead_letter::dead_letter(origin, &row.rejected, &row.original, now);
        dead_letter::outgoing(&letter, kafka.lanes)
    });
    let mut under_way = Vec::new();
    for record in records.chain(letters) {
        under_way.push(writer.send(record).await?);
        if under_way.len() == UNDER_WAY {
            for delivery in under_way.drain(..) {
                delivery.await?;
            }
        }
    }
    for delivery in under_way {
        delivery.await?;
    }
    Ok(())
}

fn report(read: &VitalRows, dry_run: bool) -> serde_json::Value {
    let by_reason = read.rejected.iter();
    let by_reason: serde_json::Map<String, serde_json::Value> = by_reason
        .map(|(reason, rows)| (reason.code().to_owned(), json!(rows)))
        .collect();
    json!({
        "rows": read.rows,
        "told": read.facts.len(),
        "passed_over": read.passed_over,
        "rejected": read.rejected.values().sum::<u64>(),
        "rejected_by_reason": by_reason,
        "dry_run": dry_run,
    })
}
