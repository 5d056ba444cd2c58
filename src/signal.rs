//! When the process is asked to end: Ctrl-C, or SIGTERM from whoever supervises it.

use tokio::signal::unix::{SignalKind, signal};

/// Comes back when the process should end.
pub(crate) async fn asked_to_end() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
