//! The access file: a table `[[token]]` for each token, with the hash of it and what it
//! stands for. It is read whole or not at all, and written in one step, so that nobody ever
//! sees half of it; whoever changes it holds a lock beside it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use events::access::{Grant, LISTED_MAX, Label, Role, Sites, Wards};
use events::id::{DeviceId, SiteId, TenantId, WardId};
use ingest::Tenants;
use serde::{Deserialize, Serialize};

use super::Hash;

/// Largest file, in bytes.
const FILE_MAX: u64 = 4 * 1024 * 1024;
/// Most tokens.
const TOKENS_MAX: usize = 10_000;
const ALL: &str = "all";

/// A token as it is known.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) hash: Hash,
    pub(crate) grant: Grant,
    /// The hash of the key that a kiosk's device got when it first came.
    pub(crate) bound: Option<Hash>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(default)]
    token: Vec<SaidToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidToken {
    label: String,
    tenant: String,
    sites: Listed,
    role: String,
    tier: String,
    wards: Listed,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<String>,
}

/// `"all"`, or names.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Listed {
    All(String),
    These(Vec<String>),
}

/// The tokens of a file.
///
/// # Errors
/// The file is not there, is too large, or something in it is wrong.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Entry>> {
    parse(&text(file)?).with_context(|| named(file))
}

/// The tokens of a file, each of one of these tenants.
///
/// # Errors
/// As of [`read`]; or a token is of another tenant.
pub(super) fn of_tenants(file: &Path, tenants: &Tenants) -> anyhow::Result<Vec<Entry>> {
    let entries = read(file)?;
    for Entry { grant, .. } in &entries {
        ensure!(
            tenants.contains(&grant.tenant),
            "{}: token {:?}: tenant {} is none of the configured tenants",
            named(file),
            grant.label.as_str(),
            grant.tenant
        );
    }
    Ok(entries)
}

/// Changes a file in one step, while nobody else does; makes it where there is none.
///
/// # Errors
/// It can't be read or written, the change is refused, or what comes out of it is wrong.
pub(crate) fn edit<T>(
    file: &Path,
    change: impl FnOnce(&mut Vec<Entry>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let beside = |ending: &str| PathBuf::from(format!("{}.{ending}", file.display()));
    let lock = owners().open(beside("lock")).with_context(|| named(file))?;
    lock.lock().with_context(|| named(file))?;
    let mut entries = match file.exists() {
        true => read(file)?,
        false => Vec::new(),
    };
    let changed = change(&mut entries)?;
    let text = write(&entries)?;
    parse(&text).with_context(|| named(file))?;
    let new = beside("new");
    let written = owners().truncate(true).open(&new).and_then(|mut open| {
        open.write_all(text.as_bytes())?;
        open.sync_all()?;
        std::fs::rename(&new, file)
    });
    written.with_context(|| named(file))?;
    Ok(changed)
}

/// Files that only their owner can read.
fn owners() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn named(file: &Path) -> String {
    format!("access.file {}", file.display())
}

fn text(file: &Path) -> anyhow::Result<String> {
    let open = File::open(file).with_context(|| {
        let file = file.display();
        format!("access.file {file}: can't be opened; `medaxis access add` makes one")
    })?;
    let mut text = String::new();
    let read = open.take(FILE_MAX + 1).read_to_string(&mut text);
    let length = read.with_context(|| named(file))?;
    ensure!(
        length as u64 <= FILE_MAX,
        "{}: is larger than 4 MiB",
        named(file)
    );
    Ok(text)
}

fn parse(text: &str) -> anyhow::Result<Vec<Entry>> {
    let said: Said = toml::from_str(text)?;
    ensure!(
        said.token.len() <= TOKENS_MAX,
        "has more than {TOKENS_MAX} tokens"
    );
    let (mut hashes, mut labels) = (BTreeSet::new(), BTreeSet::new());
    let mut entries = Vec::with_capacity(said.token.len());
    for (place, said) in said.token.into_iter().enumerate() {
        let which = format!("token {} of the file", place + 1);
        let entry = said.entry().with_context(|| which.clone())?;
        ensure!(hashes.insert(entry.hash), "{which}: sha256: is there twice");
        let label = (entry.grant.tenant.clone(), entry.grant.label.clone());
        ensure!(
            labels.insert(label),
            "{which}: label: is there twice in its tenant"
        );
        entries.push(entry);
    }
    Ok(entries)
}

fn write(entries: &[Entry]) -> anyhow::Result<String> {
    let token = entries.iter().map(SaidToken::new).collect();
    let tables = toml::to_string(&Said { token })?;
    Ok(format!(
        "# Who may come in: see docs/access.md. `medaxis access` writes this file; a token\n\
         # itself is in no file.\n\n{tables}"
    ))
}

impl SaidToken {
    fn new(Entry { hash, grant, bound }: &Entry) -> Self {
        Self {
            label: grant.label.to_string(),
            tenant: grant.tenant.to_string(),
            sites: match &grant.sites {
                Sites::All => Listed::All(ALL.to_owned()),
                Sites::These(sites) => Listed::These(sites.iter().map(SiteId::to_string).collect()),
            },
            role: grant.role.to_string(),
            tier: grant.tier.to_string(),
            wards: match &grant.wards {
                Wards::All => Listed::All(ALL.to_owned()),
                Wards::These(wards) => Listed::These(wards.iter().map(WardId::to_string).collect()),
            },
            device: grant.device.as_ref().map(DeviceId::to_string),
            sha256: hash.to_string(),
            bound: bound.map(|bound| bound.to_string()),
        }
    }

    fn entry(self) -> anyhow::Result<Entry> {
        let sites = self.sites.read(SiteId::new).context("sites")?;
        let wards = self.wards.read(WardId::new).context("wards")?;
        let device = self.device.as_deref().map(DeviceId::new).transpose();
        let grant = Grant {
            tenant: TenantId::new(&self.tenant).context("tenant")?,
            sites: sites.map_or(Sites::All, Sites::These),
            role: self.role.parse().context("role")?,
            tier: self.tier.parse().context("tier")?,
            wards: wards.map_or(Wards::All, Wards::These),
            label: Label::new(&self.label).context("label")?,
            device: device.context("device")?,
        };
        let is_kiosk = grant.role == Role::Kiosk;
        ensure!(
            is_kiosk == grant.device.is_some(),
            "device: a kiosk has one, and nobody else"
        );
        ensure!(
            is_kiosk || self.bound.is_none(),
            "bound: only a kiosk's token is"
        );
        let bound = self.bound.as_deref().map(str::parse).transpose();
        Ok(Entry {
            hash: self.sha256.parse().context("sha256")?,
            grant,
            bound: bound.context("bound")?,
        })
    }
}

impl Listed {
    /// The ids that are named; nothing for all.
    fn read<T: Ord, E>(&self, id: fn(&str) -> Result<T, E>) -> anyhow::Result<Option<BTreeSet<T>>>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        match self {
            Self::All(word) => {
                ensure!(word == ALL, "is neither \"all\" nor a list");
                Ok(None)
            }
            Self::These(names) => {
                ensure!(
                    (1..=LISTED_MAX).contains(&names.len()),
                    "does not list 1 to {LISTED_MAX}"
                );
                let ids: Result<_, E> = names.iter().map(|name| id(name)).collect();
                Ok(Some(ids?))
            }
        }
    }
}

#[cfg(test)]
mod tests;
