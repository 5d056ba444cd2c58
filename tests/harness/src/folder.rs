//! A server's temporary folder: deleted with the server, kept when there is something to read in it.

use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A temporary folder that only this user can read.
pub(crate) struct Folder {
    /// `None` once the folder is to be kept, or is gone.
    folder: Option<TempDir>,
    path: std::path::PathBuf,
}

impl Folder {
    pub(crate) fn new(name: &str) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("medaxis-{name}-"))
            .tempdir()
            .context("cannot make a temporary folder")?;
        Ok(Self {
            path: folder.path().to_owned(),
            folder: Some(folder),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the folder where it is when this value is dropped.
    pub(crate) fn keep(&mut self) {
        if let Some(folder) = self.folder.take() {
            let _ = folder.keep();
            eprintln!("harness: logs and data kept in {}", self.path.display());
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking()
            || std::env::var("MEDAXIS_KEEP_LOGS").is_ok_and(|keep| keep == "1")
        {
            self.keep();
        }
    }
}
