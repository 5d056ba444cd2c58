//! Keeps one engine process running, from the side of its parent.
//!
//! It promises one URL for its whole life: when the process dies it is started again on the same
//! port and data, with a growing pause, and what was acknowledged is still there. Meanwhile clients
//! get "connection refused" and try again. The process never outlives its supervisor.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::serve::GRACE;

/// Loading the library takes up to a second, opening many tables more.
const START: Duration = Duration::from_secs(60);

/// Which process to run and on what.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// The program that calls [`crate::serve`].
    pub program: PathBuf,
    /// Its first arguments; `--lib`, `--data` and `--listen` follow them.
    pub arguments: Vec<OsString>,
    /// The path of `libchdb.so`.
    pub library: PathBuf,
    /// The folder of the data.
    pub data: PathBuf,
    /// Where it listens. With port 0 the first start takes a free port, and that one stays.
    pub listen: SocketAddr,
}

impl SupervisorOptions {
    /// Runs this very program with `subcommand`, on a free port.
    pub fn this_program(
        subcommand: &str,
        library: PathBuf,
        data: PathBuf,
    ) -> std::io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            arguments: vec![subcommand.into()],
            library,
            data,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
        })
    }
}

/// Why the engine process is not there.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The program cannot be started.
    #[error("cannot start {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It ended instead of listening; its reason is on stderr.
    #[error("the clickhouse engine ended before it listened ({0}); its own message says why")]
    Ended(ExitStatus),
    /// It was not ready in time, and was killed.
    #[error("the clickhouse engine did not listen within {} s", START.as_secs())]
    Slow,
    /// Its pipe broke, or it said something else than its address.
    #[error("the clickhouse engine did not say where it listens")]
    Silent,
}

/// A running engine process that is started again when it dies. Dropping it kills the process;
/// [`Supervisor::shutdown`] lets it end by itself.
#[derive(Debug)]
pub struct Supervisor {
    address: SocketAddr,
    process: watch::Receiver<Option<u32>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts the process and returns when it answers.
    pub async fn start(mut options: SupervisorOptions) -> Result<Self, SupervisorError> {
        let engine = EngineProcess::start(&options).await?;
        options.listen = engine.address;
        let (seen, process) = watch::channel(engine.child.id());
        let (stop, stopped) = oneshot::channel();
        let address = engine.address;
        let task = tokio::spawn(keep_running(engine, options, seen, stopped));
        Ok(Self {
            address,
            process,
            stop: Some(stop),
            task,
        })
    }

    /// Where the HTTP interface is, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The id of the process; `None` while it is being started again.
    pub fn process_id(&self) -> Option<u32> {
        *self.process.borrow()
    }

    /// Ends the process: gives its statements a few seconds, then kills it.
    pub async fn shutdown(mut self) {
        self.stop = None;
        // An error means that the task has been aborted or has panicked: the process is dead then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The task owns the process, which is killed by its id when its handle is dropped.
        self.task.abort();
    }
}

/// Ends when `stop` is dropped.
async fn keep_running(
    mut engine: EngineProcess,
    options: SupervisorOptions,
    seen: watch::Sender<Option<u32>>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut pause = Pause::default();
    loop {
        let started = Instant::now();
        let status = tokio::select! {
            _ = &mut stop => return engine.end().await,
            status = engine.child.wait() => status.ok(),
        };
        seen.send_replace(None);
        tracing::error!(?status, "clickhouse engine died, starting it again");
        let mut ran = started.elapsed();
        engine = loop {
            let again = async {
                sleep(pause.after(ran)).await;
                EngineProcess::start(&options).await
            };
            let start = tokio::select! {
                _ = &mut stop => return,
                start = again => start,
            };
            match start {
                Ok(engine) => break engine,
                Err(error) => tracing::error!(%error, "clickhouse engine does not start"),
            }
            ran = Duration::ZERO;
        };
        seen.send_replace(engine.child.id());
        tracing::info!(address = %engine.address, "clickhouse engine is back");
    }
}

/// The pause before the next start: 100 ms, doubled to 10 s at most, and short again after a run
/// of a minute. So a process that cannot live is started six times a minute in the long run.
#[derive(Debug, Default)]
struct Pause {
    doublings: u32,
}

impl Pause {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);
    const STEADY: Duration = Duration::from_secs(60);

    fn after(&mut self, ran: Duration) -> Duration {
        if ran >= Self::STEADY {
            self.doublings = 0;
        }
        let pause = Self::FIRST * 2_u32.pow(self.doublings);
        self.doublings = (self.doublings + 1).min(7);
        pause.min(Self::LONGEST)
    }
}

struct EngineProcess {
    child: Child,
    // Its other end is the life of the process: see `serve`.
    lifeline: ChildStdin,
    address: SocketAddr,
}

impl EngineProcess {
    async fn start(options: &SupervisorOptions) -> Result<Self, SupervisorError> {
        let failed = |source| SupervisorError::Spawn {
            program: options.program.clone(),
            source,
        };
        let mut child = Command::new(&options.program)
            .args(&options.arguments)
            .arg("--lib")
            .arg(&options.library)
            .arg("--data")
            .arg(&options.data)
            .args(["--listen", &options.listen.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let lifeline = child.stdin.take().expect("stdin is piped");
        match timeout(START, read_address(&mut child)).await {
            Err(_) => Err(SupervisorError::Slow),
            Ok(Some(address)) => Ok(Self {
                child,
                lifeline,
                address,
            }),
            Ok(None) => match timeout(GRACE, child.wait()).await {
                Ok(Ok(status)) => Err(SupervisorError::Ended(status)),
                _ => Err(SupervisorError::Silent),
            },
        }
    }

    async fn end(self) {
        let Self {
            mut child,
            lifeline,
            ..
        } = self;
        drop(lifeline);
        if timeout(GRACE * 3, child.wait()).await.is_err() {
            tracing::warn!("clickhouse engine does not end, killing it");
            // Waits for its end too. It fails only when the process has ended by itself.
            let _ = child.kill().await;
        }
    }
}

async fn read_address(child: &mut Child) -> Option<SocketAddr> {
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).await.ok()?;
    // The process must never block on a full pipe, whatever the library may print.
    tokio::spawn(async move { tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await });
    line.trim_end().strip_prefix("listening ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_bound_and_shrinks_after_a_steady_run() {
        let mut pause = Pause::default();
        let mut millis = |ran| pause.after(Duration::from_secs(ran)).as_millis();
        let short: Vec<_> = (0..9).map(|_| millis(1)).collect();
        assert_eq!(
            short,
            [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
        );
        assert_eq!(millis(60), 100);
    }
}
