//! One process of a node: a part with a role of its own, a port that it keeps, and a log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::port::Port;
use harness::process::{Process, Signal};
use harness::wait_for;

use crate::program::between;
use crate::watch::metrics;

/// Until a part is ready, on a machine that is busy with the other tests.
const READY: Duration = Duration::from_secs(180);

/// A part, running or not.
pub(crate) struct Part {
    name: &'static str,
    port: Port,
    config: PathBuf,
    log: PathBuf,
    command: Box<dyn Fn() -> Command>,
    process: Option<Process>,
}

impl Part {
    /// A part whose configuration is `text` with its own address before it.
    pub(crate) fn new(
        name: &'static str,
        folder: &Path,
        text: &str,
        command: impl Fn() -> Command + 'static,
    ) -> Self {
        let port = Port::reserve().unwrap();
        let config = folder.join(format!("{name}.toml"));
        let listen = format!("[server]\nlisten = \"{}\"\n", port.address());
        std::fs::write(&config, listen + text).unwrap();
        Self {
            name,
            port,
            config,
            log: folder.join(format!("{name}.log")),
            command: Box::new(command),
            process: None,
        }
    }

    /// Where it is reached.
    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> &Path {
        &self.config
    }

    /// Starts it, and waits for nothing.
    pub(crate) fn starts(&mut self) {
        let mut command = (self.command)();
        command.arg("--config").arg(&self.config);
        self.process = Some(Process::spawn(&mut command, &self.log).unwrap());
    }

    /// Starts it, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.starts();
        self.is_ready();
    }

    /// Waits until it is ready.
    #[track_caller]
    pub(crate) fn is_ready(&mut self) {
        let name = self.name;
        let ready = wait_for(READY, name, || {
            anyhow::ensure!(self.process().ended()?.is_none(), "{name} has ended");
            let ready = between::<SocketAddr>(&self.said(), "board=", "\n");
            Ok(ready)
        });
        ready.unwrap_or_else(|error| panic!("{error:#}\n{}", self.said()));
    }

    /// Kills it, as the power would.
    pub(crate) fn kill(&mut self) {
        drop(self.process.take());
    }

    /// Freezes it, or lets it go on.
    pub(crate) fn signal(&mut self, signal: Signal) {
        self.process().signal(signal).unwrap();
    }

    /// Ends it as an operator does; it ends well.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        self.signal(Signal::TERM);
        let ended = self.process().wait(READY).unwrap();
        assert!(ended.success(), "{}: {ended}\n{}", self.name, self.said());
        self.process = None;
    }

    /// Waits until it has ended by itself, with these words.
    #[track_caller]
    pub(crate) fn fails(&mut self, words: &str) {
        let ended = self.process().wait(READY);
        let said = self.said();
        let ended = ended.unwrap_or_else(|error| panic!("{}: {error:#}\n{said}", self.name));
        assert!(!ended.success() && said.contains(words), "{said}");
        self.process = None;
    }

    /// It still runs, and has never seen an epoch that is not what it was.
    #[track_caller]
    pub(crate) fn is_well(&mut self) {
        let ended = self.process().ended().unwrap();
        assert!(
            ended.is_none(),
            "{} has ended: {ended:?}\n{}",
            self.name,
            self.said()
        );
        let all = std::fs::read_to_string(&self.log).unwrap();
        let violation = all
            .lines()
            .find(|line| line.contains("determinism_violation"));
        assert_eq!(violation, None, "{}", self.name);
    }

    /// Its numbers, by name with labels.
    pub(crate) fn metrics(&self) -> BTreeMap<String, u64> {
        metrics(self.address()).unwrap_or_default()
    }

    /// Waits until one of its numbers is more than `than`.
    #[track_caller]
    pub(crate) fn counts_more(&self, name: &str, than: u64) {
        let counted = wait_for(READY, name, || {
            let number = self.metrics().get(name).copied();
            Ok(number.filter(|number| *number > than))
        });
        counted.unwrap_or_else(|error| panic!("{}: {error:#}\n{}", self.name, self.said()));
    }

    /// What it has said since it was started.
    pub(crate) fn said(&self) -> String {
        let process = self.process.as_ref();
        process.map_or_else(String::new, |process| process.log().unwrap())
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("it was started")
    }
}
