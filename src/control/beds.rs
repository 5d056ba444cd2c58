//! `medaxis control beds`: a list of beds that another system keeps, or beds that are not
//! listed, into the bed master. What is sent is the whole bed master, which replaces the
//! one in force: so nothing is sent of a list of which an entry is wrong.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context, bail, ensure};
use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::id::{BedId, RoomId, WardId};
use ingest::bed_list::{Bed, BedList, rows};
use ingest::fhir;
use serde_json::json;

use super::history::History;
use super::{read, send, site_of};
use crate::cli::{AdoptArgs, BedsCommand, ImportArgs, ListFormat};
use crate::config::Config;

/// Longest bundle, in bytes.
const BUNDLE_BYTES_MAX: u64 = 64 << 20;

/// Does what was asked for.
pub(super) async fn run(command: BedsCommand) -> anyhow::Result<()> {
    match command {
        BedsCommand::Import(args) => import(args).await,
        BedsCommand::Adopt(args) => adopt(args).await,
    }
}

async fn import(args: ImportArgs) -> anyhow::Result<()> {
    let site = site_of(&args.site.tenant, &args.site.site)?;
    let config = Config::load(args.site.config.config.as_deref())?;
    let list = list(&args, &config).with_context(|| format!("file {}", args.file.display()))?;
    for rejected in &list.listed {
        eprintln!("{}: {}", rejected.at, rejected.reason);
    }
    let more = list.rejected - list.listed.len() as u64;
    if more > 0 {
        eprintln!("and {more} more");
    }
    let history = read(&args.site).await?;
    let nothing = BedMaster::default();
    let in_force = needed(&history)?.unwrap_or(&nothing);
    let master = list.master(in_force);
    let changes = Changes::between(in_force, &master);
    let is_sent = !args.dry_run && list.rejected == 0 && !master.wards.is_empty();
    let report = json!({
        "entries": list.entries,
        "ignored": list.ignored,
        "hours_left_out": list.hours_left_out,
        "rejected": list.rejected,
        "wards": master.wards.len(),
        "beds": beds(&master).len(),
        "added": changes.added,
        "changed": changes.changed,
        "no_longer_listed": changes.gone,
        "dry_run": args.dry_run,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    if is_sent {
        let setting = Setting::Master(master);
        return send(&config, &[Control { site, setting }]).await;
    }
    ensure!(
        list.rejected == 0,
        "nothing is sent: {} of {} entries are wrong, and what is sent replaces all that is listed",
        list.rejected,
        list.entries
    );
    ensure!(
        args.dry_run || !list.is_empty(),
        "nothing is sent: the file names no ward"
    );
    Ok(())
}

fn list(args: &ImportArgs, config: &Config) -> anyhow::Result<BedList> {
    let file = std::fs::File::open(&args.file)?;
    match args.format {
        ListFormat::Csv => {
            let map = rows::map(&args.map);
            let map = map.map_err(|error| anyhow::anyhow!("--map: {error}"))?;
            let separator = u8::try_from(args.separator).ok().filter(u8::is_ascii);
            let separator = separator.context("--separator: is no ASCII character")?;
            Ok(rows::read(file, &map, separator)?)
        }
        ListFormat::Fhir => {
            ensure!(args.map.is_empty(), "--map: is for CSV files");
            let mut bytes = Vec::new();
            file.take(BUNDLE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            ensure!(
                bytes.len() as u64 <= BUNDLE_BYTES_MAX,
                "is longer than {BUNDLE_BYTES_MAX} bytes"
            );
            // The words of the error may repeat what stands there.
            let json = serde_json::from_slice(&bytes)
                .map_err(|error| anyhow::anyhow!("line {}: is no JSON", error.line()))?;
            let locals = config.fhir.locals(&config.tenant_ids()?)?;
            let local = locals.get(&site_of(&args.site.tenant, &args.site.site)?);
            fhir::bed_list::read(&local.cloned().unwrap_or_default(), &json)
                .map_err(|fault| anyhow::anyhow!("{} {}", fault.path, fault.detail))
        }
    }
}

async fn adopt(args: AdoptArgs) -> anyhow::Result<()> {
    let site = site_of(&args.site.tenant, &args.site.site)?;
    let config = Config::load(args.site.config.config.as_deref())?;
    let room = args.room.as_deref().map(RoomId::encode).transpose();
    let room = room.context("--room")?;
    let history = read(&args.site).await?;
    let mut master = needed(&history)?.cloned().unwrap_or_default();
    for named in &args.beds {
        let (ward, bed) = named
            .split_once('/')
            .with_context(|| format!("{named:?} is not WARD/BED"))?;
        let ward = WardId::encode(ward).with_context(|| format!("ward of {named:?}"))?;
        let bed = Bed {
            bed: BedId::encode(bed).with_context(|| format!("bed of {named:?}"))?,
            room: room.clone(),
            label: None,
            staffed: Some(!args.unstaffed),
            hours: None,
        };
        let known = of_ward(&mut master, ward);
        if known.beds.iter().any(|listed| listed.bed == bed.bed) {
            bail!("{named:?} is listed: nothing is sent");
        }
        known.beds.push(bed.listed(None));
    }
    let setting = Setting::Master(master);
    send(&config, &[Control { site, setting }]).await
}

/// The bed master in force, nothing where there has been none.
///
/// # Errors
/// The log no longer has what was set first: what it was can't be known, and what is sent
/// in its place would take every other bed away.
fn needed(history: &History) -> anyhow::Result<Option<&BedMaster>> {
    let master = history.master();
    if master.is_none() && !history.is_whole() {
        bail!(
            "the log no longer has the bed master of this site: send all of it again, with \
             its zone and its wards, by `medaxis control master`"
        );
    }
    Ok(master)
}

/// A ward of the bed master; one that it does not know is added, with visits as its
/// source, as they were before.
fn of_ward(master: &mut BedMaster, ward: WardId) -> &mut MasterWard {
    let wards = &mut master.wards;
    let place = wards.iter().position(|known| known.ward == ward);
    let place = place.unwrap_or_else(|| {
        wards.push(MasterWard {
            label: ward.label(),
            ward,
            source: OccupancySource::Visits,
            beds: Vec::new(),
        });
        wards.len() - 1
    });
    &mut wards[place]
}

/// What an import changes, by `WARD/BED`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    added: Vec<String>,
    changed: Vec<String>,
    gone: Vec<String>,
}

impl Changes {
    fn between(before: &BedMaster, after: &BedMaster) -> Self {
        let (before, after) = (beds(before), beds(after));
        let mut changes = Self::default();
        for (name, bed) in &after {
            match before.get(name) {
                None => changes.added.push(name.clone()),
                Some(was) if was != bed => changes.changed.push(name.clone()),
                Some(_) => {}
            }
        }
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        changes.gone = gone.cloned().collect();
        changes
    }
}

fn beds(master: &BedMaster) -> BTreeMap<String, &MasterBed> {
    let beds = master.wards.iter().flat_map(|ward| {
        let name = ward.ward.label();
        let beds = ward.beds.iter();
        beds.map(move |bed| (format!("{name}/{}", bed.bed.label()), bed))
    });
    beds.collect()
}
