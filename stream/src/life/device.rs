//! The life of a device: where it stood, what equipment was doing, and when it
//! was not there.

mod written;

use std::sync::Arc;

use events::fact::EquipmentStatus;
use events::id::WardId;
use events::place::Place;
use serde::{Deserialize, Serialize};

use super::{Key, Timeline};
use crate::lane::absence::Absence;
use crate::trace::{Interval, Kind, Traces};

/// Something that a device said: where it stood, and what it was doing if it is
/// equipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Where it stood.
    pub place: Arc<Place>,
    /// What equipment was doing.
    pub status: Option<EquipmentStatus>,
}

/// What is known of a device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceLife {
    /// What it said, where that changes something.
    #[serde(with = "written")]
    said: Timeline<Saying>,
    /// Where it was when it was first told of.
    told_at: Arc<Place>,
    /// Where it was before the oldest that is kept.
    base: Option<Arc<Place>>,
    /// What it was doing there, since when, and on which ward.
    status: Option<(EquipmentStatus, WardId, i64)>,
    /// When it was last heard; nothing when it has only come and gone.
    pub heard: Option<i64>,
    gaps: Vec<(i64, i64)>,
    gone: Vec<Absence>,
    quiet: bool,
    /// What ended before is let go of.
    edge: i64,
}

impl DeviceLife {
    /// A device that is first told of at a place.
    pub fn new(place: Arc<Place>) -> Self {
        Self {
            said: Timeline::default(),
            told_at: place,
            base: None,
            status: None,
            heard: None,
            gaps: Vec::new(),
            gone: Vec::new(),
            quiet: false,
            edge: i64::MIN,
        }
    }

    /// Takes what it said. Returns whether that may change something.
    pub fn say(&mut self, key: Key, saying: Saying) -> bool {
        let before = self.said.iter().take_while(|(said, _)| *said < key);
        let before = before.last().map(|(_, saying)| &saying.place);
        let moved = before.or(self.base.as_ref()) != Some(&saying.place);
        let is_news = moved || saying.status.is_some();
        if is_news {
            self.said.insert(key, saying);
        }
        is_news
    }

    /// Takes what its lane says of when it was not there.
    pub fn miss(&mut self, gaps: Vec<(i64, i64)>, gone: Vec<Absence>, quiet: bool) {
        (self.gaps, self.gone, self.quiet) = (gaps, gone, quiet);
        self.let_go();
    }

    /// Whether nothing is heard of it now, or it has said that it is gone.
    pub fn is_silent(&self) -> bool {
        self.quiet || self.gone.iter().any(|absence| absence.to.is_none())
    }

    /// Where it stands.
    pub fn place(&self) -> &Arc<Place> {
        let newest = self.said.last().map(|said| &said.place);
        newest.or(self.base.as_ref()).unwrap_or(&self.told_at)
    }

    /// Its traces, each on the ward where it then stood.
    pub fn traces(&self, subject: &Arc<str>) -> Traces {
        let mut traces = Traces::default();
        let mut push = |ward: &WardId, kind, from, to| {
            traces.intervals.push(Interval {
                ward: ward.clone(),
                kind,
                subject: subject.clone(),
                from,
                to,
            });
        };
        let mut now = self.status.clone();
        for ((at, _), saying) in self.said.iter() {
            let next = after(now.as_ref(), saying, at);
            if let Some((status, ward, since)) = &now
                && next != now
            {
                push(ward, kind(*status), *since, Some(at));
            }
            now = next;
        }
        if let Some((status, ward, since)) = &now {
            push(ward, kind(*status), *since, None);
        }
        for (last, next) in &self.gaps {
            push(&self.place_at(*last).ward, Kind::Silent, *last, Some(*next));
        }
        for absence in &self.gone {
            let ward = &self.place_at(absence.from).ward;
            push(ward, Kind::Gone, absence.from, absence.to);
        }
        if let Some(last) = self.heard.filter(|_| self.quiet) {
            push(&self.place_at(last).ward, Kind::Silent, last, None);
        }
        traces
    }

    /// The keys of what it said.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.said.iter().map(|(key, _)| key)
    }

    /// As if it had said only what `takes` wants: what is left of equipment. With
    /// `kept`, what is known from before the oldest saying counts, too.
    #[must_use]
    pub fn only(&self, takes: impl Fn(&Key) -> bool, kept: bool) -> Self {
        Self {
            said: self.said.only(takes),
            status: self.kept().filter(|_| kept).cloned(),
            ..Self::new(self.told_at.clone())
        }
    }

    /// What it was doing on which ward since when, where the sayings are let go of.
    pub fn kept(&self) -> Option<&(EquipmentStatus, WardId, i64)> {
        self.status.as_ref()
    }

    /// Lets go of what is older than `edge`.
    pub fn forget(&mut self, edge: i64) {
        self.edge = edge;
        for ((at, _), saying) in self.said.split_before(edge) {
            self.status = after(self.status.as_ref(), &saying, at);
            self.base = Some(saying.place);
        }
        self.let_go();
    }

    fn let_go(&mut self) {
        let edge = self.edge;
        self.gaps.retain(|(_, next)| *next >= edge);
        self.gone.retain(|gone| gone.to.is_none_or(|to| to >= edge));
    }

    /// Where it was at a time; before it first said something, where it was then.
    fn place_at(&self, at: i64) -> &Place {
        let said = || {
            self.said
                .iter()
                .map(|((at, _), saying)| (at, &saying.place))
        };
        let newest = said().take_while(|(said, _)| *said <= at).last();
        let known = newest.map(|(_, place)| place).or(self.base.as_ref());
        let known = known.or_else(|| said().next().map(|(_, place)| place));
        known.unwrap_or(&self.told_at)
    }
}

/// What it is doing where, and since when: on another ward it begins anew.
fn after(
    now: Option<&(EquipmentStatus, WardId, i64)>,
    saying: &Saying,
    at: i64,
) -> Option<(EquipmentStatus, WardId, i64)> {
    let status = saying.status.or(now.map(|(status, ..)| *status))?;
    match now {
        Some((before, ward, _)) if (*before, ward) == (status, &saying.place.ward) => now.cloned(),
        _ => Some((status, saying.place.ward.clone(), at)),
    }
}

fn kind(status: EquipmentStatus) -> Kind {
    match status {
        EquipmentStatus::InUse => Kind::InUse,
        EquipmentStatus::Idle => Kind::Idle,
        EquipmentStatus::Fault => Kind::Fault,
    }
}
