//! IO: where things are kept, as the configuration names it.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

/// Why a place can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// It can't be made.
    #[error("{place}: the folder can't be made: {error}")]
    Folder {
        /// The folder.
        place: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is none that we know, or its settings are wrong.
    #[error("{place}: {error}")]
    Refused {
        /// As it was named.
        place: String,
        /// Why.
        error: object_store::Error,
    },
}

/// A folder, made when it is missing. What was written is on the disk when the
/// write comes back.
///
/// # Errors
/// The folder can't be made.
pub fn folder(path: &Path) -> Result<Arc<dyn ObjectStore>, LocationError> {
    let place = || path.display().to_string();
    std::fs::create_dir_all(path).map_err(|error| LocationError::Folder {
        place: place(),
        error,
    })?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|error| LocationError::Refused {
        place: place(),
        error,
    })?;
    Ok(Arc::new(
        store.with_fsync(true).with_automatic_cleanup(true),
    ))
}
