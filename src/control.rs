//! `medaxis control`: configuration that changes results, sent through the log, and
//! read back from it.

mod beds;
pub(crate) mod history;
mod master;

use std::ops::ControlFlow;

use anyhow::{Context, bail, ensure};
use events::control::{Control, Horizons, Setting, Threshold};
use events::id::{SiteId, TenantId, WardId};
use events::place::Site;
use events::time::HOUR_MS;
use events::topic::KafkaTopic;
use events::wire;
use ingest::kafka_look::Look;
use ingest::kafka_writer::{Outgoing, Writer};
use stream::site::horizon::{CORRECTION_LEAST_MS, DISORDER_MOST_MS};
use stream::version;

use crate::cli::{ControlCommand, SiteArgs};
use crate::config::Config;
use crate::{clock, servers};
use history::History;

pub(crate) use master::read_master;

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
        ControlCommand::Beds(command) => beds::run(command).await,
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
            history.lack_the_beginning();
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
    let Some(parameter) = spec.numbers().find(|parameter| parameter.name == name) else {
        let names: Vec<_> = spec.numbers().map(|parameter| parameter.name).collect();
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

/// Sends records, one after the other.
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
    eprintln!("sent; it holds from the next epoch on");
    Ok(())
}

pub(crate) fn site_of(tenant: &str, site: &str) -> anyhow::Result<Site> {
    Ok(Site {
        tenant: TenantId::new(tenant).context("tenant")?,
        site: SiteId::new(site).context("site")?,
    })
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
}
