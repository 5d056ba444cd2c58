//! A board that measures: how long after a bed changed did its frame arrive?

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use events::time::Clock;
use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;

/// Real milliseconds from change to frame, of every bed that changed.
pub(super) type Latencies = Arc<Mutex<Vec<i64>>>;

#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    beds: Vec<Bed>,
}

#[derive(Deserialize)]
struct Bed {
    occupied_since_ms: i64,
}

/// Watches a board's frames until it is dropped or the server ends. What
/// changed before `since` is not counted.
pub(super) async fn watch(
    url: String,
    clock: Clock,
    speed: f64,
    since: i64,
    latencies: Latencies,
) -> anyhow::Result<()> {
    let (mut socket, _) = tokio_tungstenite::connect_async(&url)
        .await
        .context("the probe's board")?;
    let mut newest = since;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let now = clock().0;
        let frame: Frame = serde_json::from_str(text.as_str())?;
        if frame.kind != "delta" {
            continue;
        }
        for bed in frame
            .beds
            .iter()
            .filter(|bed| bed.occupied_since_ms > since)
        {
            // A bed is said again with each heartbeat: only what is new counts.
            if bed.occupied_since_ms > newest {
                newest = bed.occupied_since_ms;
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    reason = "some minutes in ms"
                )]
                let took = ((now - bed.occupied_since_ms) as f64 / speed) as i64;
                latencies
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(took);
            }
        }
    }
    Ok(())
}
