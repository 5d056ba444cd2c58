//! A real server under test: started, stopped, cut off and started again with the same data.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::folder::Folder;
use crate::port::Port;
use crate::process::{Process, wait_for};

/// Long enough for a machine that compiles at the same time.
const START: Duration = Duration::from_secs(180);
const STOP: Duration = Duration::from_secs(30);

/// A server that answers on a loopback port which is its own until it is dropped.
pub struct Server {
    // Dropped in this order: the folder and the ports outlive the process that uses them.
    process: Option<Process>,
    recipe: Recipe,
    folder: Folder,
    ports: Vec<Port>,
}

/// How a kind of server is run.
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// Whether it answers at its address, given also what it has printed since its start.
    pub(crate) ready: fn(SocketAddr, &str) -> bool,
    pub(crate) farewell: Farewell,
}

/// What makes a server end in good order.
pub(crate) enum Farewell {
    /// SIGTERM.
    Terminate,
    /// The end of its standard input.
    CloseInput,
}

impl Server {
    /// Starts a server in `folder`; clients reach it at the first of `ports`.
    pub(crate) fn start(recipe: Recipe, folder: Folder, ports: Vec<Port>) -> Result<Self> {
        let mut server = Self {
            process: None,
            recipe,
            folder,
            ports,
        };
        server.restart()?;
        Ok(server)
    }

    /// Where it listens; the same after a restart.
    pub fn address(&self) -> SocketAddr {
        self.ports
            .first()
            .expect("a server is started with a port")
            .address()
    }

    /// Its folder, with its configuration, data and log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything it has printed, over all starts.
    pub fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Its process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Starts it again on the same port with the same data, and waits until it answers. One that
    /// still runs is stopped first.
    ///
    /// # Errors
    /// When it ends or does not answer in time: with the end of its log, and its folder is kept.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        let mut command = Command::new(&self.recipe.program);
        command
            .args(&self.recipe.args)
            .current_dir(self.folder.path());
        let mut process = Process::spawn(&mut command, &self.log_file())?;
        let (address, ready) = (self.address(), self.recipe.ready);
        let started = wait_for(START, self.recipe.name, || {
            if let Some(status) = process.ended()? {
                bail!("it ended with {status}");
            }
            Ok(ready(address, &process.log()?).then_some(()))
        });
        if let Err(error) = started {
            let log = process.log()?;
            self.folder.keep();
            return Err(error.context(format!(
                "{} does not start\nits folder is kept: {}\nits log ends:\n{}",
                self.recipe.name,
                self.folder.path().display(),
                last_lines(&log)
            )));
        }
        self.process = Some(process);
        Ok(())
    }

    /// Lets it end in good order. Nothing happens when it does not run.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        // A paused process would not hear the farewell.
        process.signal(Signal::CONT)?;
        match self.recipe.farewell {
            Farewell::Terminate => process.signal(Signal::TERM)?,
            Farewell::CloseInput => process.close_input(),
        }
        process
            .wait(STOP)
            .with_context(|| format!("stopping {}", self.recipe.name))?;
        Ok(())
    }

    /// Ends it with SIGKILL, as a power cut would.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        process.signal(Signal::KILL)?;
        process.wait(STOP)?;
        Ok(())
    }

    /// Freezes it with SIGSTOP: connections stay open, nothing answers.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn pause(&mut self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn resume(&mut self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&mut self, signal: Signal) -> Result<()> {
        let process = self.process.as_mut();
        process
            .with_context(|| format!("{} does not run", self.recipe.name))?
            .signal(signal)
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
