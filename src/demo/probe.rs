//! A board that measures: how long after a bed's change was published did its
//! frame arrive?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use events::fact::What;
use events::place::{BedKey, Place as BedPlace};
use events::sensor;
use events::time::{CellTime, Clock};
use events::topic;
use futures_util::StreamExt as _;
use serde::Deserialize;
use simulators::delivery::{Delivery, Message};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Changes that are under way to the board: the oldest is given up beyond.
const UNDER_WAY_MAX: usize = 10_000;

/// A bed and the time since when it is as it is.
type Change = (BedKey, i64);

/// What was published and what was seen of it.
#[derive(Default)]
pub(super) struct Probe(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// When each change was published, in cell time.
    published: BTreeMap<Change, i64>,
    /// Real milliseconds from publish to frame.
    latencies: Vec<i64>,
}

impl Probe {
    /// Notes what a message says of beds. It is published at the time at which it
    /// is due: a player that is behind counts as latency.
    pub(super) fn published(&self, delivery: &Delivery) {
        let mut seen = self.lock();
        for change in changes(delivery) {
            seen.published.entry(change).or_insert(delivery.at_ms);
            if seen.published.len() > UNDER_WAY_MAX {
                seen.published.pop_first();
            }
        }
    }

    /// What was measured, shortest first.
    pub(super) fn latencies(&self) -> Vec<i64> {
        let mut latencies = self.lock().latencies.clone();
        latencies.sort_unstable();
        latencies
    }

    fn shown(&self, change: &Change, now: CellTime, speed: f64) {
        let mut seen = self.lock();
        if let Some(at_ms) = seen.published.remove(change) {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "some minutes in ms"
            )]
            let took = ((now.0 - at_ms) as f64 / speed) as i64;
            seen.latencies.push(took);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beds that a message changes, if it is the newest that is said of them.
fn changes(delivery: &Delivery) -> Vec<Change> {
    let change = |place: &BedPlace, at: i64| place.bed_key().map(|bed| (bed, at));
    match &delivery.told {
        Message::Payload { topic, bytes } => {
            let Ok((path, stream)) = topic::parse_mqtt(topic) else {
                return Vec::new();
            };
            let readings = sensor::parse(stream, bytes, CellTime(delivery.at_ms));
            let readings = readings.unwrap_or_default();
            let changes = readings.iter().filter_map(|r| change(&path.place, r.at.0));
            changes.collect()
        }
        Message::Http { told, .. } => {
            let of_bed = |fact: &events::fact::Fact| match &fact.what {
                What::Bed { place, .. } => change(place, fact.at.0),
                _ => None,
            };
            told.facts.iter().filter_map(of_bed).collect()
        }
    }
}

#[derive(Deserialize)]
struct Shown {
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

#[derive(Deserialize)]
struct Place {
    ward: String,
    bed: Option<String>,
}

/// Watches a board's frames until it is dropped or the server ends.
pub(super) async fn watch(
    url: String,
    token: String,
    clock: Clock,
    speed: f64,
    probe: Arc<Probe>,
) -> anyhow::Result<()> {
    let mut opening = url.into_client_request()?;
    let bearer = format!("Bearer {token}").parse()?;
    opening.headers_mut().insert("authorization", bearer);
    let (mut socket, _) = tokio_tungstenite::connect_async(opening)
        .await
        .context("the probe's board")?;
    while let Some(message) = socket.next().await {
        let Frame::Text(text) = message? else {
            continue;
        };
        let now = clock();
        let frame: Shown = serde_json::from_str(text.as_str())?;
        if frame.kind != "delta" {
            continue;
        }
        for bed in frame.beds {
            let Some(key) = key(&bed.place) else { continue };
            for since in [bed.occupied_since_ms, bed.clean_since_ms] {
                probe.shown(&(key.clone(), since), now, speed);
            }
        }
    }
    Ok(())
}

fn key(place: &Place) -> Option<BedKey> {
    Some(BedKey {
        ward: events::id::WardId::new(&place.ward).ok()?,
        bed: events::id::BedId::new(place.bed.as_ref()?).ok()?,
    })
}
