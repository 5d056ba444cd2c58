//! What the connections of a site with the same view share: a ring of frames, each written
//! once, the snapshot that a new connection begins with, and the newest deltas, for those that
//! come back.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::broadcast;

use super::message::Last;
use crate::board::{Delta, SiteBoard, SiteName};
use crate::frames::{self, View};
use crate::record::Seq;

/// Ways to look at a site at a time: wards and tier.
pub(crate) const VIEWS_MAX: usize = 192;
/// Once there are so many, no client gets one that it alone has chosen: the others are for tokens.
const CHOSEN_MAX: usize = 128;
/// Deltas of a view that are kept for those that come back, in bytes; the newest in any case.
const KEPT_MAX: usize = 1024 * 1024;
/// For so many heartbeats a view is kept that nobody looks at.
const LINGERS: u32 = 30;

/// The rings of all sites.
pub(super) struct Rings {
    /// Frames that a connection may be behind.
    queue: usize,
    /// Another in each life of a server, as its series are.
    life: RandomState,
    /// Rings that there have been.
    made: u64,
    sites: BTreeMap<SiteName, BTreeMap<View, Ring>>,
}

/// What a connection begins with, and every frame after it.
pub(super) struct Joined {
    pub(super) first: Vec<Utf8Bytes>,
    pub(super) frames: broadcast::Receiver<Utf8Bytes>,
}

struct Ring {
    frames: broadcast::Sender<Utf8Bytes>,
    /// Its name, which no other ring has.
    series: String,
    /// Place of the newest delta that it was told. A delta of which the view sees nothing
    /// is not told, and leaves it as it is.
    seq: Seq,
    /// The snapshot at the newest delta or heartbeat, once somebody has asked for it.
    snapshot: Option<Utf8Bytes>,
    /// The newest deltas, oldest first.
    kept: VecDeque<Kept>,
    kept_bytes: usize,
    /// What the newest delta followed that is no longer kept.
    lost: Option<Seq>,
    /// Heartbeats that are left to it when nobody looks.
    lingers: u32,
}

struct Kept {
    prev: Seq,
    frame: Utf8Bytes,
}

/// How a view came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViewOf {
    /// It is all that a token sees.
    Token,
    /// A client has chosen topics.
    Choice,
}

impl Rings {
    pub(super) fn new(queue: usize) -> Self {
        Self {
            queue,
            life: RandomState::new(),
            made: 0,
            sites: BTreeMap::new(),
        }
    }

    /// What a view begins with: what it has missed since `last` if that is still there, else a
    /// snapshot. Nothing if there are too many views.
    pub(super) fn join(
        &mut self,
        site: &SiteName,
        shown: &SiteBoard,
        (view, of): (&View, ViewOf),
        last: Option<&Last>,
    ) -> Option<Joined> {
        let views = self.sites.entry(site.clone()).or_default();
        let max = match of {
            ViewOf::Token => VIEWS_MAX,
            ViewOf::Choice => CHOSEN_MAX,
        };
        if !views.contains_key(view) && views.len() >= max {
            views.retain(|_, ring| ring.has_listeners());
            if views.len() >= max {
                return None;
            }
        }
        let ring = views.entry(view.clone()).or_insert_with(|| {
            self.made += 1;
            let series = format!("{:016x}", self.life.hash_one(self.made));
            Ring::new(self.queue, series, shown.seq)
        });
        let missed = last.and_then(|last| ring.since(last));
        Some(Joined {
            first: missed.unwrap_or_else(|| vec![ring.snapshot(shown, view)]),
            frames: ring.frames.subscribe(),
        })
    }

    /// Sends a delta to each view that sees something of it.
    pub(super) fn tell(&mut self, site: &SiteName, delta: &Delta) {
        let Some(views) = self.sites.get_mut(site) else {
            return;
        };
        views.retain(|_, ring| ring.is_needed());
        for (view, ring) in views {
            if let Some(frame) = frames::delta(delta, ring.seq, view) {
                let prev = std::mem::replace(&mut ring.seq, delta.seq);
                ring.snapshot = None;
                ring.keep(prev, frame.clone(), self.queue);
                ring.send(frame);
            }
        }
    }

    /// Sends a heartbeat, the same to every view.
    pub(super) fn beat(&mut self, site: &SiteName, frame: impl FnOnce() -> Utf8Bytes) {
        let Some(views) = self.sites.get_mut(site) else {
            return;
        };
        views.retain(|_, ring| ring.is_needed());
        if views.is_empty() {
            self.sites.remove(site);
            return;
        }
        let frame = frame();
        for ring in views.values_mut() {
            ring.lingers = match ring.has_listeners() {
                true => LINGERS,
                false => ring.lingers.saturating_sub(1),
            };
            // It may be as of later now, also where nothing has changed.
            ring.snapshot = None;
            ring.send(frame.clone());
        }
    }
}

impl Ring {
    fn new(queue: usize, series: String, seq: Seq) -> Self {
        Self {
            frames: broadcast::Sender::new(queue),
            series,
            seq,
            snapshot: None,
            kept: VecDeque::new(),
            kept_bytes: 0,
            lost: None,
            lingers: 0,
        }
    }

    fn has_listeners(&self) -> bool {
        self.frames.receiver_count() > 0
    }

    /// Whether somebody looks, or may come back.
    fn is_needed(&self) -> bool {
        self.has_listeners() || self.lingers > 0
    }

    fn snapshot(&mut self, shown: &SiteBoard, view: &View) -> Utf8Bytes {
        let (series, seq) = (&self.series, self.seq);
        let write = || frames::snapshot(shown, series, seq, view);
        self.snapshot.get_or_insert_with(write).clone()
    }

    fn keep(&mut self, prev: Seq, frame: Utf8Bytes, most: usize) {
        self.kept_bytes += frame.as_str().len();
        self.kept.push_back(Kept { prev, frame });
        while self.kept.len() > most || (self.kept_bytes > KEPT_MAX && self.kept.len() > 1) {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.kept_bytes -= oldest.frame.as_str().len();
            self.lost = Some(oldest.prev);
        }
    }

    /// What was told after `last`, if all of it is still there. Several deltas may have the same
    /// seq: whatever may be new is told again, which does no harm.
    fn since(&self, last: &Last) -> Option<Vec<Utf8Bytes>> {
        if last.series != self.series || self.lost == Some(last.seq) {
            return None;
        }
        let first = self.kept.iter().position(|kept| kept.prev == last.seq);
        match first {
            Some(first) => {
                let missed = self.kept.iter().skip(first);
                Some(missed.map(|kept| kept.frame.clone()).collect())
            }
            None => (last.seq == self.seq).then(Vec::new),
        }
    }

    fn send(&self, frame: Utf8Bytes) {
        // An error means that the last one has just left.
        let _ = self.frames.send(frame);
    }
}
