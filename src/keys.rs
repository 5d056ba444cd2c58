//! The key that pseudonyms are made with: read from its file, made when missing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context, ensure};
use ingest::Pseudonyms;

const KEY_BYTES: usize = 32;

/// Reads the key file; makes one that only its owner can read when there is none.
pub(crate) fn pseudonyms(file: &Path) -> anyhow::Result<Pseudonyms> {
    let named = || format!("privacy.pseudonym_key_file {}", file.display());
    let key = match fs::read(file) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => make(file).with_context(named)?,
        Err(error) => return Err(error).with_context(named),
    };
    ensure!(
        key.len() == KEY_BYTES,
        "{}: has {} bytes where {KEY_BYTES} belong",
        named(),
        key.len()
    );
    Ok(Pseudonyms::new(
        &key.try_into().expect("the length was checked"),
    ))
}

/// A key for one run, kept nowhere.
pub(crate) fn for_this_run() -> anyhow::Result<Pseudonyms> {
    let key = random()?;
    Ok(Pseudonyms::new(
        &key.try_into().expect("so many bytes were read"),
    ))
}

fn make(file: &Path) -> anyhow::Result<Vec<u8>> {
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

fn random() -> anyhow::Result<Vec<u8>> {
    let mut key = vec![0; KEY_BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    Ok(key)
}
