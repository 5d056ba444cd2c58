//! `medaxis control`: configuration that changes results, sent through the log, and
//! read back from it.

pub(crate) mod history;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use events::control::{
    BedMaster, Control, Horizons, MasterBed, MasterWard, OccupancySource, Setting, Threshold,
};
use events::id::{BedId, RoomId, SiteId, TenantId, WardId};
use events::place::Site;
use events::time::HOUR_MS;
use events::topic::KafkaTopic;
use events::wire;
use ingest::kafka_look::Look;
use ingest::kafka_writer::{Outgoing, Writer};
use jiff::tz::TimeZone;
use serde::Deserialize;
use stream::site::horizon::{CORRECTION_LEAST_MS, DISORDER_MOST_MS};
use stream::version;

use crate::cli::{ControlCommand, SiteArgs};
use crate::config::Config;
use crate::{clock, servers};
use history::History;

const SECOND_MS: i64 = 1_000;
/// How often somebody who waits is told how far it is, in milliseconds.
const PROGRESS_MS: i64 = 2_000;

/// Sends one control record, or reads what was sent.
pub(crate) async fn run(command: ControlCommand) -> anyhow::Result<()> {
    match command {
        ControlCommand::Master { config, file } => {
            send(
                &Config::load(config.config.as_deref())?,
                &[read_master(&file)?],
            )
            .await
        }
        ControlCommand::Set {
            config,
            tenant,
            site,
            ward,
            rule,
            name,
            value,
        } => {
            check_parameter(&rule, &name, value)?;
            let ward = ward
                .as_deref()
                .map(WardId::encode)
                .transpose()
                .context("--ward")?;
            let threshold = Threshold {
                ward,
                rule,
                name,
                value,
            };
            let control = Control {
                site: site_of(&tenant, &site)?,
                setting: Setting::Threshold(threshold),
            };
            send(&Config::load(config.config.as_deref())?, &[control]).await
        }
        ControlCommand::Horizons {
            site,
            correction_hours,
            disorder_s,
        } => {
            let config = Config::load(site.config.config.as_deref())?;
            let horizons = horizons(&config, correction_hours, disorder_s)?;
            set(&config, &site, Setting::Horizons(horizons)).await
        }
        ControlCommand::Version { site, number } => {
            let config = Config::load(site.config.config.as_deref())?;
            check_version(number)?;
            set(&config, &site, Setting::Version(number)).await
        }
        ControlCommand::Get { site, ward } => {
            let ward = ward.as_deref().map(WardId::encode).transpose();
            let ward = ward.context("--ward")?;
            let horizons = Config::load(site.config.config.as_deref())?.stream().site;
            let history = read(&site).await?;
            let in_force = history.in_force(ward.as_ref(), &horizons);
            println!("{}", serde_json::to_string_pretty(&in_force)?);
            Ok(())
        }
        ControlCommand::History { site } => {
            let history = read(&site).await?;
            history.lines().for_each(|line| println!("{line}"));
            Ok(())
        }
    }
}

/// Everything that was set for a site, as far as the log goes back.
async fn read(args: &SiteArgs) -> anyhow::Result<History> {
    let site = site_of(&args.tenant, &args.site)?;
    let kafka = Config::load(args.config.config.as_deref())?.kafka();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&kafka, &stop).await?;
    let read = move || {
        let look = Look::new(&kafka)?;
        let (low, high) = look.watermarks(KafkaTopic::Control, 0)?;
        let mut history = History::new(site);
        let mut said = clock::wall_ms();
        look.scan(KafkaTopic::Control, 0, (low, high), |record| {
            history.take(record.offset, record.value);
            if clock::wall_ms() - said > PROGRESS_MS {
                said = clock::wall_ms();
                let (read, all) = (record.offset + 1 - low, high - low);
                eprintln!("control: {read} of {all} records of the lane are read");
            }
            ControlFlow::Continue(())
        })?;
        if low > 0 {
            eprintln!("control: the log begins at record {low}; what was set before is not in it");
        }
        Ok(history)
    };
    tokio::task::spawn_blocking(read).await?
}

fn horizons(config: &Config, correction_hours: i64, disorder_s: i64) -> anyhow::Result<Horizons> {
    let site = config.stream().site;
    let set = Horizons {
        correction_ms: correction_hours.saturating_mul(HOUR_MS),
        disorder_ms: disorder_s.saturating_mul(SECOND_MS),
    };
    let held = site.clamp(set);
    ensure!(
        held.correction_ms == set.correction_ms,
        "--correction-hours: must be from {} to stream.horizon_hours, {}",
        CORRECTION_LEAST_MS / HOUR_MS,
        site.horizon_ms / HOUR_MS
    );
    ensure!(
        held.disorder_ms == set.disorder_ms,
        "--disorder-s: must be from 0 to {}",
        DISORDER_MOST_MS / SECOND_MS
    );
    Ok(set)
}

fn check_version(number: u32) -> anyhow::Result<()> {
    ensure!(
        version::is_known(number),
        "version: this program computes the versions {} to {}",
        version::OLDEST,
        version::NEWEST
    );
    Ok(())
}

fn check_parameter(rule: &str, name: &str, value: i64) -> anyhow::Result<()> {
    let rules = stream::alert::all();
    let Some(spec) = rules.iter().find(|spec| spec.name == rule) else {
        let names: Vec<_> = rules.iter().map(|spec| spec.name).collect();
        bail!("rule: {rule:?} is none of {}", names.join(", "));
    };
    let Some(parameter) = spec
        .parameters
        .iter()
        .find(|parameter| parameter.name == name)
    else {
        let names: Vec<_> = spec
            .parameters
            .iter()
            .map(|parameter| parameter.name)
            .collect();
        bail!(
            "name: {name:?} is no number of {rule}; it has: {}",
            names.join(", ")
        );
    };
    if !parameter.allows(value) {
        let (least, most) = (parameter.least, parameter.most);
        bail!("value: {name} of {rule:?} must be from {least} to {most}");
    }
    Ok(())
}

