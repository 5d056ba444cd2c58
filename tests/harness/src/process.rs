//! IO: one child process with its log, and waiting for what it does.
//!
//! A child leads its own process group, so that it and its own children are signalled together
//! and a Ctrl-C in the terminal does not reach them. A *guard* beside it, a shell waiting on a
//! pipe from this process, kills the group when this process ends without a farewell, as it does
//! when it is killed itself.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, kill_process_group};

pub use rustix::process::Signal;

const POLL: Duration = Duration::from_millis(20);

/// Asks `probe` until it gives a value; `what` is what is waited for, as in "the first alert".
///
/// # Errors
/// When `within` has passed, and at once when `probe` fails.
#[expect(clippy::disallowed_methods, reason = "edge: a deadline needs a clock")]
pub fn wait_for<T>(
    within: Duration,
    what: &str,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = probe().with_context(|| format!("waiting for {what}"))? {
            return Ok(value);
        }
        if started.elapsed() > within {
            bail!("waited {within:?} in vain for {what}");
        }
        std::thread::sleep(POLL);
    }
}

/// A running child process; killed with all its own children when it is dropped.
pub struct Process {
    child: Child,
    /// The write end of the child's standard input; closed to ask it to end, if it listens there.
    input: Option<ChildStdin>,
    guard: Child,
    log: PathBuf,
    log_start: u64,
}

impl Process {
    /// Starts `command` with its output appended to `log`.
    ///
    /// # Errors
    /// When the program or the log cannot be opened.
    pub fn spawn(command: &mut Command, log: &Path) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| format!("cannot open {}", log.display()))?;
        let log_start = file.metadata()?.len();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let guard = match guard(child.id()) {
            Ok(guard) => guard,
            Err(error) => {
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
        };
        Ok(Self {
            input: child.stdin.take(),
            child,
            guard,
            log: log.to_owned(),
            log_start,
        })
    }

    /// The process id, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed since it was started.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.log_start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends a signal to the process and its own children; none if it has ended, since its id may
    /// be another's by now.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        if self.ended()?.is_none() {
            kill_process_group(group(&self.child), signal)?;
        }
        Ok(())
    }

    /// Closes its standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it is still running after `within`.
    pub fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        wait_for(within, "the end of a process", || self.ended())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The group outlives its leader while it has members, and its id is not given to another
        // before the leader is waited for: kill first, then wait. Nothing is left to do on errors.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = kill_process_group(group(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
        // A guard that is killed does not kill.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

fn group(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Reads a pipe on which nothing is ever written: its end is this process's end.
fn guard(group: u32) -> Result<Child> {
    Command::new("sh")
        .args([
            "-c",
            "read -r _; kill -s KILL -- -\"$1\"",
            "guard",
            &group.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start sh, which guards a server")
}
