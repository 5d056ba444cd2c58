//! The tokens as a node knows them now. The file is looked at every second; when it has
//! changed it is read again, and who is no longer in it, or in it otherwise, is out at once:
//! also where a connection is open. A file that can't be used changes nothing but a metric
//! and the log, until it can.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use events::access::Grant;
use events::metric;
use ingest::Tenants;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::{Entry, Hash, Token, edit, file};
use crate::telemetry::Sample;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Whose tokens are known.
pub(crate) struct Book {
    /// Nothing where no file is needed.
    file: Option<PathBuf>,
    tenants: Tenants,
    /// Tokens of this process itself, in no file.
    own: Vec<Entry>,
    holders: RwLock<Holders>,
    broken: AtomicBool,
    pub(super) no_token: AtomicU64,
    pub(super) unknown: AtomicU64,
}

type Holders = BTreeMap<Hash, Arc<Holder>>;

/// Somebody with a token.
pub(crate) struct Holder {
    entry: Entry,
    grant: Arc<Grant>,
    /// Goes with the holder: whoever listens hears that.
    here: watch::Sender<()>,
}

/// What tells whether a file is another one than before.
type Stamp = Option<(u64, i64, i64, u64)>;

impl Book {
    /// The tokens of a file, and those of this process.
    ///
    /// # Errors
    /// The file can't be used.
    pub(crate) fn open(file: PathBuf, tenants: Tenants, own: Vec<Entry>) -> anyhow::Result<Self> {
        let entries = file::of_tenants(&file, &tenants)?;
        Ok(Self::new(Some(file), tenants, own, entries))
    }

    /// Nobody: for a process that serves nothing for which one would need a token.
    pub(crate) fn nobody() -> Self {
        Self::new(None, Tenants::new(), Vec::new(), Vec::new())
    }

    fn new(file: Option<PathBuf>, tenants: Tenants, own: Vec<Entry>, entries: Vec<Entry>) -> Self {
        let book = Self {
            file,
            tenants,
            own,
            holders: RwLock::default(),
            broken: AtomicBool::new(false),
            no_token: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
        };
        book.hold(entries);
        book
    }

    /// Who has this token.
    pub(crate) fn find(&self, hash: Hash) -> Option<Arc<Holder>> {
        let holders = self.holders.read().expect("nobody panics while holding it");
        holders.get(&hash).cloned()
    }

    /// Looks at the file for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        let Some(file) = self.file.clone() else {
            return std::future::pending().await;
        };
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The file may have changed since it was opened.
        let mut seen = None;
        loop {
            look.tick().await;
            let now = stamp(&file);
            if seen.as_ref() != Some(&now) {
                let book = Arc::clone(&self);
                let read = tokio::task::spawn_blocking(move || book.read());
                if let Err(error) = read.await {
                    tracing::error!(%error, "the access file could not be read");
                }
                seen = Some(now);
            }
        }
    }

    /// Binds a kiosk's token to the device that holds `key`, in the file. Gives whether
    /// nobody had been quicker.
    ///
    /// # Errors
    /// The file can't be changed.
    pub(super) fn bind(&self, hash: Hash, key: &Token) -> anyhow::Result<bool> {
        let Some(file) = &self.file else {
            return Ok(false);
        };
        // Who binds changes a file that is there: a new one would have nobody in it.
        file::of_tenants(file, &self.tenants)?;
        let bound = edit(file, |entries| {
            let found = entries.iter_mut().find(|entry| entry.hash == hash);
            let entry = found.context("the token is in the file no more")?;
            let is_free = entry.bound.is_none();
            if is_free {
                entry.bound = Some(key.hash());
            }
            Ok(is_free)
        })?;
        self.read();
        Ok(bound)
    }

    /// Takes what the file says now.
    fn read(&self) {
        let Some(file) = &self.file else { return };
        match file::of_tenants(file, &self.tenants) {
            Ok(entries) => {
                self.hold(entries);
                if self.broken.swap(false, Relaxed) {
                    tracing::info!("the access file can be used again");
                }
            }
            Err(error) => {
                self.broken.store(true, Relaxed);
                tracing::error!(
                    "the access file is not used, the tokens stay as they were: {error:#}"
                );
            }
        }
    }

    /// Who stays as they were keep their connections.
    fn hold(&self, entries: Vec<Entry>) {
        let mut holders = self
            .holders
            .write()
            .expect("nobody panics while holding it");
        let before = std::mem::take(&mut *holders);
        for entry in self.own.iter().cloned().chain(entries) {
            let same = before.get(&entry.hash);
            let same = same.filter(|holder| holder.entry == entry).cloned();
            let hash = entry.hash;
            let holder = same.unwrap_or_else(|| Arc::new(Holder::new(entry)));
            holders.insert(hash, holder);
        }
    }

    /// What it counts, now.
    pub(crate) fn snapshot(&self) -> Vec<Sample> {
        let holders = self.holders.read().expect("nobody panics while holding it");
        let broken = u64::from(self.broken.load(Relaxed));
        vec![
            (metric::ACCESS_FILE_BROKEN, "", broken),
            (
                metric::ACCESS_REFUSED,
                "no_token",
                self.no_token.load(Relaxed),
            ),
            (
                metric::ACCESS_REFUSED,
                "token_unknown",
                self.unknown.load(Relaxed),
            ),
            (metric::ACCESS_TOKENS, "", holders.len() as u64),
        ]
    }
}

impl Holder {
    fn new(entry: Entry) -> Self {
        Self {
            grant: Arc::new(entry.grant.clone()),
            entry,
            here: watch::channel(()).0,
        }
    }

    pub(super) fn grant(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// The key of the device that it is bound to.
    pub(super) fn bound(&self) -> Option<Hash> {
        self.entry.bound
    }

    /// Ends when the token does.
    pub(super) fn ended(&self) -> watch::Receiver<()> {
        self.here.subscribe()
    }
}

fn stamp(file: &Path) -> Stamp {
    let there = fs::metadata(file).ok()?;
    Some((there.len(), there.mtime(), there.mtime_nsec(), there.ino()))
}
