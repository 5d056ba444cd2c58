//! IO: the ClickHouse engine, a child process that loads `libchdb.so` and speaks ClickHouse's
//! HTTP interface.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::folder::Folder;
use crate::port::Port;
use crate::project;
use crate::server::{Farewell, Recipe, Server};

/// Starts the engine of the `medaxis` binary that `MEDAXIS_BIN` names.
///
/// # Errors
/// When the variable is not set, the library cannot be fetched or the engine does not answer.
pub fn start_medaxis() -> Result<Server> {
    let program = std::env::var_os("MEDAXIS_BIN")
        .context("MEDAXIS_BIN must name the medaxis binary, which holds the ClickHouse engine")?;
    start(Path::new(&program), &["clickhouse-engine"], &library()?)
}

/// Starts `program` with `args_prefix` before the engine's own arguments.
///
/// # Errors
/// When the engine does not answer.
pub fn start(program: &Path, args_prefix: &[&str], library: &Path) -> Result<Server> {
    let folder = Folder::new("clickhouse")?;
    let port = Port::reserve()?;
    let mut args: Vec<OsString> = args_prefix.iter().map(OsString::from).collect();
    args.extend(["--lib".into(), library.into()]);
    args.extend(["--data".into(), folder.path().join("data").into()]);
    args.extend(["--listen".into(), port.address().to_string().into()]);
    let recipe = Recipe {
        name: "the ClickHouse engine",
        program: fs::canonicalize(program)
            .with_context(|| format!("{} is missing", program.display()))?,
        args,
        ready: |address, _log| ping(address).is_ok_and(|answer| answer.ends_with("Ok.\n")),
        farewell: Farewell::CloseInput,
    };
    Server::start(recipe, folder, vec![port])
}

/// The path of `libchdb.so`: `MEDAXIS_LIBCHDB`, or fetched into the cache by
/// `deploy/fetch-libchdb.sh` (once, 180 MB).
///
/// # Errors
/// When it cannot be fetched: the text says why.
pub fn library() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("MEDAXIS_LIBCHDB") {
        return Ok(path.into());
    }
    let _lock = project::only_one("fetch-libchdb")?;
    let printed = project::run(&mut Command::new(
        project::root().join("deploy/fetch-libchdb.sh"),
    ))?;
    printed
        .lines()
        .last()
        .map(PathBuf::from)
        .context("deploy/fetch-libchdb.sh has printed no path")
}

fn ping(address: SocketAddr) -> std::io::Result<String> {
    let patience = Duration::from_secs(1);
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    write!(
        stream,
        "GET /ping HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
