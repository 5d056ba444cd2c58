//! A loopback port that stays ours until it is dropped, also while its server is down.
//!
//! Asking the system for port 0 would not do: a port that a stopped server leaves behind could be
//! given to anyone before it starts again. Ports are therefore taken from below 32768, where Linux
//! begins to hand them out by itself, and marked as taken with a locked file, which the system
//! unlocks when the process ends, however it ends.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result};

const RANGE: std::ops::Range<u16> = 21_000..29_000;

/// A port of 127.0.0.1 that no other harness on this machine uses.
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a port on which nobody listens.
    ///
    /// # Errors
    /// None is left.
    pub fn reserve() -> Result<Self> {
        let locks = std::env::temp_dir().join("medaxis-ports");
        fs::create_dir_all(&locks).with_context(|| format!("cannot make {}", locks.display()))?;
        // Each process begins elsewhere, so that they rarely try the same port.
        let size = RANGE.len() as u32;
        let first = std::process::id().wrapping_mul(97) % size;
        for step in 0..size {
            let number = RANGE.start + ((first + step) % size) as u16;
            let lock = File::create(locks.join(number.to_string()))?;
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Ok(Self {
                    number,
                    _lock: lock,
                });
            }
        }
        anyhow::bail!("no free port in {RANGE:?}")
    }

    /// Where its server listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}
