//! A server as a child process: where it listens, what it uses.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::ops::Sub;
use std::process::{ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Clock ticks of a second in `/proc`, on every Linux that there is.
const TICKS: u64 = 100;

pub(crate) struct Child {
    pub(crate) address: SocketAddr,
    process: std::process::Child,
    /// What it is told to begin with.
    mouth: ChildStdin,
}

/// CPU time, of the program and of the kernel for it, in clock ticks.
#[derive(Clone, Copy)]
pub(crate) struct Used(u64);

impl Used {
    pub(crate) fn seconds(self) -> f64 {
        self.0 as f64 / TICKS as f64
    }
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self(self.0 - before.0)
    }
}

/// Waits until the parent says that everybody is there.
pub(crate) async fn all_are_there() -> Result<()> {
    let heard = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    heard.await??;
    Ok(())
}

/// Tells the parent where this process listens.
pub(crate) fn say(address: SocketAddr) {
    println!("{address}");
    // A parent that does not hear it is gone.
    let _ = std::io::stdout().flush();
}

impl Child {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        let mouth = process.stdin.take().context("it hears nothing")?;
        let said = process.stdout.take().context("it says nothing")?;
        BufReader::new(said).read_line(&mut line)?;
        let address = line.trim().parse().context("it does not listen")?;
        Ok(Self {
            address,
            process,
            mouth,
        })
    }

    /// Everybody is there: it may begin.
    pub(crate) fn begin(&mut self) -> Result<()> {
        Ok(self.mouth.write_all(b"\n")?)
    }

    pub(crate) fn used(&self) -> Result<Used> {
        let stat = self.proc("stat")?;
        // What stands before the last bracket is its name.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let (user, system) = number(11).zip(number(12)).context("no times")?;
        Ok(Used(user + system))
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.context("no memory")?.parse::<u64>()? * 1024)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        Ok(std::fs::read_to_string(path)?)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It is gone already if it ended with an error, which it has printed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
