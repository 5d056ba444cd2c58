//! Beds, one after the other: the table "A bed".

mod cleaned;
mod happened;

use std::collections::BTreeMap;

use events::control::{BedMaster, OccupancySource};
use events::fact::{BedTap, CleaningPhase, Fact, SensorFact};
use events::id::VisitId;
use events::output::Cleanliness;
use events::place::BedKey;
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::clocks::{Clocks, Stood};
use super::visit::{Move, Way};
use super::{BedNow, BedTimeline, Clock, OPEN, Sources, Timeline, Took, Versions, VisitNow};
use happened::{Event, events};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unknown,
    Clean {
        since: i64,
    },
    Dirty {
        since: i64,
    },
    Cleaning {
        since: i64,
        dirt: Option<i64>,
    },
    /// Was it clean before, and when was it cleaned after its patient had left?
    InUse {
        was_clean: bool,
        cleaned: Option<i64>,
    },
}

/// A bed while it is replayed.
struct Bed<'a> {
    source: OccupancySource,
    state: State,
    /// Who lies there, each since when.
    visits: BTreeMap<VisitId, i64>,
    pad: Option<bool>,
    /// When the pad last changed to empty.
    emptied: Option<i64>,
    occupied: Option<i64>,
    vacated: Option<i64>,
    /// Since when visits have lain there without a break, whoever decides.
    taken: Option<i64>,
    /// Why, and when it should be back.
    blocked: Option<(String, Option<i64>)>,
    blocked_since: Option<i64>,
    /// How it stood after each event that changed something.
    stood: Vec<Stood>,
    versions: &'a Versions,
    line: BedTimeline,
    clocks: &'a mut Vec<Clock>,
}