/// Sends a setting of a site.
async fn set(config: &Config, site: &SiteArgs, setting: Setting) -> anyhow::Result<()> {
    let site = site_of(&site.tenant, &site.site)?;
    send(config, &[Control { site, setting }]).await
}

async fn send(config: &Config, controls: &[Control]) -> anyhow::Result<()> {
    let kafka = config.kafka();
    let (_keep, stop) = tokio::sync::watch::channel(false);
    servers::wait_for_kafka(&kafka, &stop).await?;
    let writer = Writer::new(&kafka)?;
    for control in controls {
        let record = Outgoing {
            topic: KafkaTopic::Control,
            lane: 0,
            key: None,
            value: wire::encode_control(control),
        };
        writer.send(record).await?.await?;
    }
    println!("sent; it holds from the next epoch on");
    Ok(())
}

pub(crate) fn read_master(file: &Path) -> anyhow::Result<Control> {
    let named = || format!("bed master {}", file.display());
    let text = std::fs::read_to_string(file).with_context(named)?;
    let master: MasterFile = toml::from_str(&text).with_context(named)?;
    master.control().with_context(named)
}

pub(crate) fn site_of(tenant: &str, site: &str) -> anyhow::Result<Site> {
    Ok(Site {
        tenant: TenantId::new(tenant).context("tenant")?,
        site: SiteId::new(site).context("site")?,
    })
}

/// The bed master as people write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterFile {
    tenant: String,
    site: String,
    label: Option<String>,
    time_zone: Option<String>,
    #[serde(rename = "ward")]
    wards: Vec<WardEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WardEntry {
    name: String,
    source: Source,
    #[serde(default, rename = "bed")]
    beds: Vec<BedEntry>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Pad,
    Visits,
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BedEntry {
    name: String,
    room: Option<String>,
    #[serde(default = "staffed")]
    staffed: bool,
}

const fn staffed() -> bool {
    true
}

impl MasterFile {
    fn control(&self) -> anyhow::Result<Control> {
        let wards = self
            .wards
            .iter()
            .map(WardEntry::ward)
            .collect::<anyhow::Result<_>>()?;
        if let Some(zone) = &self.time_zone {
            TimeZone::get(zone).with_context(|| {
                format!("time_zone: {zone:?} is no IANA name such as Europe/Vienna")
            })?;
        }
        Ok(Control {
            site: site_of(&self.tenant, &self.site)?,
            setting: Setting::Master(BedMaster {
                label: self.label.clone(),
                time_zone: self.time_zone.clone(),
                wards,
            }),
        })
    }
}

impl WardEntry {
    fn ward(&self) -> anyhow::Result<MasterWard> {
        let named = || format!("ward {:?}", self.name);
        Ok(MasterWard {
            ward: WardId::encode(&self.name).with_context(named)?,
            label: self.name.clone(),
            source: match self.source {
                Source::Pad => OccupancySource::Pad,
                Source::Visits => OccupancySource::Visits,
                Source::Both => OccupancySource::Both,
            },
            beds: self
                .beds
                .iter()
                .map(BedEntry::bed)
                .collect::<anyhow::Result<_>>()
                .with_context(named)?,
        })
    }
}

impl BedEntry {
    fn bed(&self) -> anyhow::Result<MasterBed> {
        let room = self.room.as_deref().map(RoomId::encode).transpose();
        Ok(MasterBed {
            bed: BedId::encode(&self.name).with_context(|| format!("bed {:?}", self.name))?,
            room: room.with_context(|| format!("room of bed {:?}", self.name))?,
            label: self.name.clone(),
            staffed: self.staffed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_its_range_is_refused_with_the_range() {
        check_parameter("bed_dirty", "minutes", 45).unwrap();
        for value in [0, -1, 43_201, i64::MAX, i64::MIN] {
            let error = check_parameter("bed_dirty", "minutes", value).unwrap_err();
            assert!(error.to_string().contains("from 1 to 43200"), "{error}");
        }
    }

    #[test]
    fn a_bed_master_is_read_as_people_write_it() {
        let text = r#"
            tenant = "demo"
            site = "north"
            label = "North campus"
            time_zone = "Europe/Vienna"
            [[ward]]
            name = "Ward 3"
            source = "both"
            bed = [{ name = "Bed 9", room = "12" }, { name = "Bed 10", staffed = false }]
        "#;
        let control = toml::from_str::<MasterFile>(text)
            .unwrap()
            .control()
            .unwrap();
        let Setting::Master(master) = control.setting else {
            panic!("a bed master was read");
        };
        assert_eq!(master.label.as_deref(), Some("North campus"));
        assert_eq!(master.time_zone.as_deref(), Some("Europe/Vienna"));
        assert_eq!(master.wards[0].ward.as_str(), "Ward_x203");
        assert_eq!(master.wards[0].beds[0].label, "Bed 9");
        assert!(!master.wards[0].beds[1].staffed);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_refused_by_name() {
        let text = "tenant = \"demo\"\nsite = \"north\"\ntime_zone = \"Middle/Earth\"\nward = []";
        let refused = toml::from_str::<MasterFile>(text).unwrap().control();
        let said = format!("{:#}", refused.unwrap_err());
        assert!(said.contains("time_zone: \"Middle/Earth\""), "{said}");
    }
}
