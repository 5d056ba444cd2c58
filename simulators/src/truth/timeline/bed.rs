//! Beds, one after the other: the table "A bed".

use std::collections::BTreeMap;

use events::control::{BedMaster, OccupancySource};
use events::fact::{BedTap, CleaningPhase, Fact, SensorFact, What};
use events::id::VisitId;
use events::output::Cleanliness;
use events::place::BedKey;
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::visit::{Move, Way};
use super::{BedNow, BedTimeline, Clock, OPEN, Sources, Timeline, Took, VisitNow, meaning};

/// Something that happened to a bed.
enum Event<'a> {
    Moved(VisitId, Way, Option<i64>),
    Tapped(&'a BedTap),
    Said(SensorFact),
    Ruled(OccupancySource),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unknown,
    Clean { since: i64 },
    Dirty { since: i64 },
    Cleaning { since: i64, dirt: Option<i64> },
    InUse { was_clean: bool },
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
    /// Why, and when it should be back.
    blocked: Option<(String, Option<i64>)>,
    blocked_since: Option<i64>,
    line: BedTimeline,
    clocks: &'a mut Vec<Clock>,
}

/// Listed beds only: others have neither clocks nor alerts.
pub(super) fn replay(
    master: &BedMaster,
    sources: &Sources<'_>,
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
                blocked: None,
                blocked_since: None,
                line: BedTimeline {
                    key,
                    staffed: listed.staffed,
                    occupied: Vec::new(),
                    dirty: Vec::new(),
                    untouched: Vec::new(),
                    blocked: Vec::new(),
                    blocked_for: Vec::new(),
                    lay: Vec::new(),
                    now: BedNow::default(),
                },
                clocks: &mut timeline.clocks,
            };
            for (at, event) in happened {
                bed.take(at, event);
            }
            let mut line = bed.end();
            line.now.ask(&line.key, &timeline.visits);
            timeline.beds.push(line);
        }
    }
}

/// What happened to each bed; at equal times facts before readings.
fn events<'a>(
    moves: Vec<Move>,
    facts: &[&'a Fact],
    readings: &[(&DevicePath, &Reading)],
) -> BTreeMap<BedKey, Vec<(i64, Event<'a>)>> {
    let mut events: BTreeMap<BedKey, Vec<_>> = BTreeMap::new();
    for Move {
        at,
        bed,
        visit,
        way,
        due,
    } in moves
    {
        let event = Event::Moved(visit, way, due);
        events.entry(bed).or_default().push((at, event));
    }
    for fact in facts {
        if let What::Bed { place, tap } = &fact.what
            && let Some(bed) = place.bed_key()
        {
            let event = (fact.at.0, Event::Tapped(tap));
            events.entry(bed).or_default().push(event);
        }
    }
    for (path, reading) in readings {
        if let (Some(bed), Some(said)) = (path.place.bed_key(), meaning(reading)) {
            let event = (reading.at.0, Event::Said(said));
            events.entry(bed).or_default().push(event);
        }
    }
    events
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
            Event::Tapped(BedTap::Dirty) => {
                if matches!(self.state, State::Unknown | State::Clean { .. }) {
                    self.becomes(at, State::Dirty { since: at });
                }
            }
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
                self.visits.entry(visit).or_insert(at);
            }
            Way::Out | Way::Cancelled => {
                if let Some(from) = self.visits.remove(&visit) {
                    self.line.lay.push((visit, Span { from, to: at }));
                }
            }
        }
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
                if way == Way::Out {
                    self.count_vacated(at);
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
        self.becomes(at, State::InUse { was_clean });
    }

    fn becomes_empty(&mut self, at: i64, by_cancel: bool) {
        if let Some(from) = self.occupied.take() {
            self.line.occupied.push(Span { from, to: at });
        }
        self.vacated = Some(at);
        let was_clean = self.state == State::InUse { was_clean: true };
        let state = match by_cancel && was_clean {
            true => State::Clean { since: at },
            false => State::Dirty { since: at },
        };
        self.becomes(at, state);
    }

    fn started(&mut self, at: i64) {
        let dirt = match self.state {
            State::Dirty { since } => Some(since),
            State::Unknown | State::Clean { .. } => None,
            State::Cleaning { .. } | State::InUse { .. } => return,
        };
        self.count(at, "cleaning_response", known(dirt, at));
        self.becomes(at, State::Cleaning { since: at, dirt });
    }

    fn done(&mut self, at: i64) {
        match self.state {
            State::Cleaning { since, dirt } => {
                self.count(at, "cleaning_time", Took::Ms(at - since));
                self.count(at, "bed_turn", known(dirt, at));
            }
            State::Dirty { since } => {
                self.count(at, "bed_turn", Took::Ms(at - since));
                self.count(at, "cleaning_response", Took::Missing);
                self.count(at, "cleaning_time", Took::Missing);
            }
            State::Unknown => {}
            State::Clean { .. } | State::InUse { .. } => return,
        }
        self.becomes(at, State::Clean { since: at });
    }

    fn count_vacated(&mut self, at: i64) {
        if self.source != OccupancySource::Both {
            return;
        }
        let since = self.occupied.unwrap_or(at);
        let took = match (self.pad, self.emptied) {
            (Some(true), _) => Took::Invalid,
            (_, Some(emptied)) if emptied >= since => Took::Ms(at - emptied),
            _ => Took::Missing,
        };
        self.count(at, "vacated_to_known", took);
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

fn known(since: Option<i64>, at: i64) -> Took {
    since.map_or(Took::Missing, |since| Took::Ms(at - since))
}