/// Listed beds only: others have neither clocks nor alerts.
pub(super) fn replay(
    master: &BedMaster,
    (sources, versions): (&Sources<'_>, &Versions),
    moves: Vec<Move>,
    facts: &[&Fact],
    readings: &[(&DevicePath, &Reading)],
    timeline: &mut Timeline,
) {
    let mut events = events(moves, facts, readings);
    for ward in &master.wards {
        for listed in &ward.beds {
            let key = BedKey {
                ward: ward.ward.clone(),
                bed: listed.bed.clone(),
            };
            // What comes into force goes before what happens at the same time.
            let (first, rest) = sources[&ward.ward]
                .split_first()
                .expect("it was listed first");
            let ruled = rest
                .iter()
                .map(|(from, source)| (*from, Event::Ruled(*source)));
            let mut happened: Vec<_> = ruled.collect();
            happened.extend(events.remove(&key).unwrap_or_default());
            happened.sort_by_key(|(at, _)| *at);
            let mut bed = Bed {
                source: first.1,
                state: State::Unknown,
                visits: BTreeMap::new(),
                pad: None,
                emptied: None,
                occupied: None,
                vacated: None,
                taken: None,
                blocked: None,
                blocked_since: None,
                stood: Vec::new(),
                versions,
                line: BedTimeline {
                    key,
                    staffed: listed.staffed,
                    hours: listed.hours.clone(),
                    occupied: Vec::new(),
                    dirty: Vec::new(),
                    untouched: Vec::new(),
                    blocked: Vec::new(),
                    blocked_for: Vec::new(),
                    clocks: Clocks::default(),
                    lay: Vec::new(),
                    now: BedNow::default(),
                },
                clocks: &mut timeline.clocks,
            };
            for (at, event) in happened {
                let tapped = event.is_by_staff();
                bed.take(at, event);
                bed.stands(at, tapped);
            }
            let mut line = bed.end();
            line.now.ask(&line.key, &timeline.visits);
            timeline.beds.push(line);
        }
    }
}

impl BedNow {
    /// What the visits say that are promised a bed, or lie in it: the first of them counts.
    fn ask(&mut self, bed: &BedKey, visits: &[VisitNow]) {
        let mut promised = visits
            .iter()
            .filter(|now| now.reserved.as_ref() == Some(bed));
        self.reserved_for = promised.next().map(|now| now.visit.clone());
        let first = self.visits.first();
        if let Some(now) = visits.iter().find(|now| Some(&now.visit) == first) {
            self.ready_to_leave = now.ready_to_leave;
            self.expected_discharge = now.expected_discharge;
        }
    }
}

impl Bed<'_> {
    fn take(&mut self, at: i64, event: Event<'_>) {
        match event {
            Event::Moved(visit, way, due) => self.moved(at, visit, way, due),
            Event::Ruled(source) => self.ruled(at, source),
            Event::Tapped(BedTap::Dirty) => match self.state {
                State::Unknown | State::Clean { .. } => {
                    self.becomes(at, State::Dirty { since: at });
                }
                _ => self.cleaned_for_nothing(),
            },
            Event::Tapped(BedTap::Clean) => self.done(at),
            Event::Said(SensorFact::Cleaning(CleaningPhase::Started)) => self.started(at),
            Event::Said(SensorFact::Cleaning(CleaningPhase::Done)) => self.done(at),
            Event::Said(SensorFact::Pad { occupied }) => self.pad_said(at, occupied),
            Event::Tapped(BedTap::Blocked {
                reason,
                expected_back,
            }) => {
                self.blocked = Some((reason.clone(), expected_back.map(|back| back.0)));
                self.blocked_since = self.blocked_since.or(Some(at));
            }
            Event::Tapped(BedTap::Open) => {
                self.opened(at);
                self.blocked = None;
            }
            Event::Said(_) => {}
        }
    }

    /// Puts down how it stands after an event.
    fn stands(&mut self, at: i64, tapped: bool) {
        let last = self.stood.last();
        let had_visits = last.is_some_and(|last| last.adt.is_some());
        let has_visits = !self.visits.is_empty();
        let stood = Stood {
            at,
            adt: (had_visits || has_visits).then_some(has_visits),
            pad: self.pad,
            tapped,
            believed: self.occupied.is_some(),
        };
        let as_before = |last: &Stood| {
            (last.adt, last.pad, last.believed) == (stood.adt, stood.pad, stood.believed)
        };
        if tapped || !last.is_some_and(as_before) {
            self.stood.push(stood);
        }
    }

    fn opened(&mut self, at: i64) {
        if let Some(from) = self.blocked_since.take() {
            self.line.blocked.push(Span { from, to: at });
            if let Some((reason, _)) = &self.blocked {
                let span = Span { from, to: at };
                self.line.blocked_for.push((reason.clone(), span));
            }
        }
    }

    fn moved(&mut self, at: i64, visit: VisitId, way: Way, due: Option<i64>) {
        let before = self.visits.len();
        match way {
            Way::In => {
                self.cleaned_for_nothing();
                self.visits.entry(visit).or_insert(at);
            }
            Way::Out | Way::Discharged | Way::Cancelled => {
                if let Some(from) = self.visits.remove(&visit) {
                    self.line.lay.push((visit, Span { from, to: at }));
                }
            }
        }
        if (before, self.visits.len(), way) == (1, 0, Way::Discharged) && self.pad.is_some() {
            let took = self.since_emptied(at, self.taken.unwrap_or(at));
            self.count(at, "discharge_entry_lag", took);
        }
        self.taken = match (before, self.visits.len()) {
            (0, 1) => Some(at),
            (_, 0) => None,
            _ => self.taken,
        };
        if !self.source.has_visits() {
            return;
        }
        match (before, self.visits.len()) {
            (0, 1) => {
                if let Some(due) = due {
                    let took = match self.state {
                        State::Clean { since } => Took::Ms((at - since).min(at - due)),
                        _ => Took::Missing,
                    };
                    self.count(at, "occupied_timer", took);
                }
                self.becomes_occupied(at);
            }
            (1, 0) => {
                if way != Way::Cancelled && self.source == OccupancySource::Both {
                    let took = self.since_emptied(at, self.occupied.unwrap_or(at));
                    self.count(at, "vacated_to_known", took);
                }
                self.becomes_empty(at, way == Way::Cancelled);
            }
            _ => {}
        }
    }

    /// Others know now whether it is occupied, and may know better.
    fn ruled(&mut self, at: i64, source: OccupancySource) {
        self.source = source;
        let occupied = if source.has_visits() {
            !self.visits.is_empty()
        } else {
            self.pad == Some(true)
        };
        match (self.occupied, occupied) {
            (None, true) => self.becomes_occupied(at),
            (Some(_), false) => self.becomes_empty(at, false),
            _ => {}
        }
    }

    fn pad_said(&mut self, at: i64, occupied: bool) {
        let before = self.pad.replace(occupied) == Some(true);
        if before && !occupied {
            self.emptied = Some(at);
        }
        if occupied {
            self.cleaned_for_nothing();
        }
        if self.source == OccupancySource::Pad {
            match (before, occupied) {
                (false, true) => self.becomes_occupied(at),
                (true, false) => self.becomes_empty(at, false),
                _ => {}
            }
        }
    }

    fn becomes_occupied(&mut self, at: i64) {
        self.occupied = Some(at);
        match self.state {
            State::Clean { since } => self.count(at, "clean_to_occupied", Took::Ms(at - since)),
            State::Dirty { .. } | State::Cleaning { .. } => {
                self.count(at, "clean_to_occupied", Took::Missing);
            }
            State::Unknown | State::InUse { .. } => {}
        }
        let was_clean = matches!(self.state, State::Clean { .. });
        let cleaned = None;
        self.becomes(at, State::InUse { was_clean, cleaned });
    }

    fn becomes_empty(&mut self, at: i64, by_cancel: bool) {
        if let Some(from) = self.occupied.take() {
            self.line.occupied.push(Span { from, to: at });
        }
        self.vacated = Some(at);
        let state = match self.state {
            State::InUse {
                cleaned: Some(since),
                ..
            } => State::Clean { since },
            State::InUse {
                was_clean: true, ..
            } if by_cancel => State::Clean { since: at },
            _ => State::Dirty { since: at },
        };
        self.becomes(at, state);
    }

    /// From the pad's last word to now, if it said so since then.
    fn since_emptied(&self, at: i64, since: i64) -> Took {
        match (self.pad, self.emptied) {
            (Some(true), _) => Took::Invalid,
            (_, Some(emptied)) if emptied >= since => Took::Ms(at - emptied),
            _ => Took::Missing,
        }
    }

    /// Changes the state, and ends the spans that the old one had open.
    fn becomes(&mut self, at: i64, state: State) {
        if let State::Dirty { since } = self.state {
            let span = Span {
                from: since,
                to: at,
            };
            self.line.untouched.push(span);
        }
        let dirt = |state| match state {
            State::Dirty { since } => Some(since),
            State::Cleaning { dirt, .. } => dirt,
            _ => None,
        };
        if let (Some(from), None) = (dirt(self.state), dirt(state)) {
            self.line.dirty.push(Span { from, to: at });
        }
        self.state = state;
    }

    fn end(mut self) -> BedTimeline {
        self.line.now = self.now();
        self.line.clocks = Clocks::of(&self.stood, self.versions);
        self.line.clocks.tell(&self.stood, &mut self.line.now);
        for (visit, from) in std::mem::take(&mut self.visits) {
            self.line.lay.push((visit, Span { from, to: OPEN }));
        }
        self.becomes(OPEN, State::Unknown);
        self.opened(OPEN);
        if let Some(from) = self.occupied {
            self.line.occupied.push(Span { from, to: OPEN });
        }
        self.line
    }

    fn now(&self) -> BedNow {
        let (cleanliness, clean_since) = match self.state {
            State::Unknown | State::InUse { .. } => (Cleanliness::Unknown, 0),
            State::Clean { since } => (Cleanliness::Clean, since),
            State::Dirty { since } => (Cleanliness::Dirty, since),
            State::Cleaning { since, .. } => (Cleanliness::Cleaning, since),
        };
        BedNow {
            occupied: self.occupied.is_some(),
            since: self.occupied.or(self.vacated).unwrap_or(0),
            visits: self.visits.keys().cloned().collect(),
            cleanliness,
            clean_since,
            blocked: self.blocked.clone(),
            ..BedNow::default()
        }
    }

    fn count(&mut self, end: i64, kpi: &'static str, took: Took) {
        self.clocks.push(Clock {
            kpi,
            ward: self.line.key.ward.clone(),
            subject: self.line.key.bed.to_string(),
            end,
            took,
        });
    }
}
