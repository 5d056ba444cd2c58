//! What the configuration says of the archive, and `medaxis archive check`: is it
//! as it was written, and does it reach to where Kafka begins?

use std::sync::Arc;

use anyhow::{bail, ensure};
use events::time::{DAY_MS, MINUTE_MS};
use ingest::kafka;
use serde::Deserialize;
use store::archive::{self, Limits, Reader};

use crate::cli::ArchiveCommand;
use crate::config::Config;
use crate::history::History;
use crate::servers;

const MIB: usize = 1024 * 1024;

/// The section `[archive]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    retention_days: usize,
    file_minutes: u32,
    file_mib: usize,
    buffer_mib: usize,
}

impl Settings {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let file_ms = i64::from(self.file_minutes) * MINUTE_MS;
        ensure!(
            file_ms > 0 && DAY_MS % file_ms == 0,
            "archive.file_minutes: a day must be a multiple of it"
        );
        ensure!(
            (1..=256).contains(&self.file_mib),
            "archive.file_mib: must be from 1 to 256"
        );
        ensure!(
            (self.file_mib..=65_536).contains(&self.buffer_mib),
            "archive.buffer_mib: must be from archive.file_mib to 65536"
        );
        Ok(())
    }

    /// How to archive this log; nothing when it is not to be archived.
    pub(crate) fn config(&self, kafka: &kafka::Config, log: &str) -> Option<archive::Config> {
        (self.retention_days > 0).then(|| archive::Config {
            log: log.to_owned(),
            lanes: kafka.input_lanes(),
            limits: Limits {
                file_bytes: self.file_mib * MIB,
                file_ms: i64::from(self.file_minutes) * MINUTE_MS,
                buffer_bytes: self.buffer_mib * MIB,
            },
            retention_days: self.retention_days,
        })
    }
}

/// Runs a command about the archive.
pub(crate) async fn run(command: ArchiveCommand) -> anyhow::Result<()> {
    let ArchiveCommand::Check(args) = command;
    let config = Config::load(args.config.as_deref())?;
    let kafka = config.kafka();
    let log = servers::name_of_log(&kafka).await?;
    let store = config.store.open()?;
    let lanes = kafka.input_lanes();
    let findings = archive::check(&*store, &log, &lanes).await?;
    for finding in &findings {
        println!("{finding}");
    }
    let history = History::new(Reader::new(Arc::clone(&store), &log), kafka);
    let mut gaps = 0;
    for (topic, lane) in lanes {
        let name = format!("{} lane {lane}", topic.name());
        match history.survey(topic, lane).await {
            Ok(survey) => println!("{name}: {survey}"),
            Err(error) => {
                gaps += 1;
                println!("{name}: {error:#}");
            }
        }
    }
    if !findings.is_empty() || gaps > 0 {
        bail!(
            "{} changes, {gaps} lanes that can't be read as a whole",
            findings.len()
        );
    }
    println!("the archive is as it was written, and Kafka goes on where it ends");
    Ok(())
}
