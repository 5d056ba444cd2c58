//! The section `[labels]`: what boards of staff call those who lie in beds. Between the doors that
//! hear names and the boards that show labels is a drawer that only its key opens.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use events::id::{SiteId, TenantId};
use events::label::Label;
use events::place::Site;
use ingest::Tenants;
use ingest::counters::Counters;
use ingest::label::{Labels, Named, Style};
use serde::Deserialize;
use sinks::Lookup;
use store::sealed::{Drawer, SealedError};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::config::Config;
use crate::keys::{Key, KeyFile};

/// Names that may wait to be kept; further ones are let go of and counted.
const QUEUE: usize = 10_000;
/// Visits whose label is known to be kept, so that it is not written with every message.
const KNOWN_MAX: usize = 20_000;
/// How often what is old is let go of.
const SWEEP: Duration = Duration::from_secs(3_600);
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// The section `[labels]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    show: Style,
    sites: Vec<OfSite>,
    keep_days: u32,
    key_file: String,
}

/// A site that shows others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSite {
    tenant: String,
    site: String,
    show: Style,
}

impl Settings {
    pub(crate) fn check(&self, tenants: &Tenants) -> anyhow::Result<()> {
        ensure!(
            (1..=366).contains(&self.keep_days),
            "labels.keep_days: must be from 1 to 366"
        );
        self.styles(tenants).map(drop)
    }

    /// The file with the key: beside that of pseudonyms, unless it is named.
    pub(crate) fn key_file(&self, pseudonyms: &Path) -> KeyFile {
        KeyFile::of_labels(match self.key_file.as_str() {
            "" => pseudonyms.with_file_name("label.key"),
            file => PathBuf::from(file),
        })
    }

    /// Whether anybody is to be named anywhere.
    pub(crate) fn are_shown(&self) -> bool {
        let styles = self.sites.iter().map(|site| site.show);
        styles.chain([self.show]).any(|style| style != Style::Off)
    }

    fn styles(&self, tenants: &Tenants) -> anyhow::Result<BTreeMap<Site, Style>> {
        let mut styles = BTreeMap::new();
        for said in &self.sites {
            let named = || format!("labels.sites: {}/{}", said.tenant, said.site);
            let site = Site {
                tenant: TenantId::new(&said.tenant).with_context(named)?,
                site: SiteId::new(&said.site).with_context(named)?,
            };
            ensure!(
                tenants.contains(&site.tenant),
                "{}: is of none of the configured tenants",
                named()
            );
            let twice = styles.insert(site, said.show).is_some();
            ensure!(!twice, "{}: stands there twice", named());
        }
        Ok(styles)
    }
}

/// The key that this process needs: a gateway makes one, a board server takes one that is there.
pub(crate) fn key(config: &Config, is_gateway: bool) -> anyhow::Result<Option<Key>> {
    if !config.labels.are_shown() {
        return Ok(None);
    }
    let file = config.labels.key_file(&config.privacy.pseudonym_key_file);
    match is_gateway {
        true => file.read_or_make().map(Some),
        false => file.read(),
    }
}

fn drawer(config: &Config, key: Key) -> anyhow::Result<Drawer> {
    Ok(Drawer::new(config.store.open()?, &key.0))
}

/// What the doors tell names to, and the task that keeps them.
pub(crate) fn kept(
    config: &Config,
    key: Key,
    counters: Arc<Counters>,
) -> anyhow::Result<(Labels, Keeper)> {
    let (told, heard) = mpsc::channel(QUEUE);
    let styles = config.labels.styles(&config.tenant_ids()?)?;
    let labels = Labels::new(styles, config.labels.show, &key.0, told, counters);
    let keeper = Keeper {
        drawer: drawer(config, key)?,
        heard,
        known: HashMap::new(),
        keep: Duration::from_secs(u64::from(config.labels.keep_days) * 24 * 3_600),
    };
    Ok((labels, keeper))
}

/// Keeps what is heard for some days.
pub(crate) struct Keeper {
    drawer: Drawer,
    heard: mpsc::Receiver<Named>,
    known: HashMap<(Site, String), Label>,
    keep: Duration,
}

impl Keeper {
    /// Until nobody tells names any more.
    pub(crate) async fn run(mut self) {
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                named = self.heard.recv() => match named {
                    Some(named) => self.keep(named).await,
                    None => return,
                },
                _ = sweep.tick() => self.forget().await,
            }
        }
    }

    async fn keep(&mut self, named: Named) {
        let Named { site, visit, label } = named;
        let name = (site, visit.to_string());
        if self.known.get(&name) == Some(&label) {
            return;
        }
        let content = serde_json::to_vec(&label).expect("a label is JSON");
        let mut wait = RETRY[0];
        while let Err(error) = self.put(&name, &content).await {
            tracing::warn!(%error, "a label is not kept yet");
            sleep(wait).await;
            wait = (wait * 2).min(RETRY[1]);
        }
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(name, label);
    }

    async fn put(&self, (site, visit): &(Site, String), content: &[u8]) -> Result<(), SealedError> {
        self.drawer.put(&name(site, visit), content).await
    }

    /// What was kept and is told again has a new date only when it is written again.
    #[expect(clippy::disallowed_methods, reason = "edge: the age of what is kept")]
    async fn forget(&mut self) {
        self.known.clear();
        let before = SystemTime::now() - self.keep;
        match self.drawer.forget_before(before).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "labels of long ago are let go of"),
            Err(error) => tracing::warn!(%error, "labels of long ago are still there"),
        }
    }
}

fn name<'a>(site: &'a Site, visit: &'a str) -> [&'a str; 3] {
    [site.tenant.as_str(), site.site.as_str(), visit]
}

/// What boards look labels up with; without a key nobody has one.
pub(crate) fn lookup(config: &Config, key: Option<Key>) -> anyhow::Result<Lookup> {
    let drawer = key
        .map(|key| drawer(config, key))
        .transpose()?
        .map(Arc::new);
    Ok(Arc::new(move |site: Site, visit: String| {
        let drawer = drawer.clone();
        Box::pin(async move {
            let drawer = drawer.as_ref()?;
            let found = drawer.get(&name(&site, &visit)).await;
            let found = found.unwrap_or_else(|error| {
                tracing::warn!(%error, "a label can't be looked up");
                None
            });
            serde_json::from_slice(&found?).ok()
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> anyhow::Result<()> {
        let tenants = Tenants::from([TenantId::new("demo").unwrap()]);
        toml::from_str::<Settings>(text)?.check(&tenants)
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let said = |sites: &str, days: u32| {
            let text = format!("show = \"initials\"\nkeep_days = {days}\nkey_file = \"\"\n");
            let sites = if sites.is_empty() {
                "sites = []\n"
            } else {
                sites
            };
            checked(&format!("{text}{sites}")).map_err(|error| format!("{error:#}"))
        };
        let site = |tenant: &str, show: &str| {
            format!("[[sites]]\ntenant = \"{tenant}\"\nsite = \"north\"\nshow = \"{show}\"\n")
        };
        said("", 30).unwrap();
        said(&site("demo", "off"), 30).unwrap();
        let named = |said: Result<(), String>, words: &str| {
            let error = said.unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        named(said("", 0), "labels.keep_days");
        named(said(&site("other", "off"), 30), "labels.sites: other/north");
        named(said(&site("demo", "names"), 30), "names");
        let twice = site("demo", "off").repeat(2);
        named(said(&twice, 30), "twice");
    }
}
