//! Starts the real servers that the tests talk to: Apache Kafka, Mosquitto, an S3 server and the
//! ClickHouse engine, each on a free loopback port with its data in a temporary folder.
//!
//! ```no_run
//! let mut kafka = harness::kafka::start(harness::kafka::Access::Open)?;
//! println!("bootstrap.servers={}", kafka.address());
//! kafka.kill()?;    // SIGKILL: a power cut
//! kafka.restart()?; // the same port, the same data
//! # anyhow::Ok(())
//! ```
//!
//! Promises: a [`Server`] answers when `start` returns, and is gone when it is dropped, also when
//! the test panics, and when the test itself is killed. Nothing is stopped but what was started
//! here. The folder of a server, with its log, is deleted with it; it is kept and its path printed
//! when the test panics, or always with `MEDAXIS_KEEP_LOGS=1`.

pub mod access;
pub mod certificates;
pub mod chromium;
pub mod clickhouse;
pub mod kafka;
pub mod mosquitto;
pub mod port;
pub mod process;
pub mod s3;

mod folder;
mod project;
mod server;

pub use process::wait_for;
pub use server::Server;

/// A user name and a password that a server is to ask for. Only letters and digits, please: they
/// are pasted into the servers' own configuration formats.
#[derive(Clone)]
pub struct Login {
    /// Whom the server lets in.
    pub user: String,
    /// What it asks for; lives for one test.
    pub password: String,
}

impl Login {
    /// A login from its two words.
    pub fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }
}
