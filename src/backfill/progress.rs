//! A bar on a terminal, while somebody waits; nothing where nobody looks.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How often a bar is looked at.
const EVERY: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: usize = 40;

/// How far something is.
pub(super) struct Progress {
    what: &'static str,
    all: u64,
    shown: Option<u64>,
    is_seen: bool,
}

impl Progress {
    /// Of something that is done at `all`.
    pub(super) fn new(what: &'static str, all: u64) -> Self {
        Self {
            what,
            all: all.max(1),
            shown: None,
            is_seen: stderr().is_terminal(),
        }
    }

    /// It is so far.
    pub(super) fn at(&mut self, so_far: u64) {
        let percent = so_far.min(self.all) * 100 / self.all;
        if self.is_seen && self.shown != Some(percent) {
            self.shown = Some(percent);
            let bar = bar(percent);
            // Whoever closes the terminal does not want to see it.
            let _ = write!(stderr(), "\r{:<8} [{bar}] {percent:>3} %", self.what);
        }
    }

    /// It is done.
    pub(super) fn end(mut self) {
        self.at(self.all);
        if self.is_seen {
            let _ = writeln!(stderr());
        }
    }

    /// Waits for something that runs on a thread of its own, and shows how far it is.
    pub(super) async fn watch<T>(
        mut self,
        mut running: JoinHandle<T>,
        so_far: impl Fn() -> u64,
    ) -> anyhow::Result<T> {
        let mut looks = interval(EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let result = loop {
            tokio::select! {
                result = &mut running => break result?,
                _ = looks.tick() => self.at(so_far()),
            }
        };
        self.end();
        Ok(result)
    }
}

fn bar(percent: u64) -> String {
    let full = usize::try_from(percent).unwrap_or(0) * WIDTH / 100;
    "#".repeat(full) + &".".repeat(WIDTH - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_it_says() {
        assert_eq!(bar(0), ".".repeat(40));
        assert_eq!(bar(50), format!("{}{}", "#".repeat(20), ".".repeat(20)));
        assert_eq!(bar(100), "#".repeat(40));
    }
}
