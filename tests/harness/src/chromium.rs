//! Finds the browser that the board's tests are driven with.

use std::path::PathBuf;

use anyhow::Result;

/// The path of Chromium; as root, Debian's package is installed when it is missing.
///
/// # Errors
/// When it is missing and cannot be installed: the text says what to do.
pub fn path() -> Result<PathBuf> {
    crate::project::program("chromium", "chromium")
}
