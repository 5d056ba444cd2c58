//! Where the engine's library lies.

use std::path::{Path, PathBuf};

/// The path of the library below the cache, where `deploy/fetch-libchdb.sh` puts it.
const IN_CACHE: &str = "chdb/26.7.3-stable.1/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so";

/// There is no library where it should be.
#[derive(Debug, thiserror::Error)]
#[error("no ClickHouse engine at {}: run deploy/fetch-libchdb.sh, or name one in MEDAXIS_LIBCHDB", .0.display())]
pub struct LibraryMissing(PathBuf);

/// The library named by `MEDAXIS_LIBCHDB`, else the one in the cache: `MEDAXIS_CACHE`, or `.cache`
/// in `root`, the folder that holds `deploy/`.
pub fn locate(root: &Path) -> Result<PathBuf, LibraryMissing> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let library = named("MEDAXIS_LIBCHDB").map_or_else(
        || {
            root.join(named("MEDAXIS_CACHE").unwrap_or(".cache".into()))
                .join(IN_CACHE)
        },
        PathBuf::from,
    );
    if library.is_file() {
        Ok(library)
    } else {
        Err(LibraryMissing(library))
    }
}
