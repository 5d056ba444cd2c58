//! A board that measures: how long after a bed changed did its frame arrive?

use std::collections::BTreeMap;
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
    place: Place,
    occupied_since_ms: i64,
    clean_since_ms: i64,
}

#[derive(Clone, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    ward: String,
    bed: Option<String>,
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
    let mut newest: BTreeMap<Place, i64> = BTreeMap::new();
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let now = clock().0;
        let frame: Frame = serde_json::from_str(text.as_str())?;
        if frame.kind != "delta" {
            continue;
        }
        for bed in frame.beds {
            // A bed is said again with each heartbeat: only what is new counts.
            let changed = bed.occupied_since_ms.max(bed.clean_since_ms);
            let before = newest.insert(bed.place, changed).unwrap_or(since);
            if changed > before.max(since) {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    reason = "some minutes in ms"
                )]
                let took = ((now - changed) as f64 / speed) as i64;
                latencies
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(took);
            }
        }
    }
    Ok(())
}
