//! The configuration: `defaults.toml`, then a file. Unknown keys are refused, and
//! what is wrong is said with the key that it is wrong at.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use events::id::TenantId;
use events::time::HOUR_MS;
use ingest::{Tenants, kafka, mqtt};
use serde::Deserialize;
use sinks::ClickHouseConfig;

use crate::keys::KeyFile;
use crate::{access, archive, fhir, interfaces, labels, storage, webhooks};

const DEFAULTS: &str = include_str!("defaults.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) tenants: Vec<String>,
    pub(crate) server: Server,
    pub(crate) access: access::Settings,
    pub(crate) kafka: Kafka,
    pub(crate) mqtt: Mqtt,
    pub(crate) hl7: interfaces::Settings,
    pub(crate) fhir: fhir::Settings,
    pub(crate) clickhouse: ClickHouse,
    pub(crate) stream: Stream,
    pub(crate) store: storage::Settings,
    pub(crate) archive: archive::Settings,
    pub(crate) privacy: Privacy,
    pub(crate) labels: labels::Settings,
    pub(crate) webhooks: webhooks::settings::Settings,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kafka {
    /// The demo's own; no file can ask for it.
    #[serde(skip)]
    pub(crate) embedded: bool,
    pub(crate) brokers: String,
    pub(crate) prefix: String,
    pub(crate) lanes: u32,
    replication: u32,
    retention_hours: u32,
    ca_file: String,
    user: String,
    password_file: String,
    mechanism: Mechanism,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mechanism {
    Plain,
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mqtt {
    pub(crate) host: String,
    pub(crate) port: u16,
    client_id: String,
    user: String,
    password_file: String,
    ca_file: String,
    receive_maximum: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClickHouse {
    pub(crate) url: String,
    pub(crate) database: String,
    user: String,
    password_file: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stream {
    workers: usize,
    horizon_hours: u32,
    disorder_s: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Privacy {
    pub(crate) pseudonym_key_file: PathBuf,
}

impl Config {
    /// The defaults, with what the file says instead.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut table: toml::Table = toml::from_str(DEFAULTS).context("the defaults")?;
        if let Some(file) = file {
            let named = || format!("configuration file {}", file.display());
            let text = std::fs::read_to_string(file).with_context(named)?;
            let said: toml::Table = toml::from_str(&text).with_context(named)?;
            replace(&mut table, said);
        }
        let config: Self = toml::Value::Table(table)
            .try_into()
            .context("configuration")?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.tenants.is_empty(), "tenants: name at least one");
        self.tenant_ids()?;
        let (kafka, mqtt) = (&self.kafka, &self.mqtt);
        check_login("kafka", &kafka.user, &kafka.password_file)?;
        check_login("mqtt", &mqtt.user, &mqtt.password_file)?;
        ensure!(
            (1..=256).contains(&self.kafka.lanes),
            "kafka.lanes: must be from 1 to 256"
        );
        ensure!(
            (1..=64).contains(&self.stream.workers),
            "stream.workers: must be from 1 to 64"
        );
        ensure!(
            (1..=24 * 31).contains(&self.stream.horizon_hours),
            "stream.horizon_hours: must be from 1 to 744"
        );
        ensure!(
            self.kafka.retention_hours >= self.stream.horizon_hours,
            "kafka.retention_hours: must be at least stream.horizon_hours"
        );
        self.hl7.check()?;
        self.store.check()?;
        self.archive.check()?;
        self.labels.check(&self.tenant_ids()?)?;
        self.webhooks.check()?;
        ensure!(
            self.mqtt.receive_maximum > 0,
            "mqtt.receive_maximum: must be at least 1"
        );
        Ok(())
    }

    /// Reads every file that is named, so that what is wrong with it is said now.
    pub(crate) fn check_files(&self) -> anyhow::Result<()> {
        let files = [
            ("kafka.ca_file", &*self.kafka.ca_file),
            ("kafka.password_file", &self.kafka.password_file),
            ("mqtt.ca_file", &self.mqtt.ca_file),
            ("mqtt.password_file", &self.mqtt.password_file),
            ("clickhouse.password_file", &self.clickhouse.password_file),
        ];
        for (key, file) in files.into_iter().chain(self.store.files()) {
            if let Some(file) = path(file) {
                let named = || format!("{key} {}", file.display());
                let text = std::fs::read_to_string(&file).with_context(named)?;
                ensure!(!text.trim().is_empty(), "{}: is empty", named());
            }
        }
        self.kafka().check().context("kafka.ca_file")?;
        if let Some(mqtt) = self.mqtt()? {
            mqtt.check().context("mqtt.ca_file")?;
        }
        self.access.check(&self.tenant_ids()?)?;
        self.hl7.check_files(&self.tenant_ids()?)?;
        self.fhir.locals(&self.tenant_ids()?)?;
        self.store.check_bucket()?;
        self.webhooks.endpoints(&self.tenant_ids()?)?;
        let pseudonyms = &self.privacy.pseudonym_key_file;
        KeyFile::of_pseudonyms(pseudonyms).check()?;
        match self.labels.are_shown() {
            true => self.labels.key_file(pseudonyms).check(),
            false => Ok(()),
        }
    }

    pub(crate) fn tenant_ids(&self) -> anyhow::Result<Tenants> {
        let id = |name: &String| TenantId::new(name).with_context(|| format!("tenants: {name:?}"));
        self.tenants.iter().map(id).collect()
    }

    pub(crate) fn kafka(&self) -> kafka::Config {
        let said = &self.kafka;
        let mut config = kafka::Config::new(&said.brokers, &said.prefix);
        config.embedded = said.embedded;
        config.lanes = said.lanes;
        config.replication = said.replication;
        config.retention_hours = said.retention_hours;
        config.ca_file = path(&said.ca_file);
        config.login = path(&said.password_file).map(|password_file| kafka::Login {
            user: said.user.clone(),
            password_file,
            mechanism: match said.mechanism {
                Mechanism::Plain => kafka::Mechanism::Plain,
                Mechanism::ScramSha512 => kafka::Mechanism::ScramSha512,
            },
        });
        config
    }

    /// The gateway's configuration, unless there is no broker.
    pub(crate) fn mqtt(&self) -> anyhow::Result<Option<mqtt::Config>> {
        let said = &self.mqtt;
        if said.host.is_empty() {
            return Ok(None);
        }
        let tenants = self.tenant_ids()?;
        let mut config = mqtt::Config::new(&said.host, said.port, tenants, self.kafka.lanes);
        config.client_id.clone_from(&said.client_id);
        config.receive_maximum = said.receive_maximum;
        config.ca_file = path(&said.ca_file);
        config.login = path(&said.password_file).map(|file| (said.user.clone(), file));
        Ok(Some(config))
    }

    /// How to store what the log of this name holds.
    pub(crate) fn clickhouse(&self, log: String) -> anyhow::Result<ClickHouseConfig> {
        let said = &self.clickhouse;
        let password = match path(&said.password_file) {
            None => String::new(),
            Some(file) => std::fs::read_to_string(&file)
                .with_context(|| format!("clickhouse.password_file {}", file.display()))?
                .trim_end()
                .to_owned(),
        };
        Ok(ClickHouseConfig {
            url: said.url.clone(),
            database: said.database.clone(),
            user: said.user.clone(),
            password,
            log,
            source_run: "live".to_owned(),
            limits: sinks::BatchLimits::default(),
        })
    }

    /// Whether somebody who named a tenant named one of ours.
    pub(crate) fn check_tenant(&self, tenant: &str) -> anyhow::Result<()> {
        ensure!(
            self.tenants.iter().any(|known| known == tenant),
            "--tenant {tenant:?} is none of the configured tenants: {}",
            self.tenants.join(", ")
        );
        Ok(())
    }

    pub(crate) fn stream(&self) -> stream::worker::Config {
        stream::worker::Config {
            workers: self.stream.workers,
            lanes: self.kafka.lanes,
            site: stream::site::SiteConfig {
                horizon_ms: i64::from(self.stream.horizon_hours) * HOUR_MS,
                disorder_ms: i64::from(self.stream.disorder_s) * 1_000,
                ..stream::site::SiteConfig::default()
            },
        }
    }
}

/// Puts `said` in place of what is there, key by key.
fn replace(table: &mut toml::Table, said: toml::Table) {
    for (key, value) in said {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(said)) => replace(inner, said),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

/// Half a login would be none, silently.
fn check_login(part: &str, user: &str, password_file: &str) -> anyhow::Result<()> {
    ensure!(
        user.is_empty() || !password_file.is_empty(),
        "{part}.password_file: must name the file with the password of {part}.user"
    );
    ensure!(
        password_file.is_empty() || !user.is_empty(),
        "{part}.user: must say whose password stands in {part}.password_file"
    );
    Ok(())
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

#[cfg(test)]
mod tests;
