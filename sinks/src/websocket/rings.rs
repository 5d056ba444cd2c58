//! What the connections of a site with the same view share: a ring of frames, each written
//! once, and the snapshot that a new connection begins with.

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::broadcast;

use crate::board::{Delta, SiteBoard, SiteName};
use crate::frames::{self, View};
use crate::record::Seq;

/// Ways to look at a site at a time: wards and tier.
pub(crate) const VIEWS_MAX: usize = 64;

/// The rings of all sites.
pub(super) struct Rings {
    /// Frames that a connection may be behind.
    queue: usize,
    sites: BTreeMap<SiteName, BTreeMap<View, Ring>>,
}

struct Ring {
    frames: broadcast::Sender<Utf8Bytes>,
    /// Place of the newest delta that it was told. A delta of which the view sees nothing
    /// is not told, and leaves it as it is.
    seq: Seq,
    /// The snapshot at the newest delta or heartbeat, once somebody has asked for it.
    snapshot: Option<Utf8Bytes>,
}

impl Rings {
    pub(super) fn new(queue: usize) -> Self {
        Self {
            queue,
            sites: BTreeMap::new(),
        }
    }

    /// The snapshot for a view, and every frame after it; nothing if there are too many views.
    pub(super) fn join(
        &mut self,
        site: &SiteName,
        shown: &SiteBoard,
        view: &View,
    ) -> Option<(Utf8Bytes, broadcast::Receiver<Utf8Bytes>)> {
        let views = self.sites.entry(site.clone()).or_default();
        if !views.contains_key(view) && views.len() >= VIEWS_MAX {
            views.retain(|_, ring| ring.has_listeners());
            if views.len() >= VIEWS_MAX {
                return None;
            }
        }
        let ring = views.entry(view.clone()).or_insert_with(|| Ring {
            frames: broadcast::Sender::new(self.queue),
            seq: shown.seq,
            snapshot: None,
        });
        let seq = ring.seq;
        let snapshot = ring
            .snapshot
            .get_or_insert_with(|| frames::snapshot(shown, seq, view));
        Some((snapshot.clone(), ring.frames.subscribe()))
    }

    /// Sends a delta to each view that sees something of it.
    pub(super) fn tell(&mut self, site: &SiteName, delta: &Delta) {
        let Some(views) = self.sites.get_mut(site) else {
            return;
        };
        // Whoever comes back gets a snapshot anyway.
        views.retain(|_, ring| ring.has_listeners());
        for (view, ring) in views {
            if let Some(frame) = frames::delta(delta, ring.seq, view) {
                ring.seq = delta.seq;
                ring.snapshot = None;
                ring.send(frame);
            }
        }
    }

    /// Sends a heartbeat, the same to every view.
    pub(super) fn beat(&mut self, site: &SiteName, frame: impl FnOnce() -> Utf8Bytes) {
        let Some(views) = self.sites.get_mut(site) else {
            return;
        };
        views.retain(|_, ring| ring.has_listeners());
        if views.is_empty() {
            self.sites.remove(site);
            return;
        }
        let frame = frame();
        for ring in views.values_mut() {
            // It may be as of later now, also where nothing has changed.
            ring.snapshot = None;
            ring.send(frame.clone());
        }
    }
}

impl Ring {
    fn has_listeners(&self) -> bool {
        self.frames.receiver_count() > 0
    }

    fn send(&self, frame: Utf8Bytes) {
        // An error means that the last one has just left.
        let _ = self.frames.send(frame);
    }
}
