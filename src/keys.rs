//! The keys of privacy: read from their files, made when missing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ingest::Pseudonyms;

const KEY_BYTES: usize = 32;

/// A key, which is never shown.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) [u8; KEY_BYTES]);

/// A file with a key, and the setting that names it.
pub(crate) struct KeyFile {
    setting: &'static str,
    file: PathBuf,
}

impl KeyFile {
    /// What pseudonyms are made with.
    pub(crate) fn of_pseudonyms(file: &Path) -> Self {
        Self {
            setting: "privacy.pseudonym_key_file",
            file: file.to_owned(),
        }
    }

    /// What labels of patients are sealed with.
    pub(crate) fn of_labels(file: PathBuf) -> Self {
        Self {
            setting: "labels.key_file",
            file,
        }
    }

    /// Reads the key; makes one that only its owner can read when there is none.
    pub(crate) fn read_or_make(&self) -> anyhow::Result<Key> {
        match self.read()? {
            Some(key) => Ok(key),
            None => self.make().with_context(|| self.named()),
        }
    }

    /// Whether the file can be used, or made where there is none.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.read()?.is_none() {
            let folder = self.file.parent();
            let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
            let is_there = folder.is_none_or(Path::is_dir);
            ensure!(is_there, "{}: its folder is not there", self.named());
        }
        Ok(())
    }

    /// Reads the key, if there is one.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Key>> {
        let key = match fs::read(&self.file) {
            Ok(key) => key,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| self.named()),
        };
        let length = key.len();
        match key.try_into() {
            Ok(key) => Ok(Some(Key(key))),
            Err(_) => bail!(
                "{}: has {length} bytes where {KEY_BYTES} belong",
                self.named()
            ),
        }
    }

    fn make(&self) -> anyhow::Result<Key> {
        let key = Key::random()?;
        let mut open = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.file)?;
        open.write_all(&key.0)?;
        open.sync_all()?;
        let (setting, file) = (self.setting, self.file.display());
        tracing::info!(setting, %file, "made a key: keep it apart from the data, and keep it");
        Ok(key)
    }

    fn named(&self) -> String {
        format!("{} {}", self.setting, self.file.display())
    }
}

impl Key {
    /// 256 random bits, kept nowhere.
    pub(crate) fn random() -> anyhow::Result<Self> {
        let mut key = [0; KEY_BYTES];
        fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
        Ok(Self(key))
    }
}

/// The pseudonyms of the key in a file, which is made when it is missing.
pub(crate) fn pseudonyms(file: &Path) -> anyhow::Result<Pseudonyms> {
    let key = KeyFile::of_pseudonyms(file).read_or_make()?;
    Ok(Pseudonyms::new(&key.0))
}

/// Pseudonyms of one run, with a key that is kept nowhere.
pub(crate) fn for_this_run() -> anyhow::Result<Pseudonyms> {
    Ok(Pseudonyms::new(&Key::random()?.0))
}
