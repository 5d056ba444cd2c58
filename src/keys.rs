//! The key that pseudonyms are made with: read from its file, made when missing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use ingest::Pseudonyms;

const KEY_BYTES: usize = 32;

/// Reads the key file; makes one that only its owner can read when there is none.
pub(crate) fn pseudonyms(file: &Path) -> anyhow::Result<Pseudonyms> {
    match read(file)? {
        Some(key) => Ok(Pseudonyms::new(&key)),
        None => {
            let key = make(file).with_context(|| named(file))?;
            Ok(Pseudonyms::new(&key))
        }
    }
}

/// Whether the key file can be used, or made where there is none.
pub(crate) fn check(file: &Path) -> anyhow::Result<()> {
    if read(file)?.is_none() {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let is_there = folder.is_none_or(Path::is_dir);
        ensure!(is_there, "{}: its folder is not there", named(file));
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Option<[u8; KEY_BYTES]>> {
    let key = match fs::read(file) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| named(file)),
    };
    let length = key.len();
    match key.try_into() {
        Ok(key) => Ok(Some(key)),
        Err(_) => bail!(
            "{}: has {length} bytes where {KEY_BYTES} belong",
            named(file)
        ),
    }
}

fn named(file: &Path) -> String {
    format!("privacy.pseudonym_key_file {}", file.display())
}

/// A key for one run, kept nowhere.
pub(crate) fn for_this_run() -> anyhow::Result<Pseudonyms> {
    Ok(Pseudonyms::new(&random()?))
}

fn make(file: &Path) -> anyhow::Result<[u8; KEY_BYTES]> {
    let key = random()?;
    let mut open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    open.write_all(&key)?;
    open.sync_all()?;
    tracing::info!(file = %file.display(), "made a key for pseudonyms: keep it apart from the data, and keep it");
    Ok(key)
}

/// 256 random bits.
pub(crate) fn random() -> anyhow::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}
