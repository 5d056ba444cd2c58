//! The child process: boots the engine, serves it over HTTP, and ends with its parent.
//!
//! The parent holds the other end of this process's stdin. When that closes, because the parent
//! wants it or because it is gone (`kill -9` included), this process ends; so it does on SIGTERM
//! and SIGINT. What a client was told is stored stays stored.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::engine::{Engine, EngineError};
use crate::http::{self, Limits};

/// How long statements may go on after the end was asked for.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// What the child process is told.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The path of `libchdb.so`.
    pub library: PathBuf,
    /// The folder of the data; created when it is not there. One process for a folder.
    pub data: PathBuf,
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The bounds of the HTTP interface.
    pub limits: Limits,
}

/// Why the child process cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Anyone who reaches the port may read and write everything.
    #[error("the engine has no passwords, so it listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// A folder or the port cannot be used.
    #[error("cannot use {what}")]
    Io {
        /// The folder or the address.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Two engines on one folder would destroy it.
    #[error("the data folder {} is in use by another engine", .0.display())]
    InUse(PathBuf),
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Serves until stdin closes or a signal asks for the end. When it is ready it prints one line,
/// `listening 127.0.0.1:PORT`, and nothing else on stdout. It changes the working directory of the
/// process and never lets the library go: for a process of its own.
pub fn serve(options: ServeOptions) -> Result<(), ServeError> {
    if !options.listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(options.listen));
    }
    let data = absolute(&options.data)?;
    // Held to the end of the process, however it ends.
    let _lock = lock(&data)?;
    let engine = boot(&options.library, &data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(options.limits.statements)
        .enable_all()
        .build()
        .map_err(failed("the threads"))?;
    let served = runtime.block_on(listen(engine, options));
    runtime.shutdown_timeout(GRACE);
    served
}

/// Takes the data folder for this process; it is created when it is not there.
fn lock(data: &Path) -> Result<File, ServeError> {
    std::fs::create_dir_all(data).map_err(failed(data.display()))?;
    let path = data.join("lock");
    let file = File::create(&path).map_err(failed(path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServeError::InUse(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(path.display())(source)),
    }
}

/// The engine loads `./config.xml`, so it starts in a folder where nobody puts one.
fn boot(library: &Path, data: &Path) -> Result<Engine, ServeError> {
    let library = absolute(library)?;
    let (tables, working) = (data.join("tables"), data.join("working"));
    for folder in [&tables, &working] {
        std::fs::create_dir_all(folder).map_err(failed(folder.display()))?;
    }
    std::env::set_current_dir(&working).map_err(failed(working.display()))?;
    Ok(Engine::start(&library, &tables)?)
}

async fn listen(engine: Engine, options: ServeOptions) -> Result<(), ServeError> {
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(failed(options.listen))?;
    let address = listener.local_addr().map_err(failed(options.listen))?;
    let end = end_asked_for().map_err(failed("the signals"))?;
    let (ending, mut ended) = watch::channel(());
    let server = axum::serve(listener, http::router(engine, options.limits))
        .with_graceful_shutdown(async move {
            end.await;
            ending.send_replace(());
        })
        .into_future();
    // A parent that cannot read this is gone, and then stdin is closed too.
    let _ = writeln!(std::io::stdout(), "listening {address}");
    tokio::select! {
        served = server => served.map_err(failed(address)),
        () = async {
            // Fails when the server has ended, which the other branch sees.
            let _ = ended.changed().await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

/// Ends when stdin does, or with a signal that asks for it.
fn end_asked_for() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (closed, stdin_closed) = oneshot::channel();
    // A thread of its own: a read of stdin cannot be cancelled, and the runtime would wait for it.
    std::thread::Builder::new()
        .name("stdin".into())
        .spawn(move || {
            // What arrives has no meaning; an error is an end as well.
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = closed.send(());
        })?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = stdin_closed => {}
        }
    })
}

fn absolute(path: &Path) -> Result<PathBuf, ServeError> {
    std::path::absolute(path).map_err(failed(path.display()))
}

fn failed(what: impl ToString) -> impl FnOnce(std::io::Error) -> ServeError {
    move |source| ServeError::Io {
        what: what.to_string(),
        source,
    }
}
