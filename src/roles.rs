//! What a process does of all that a node can do: one binary, and any number of
//! processes that share nothing but the log.

use clap::ValueEnum;

/// A part that can run in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// MQTT, facts over HTTP, and the ticker.
    Gateway,
    /// The fold, and its snapshots.
    Processor,
    /// Every input lane into the object store.
    Archive,
    /// History into ClickHouse.
    Clickhouse,
    /// Live boards, and answers from ClickHouse.
    Board,
    /// Alerts to the endpoints of the configuration.
    Webhook,
}

/// The parts of one process.
#[derive(Clone, Debug)]
pub(crate) struct Roles(Vec<Role>);

impl Roles {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self(Role::value_variants().to_vec())
    }

    /// Those that were named; all when none was.
    pub(crate) fn of(named: Vec<Role>) -> Self {
        if named.is_empty() {
            return Self::all();
        }
        Self(named)
    }

    /// Whether this part is among them.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}
