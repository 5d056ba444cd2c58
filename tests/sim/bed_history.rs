//! The history of every bed, row for row: what the table `bed_history` gets is compared
//! with what the naive definition says at each epoch of what had arrived until then.

use std::collections::{BTreeMap, BTreeSet};

use events::control::{BedMaster, MasterBed, MasterWard, Setting};
use events::fact::{VisitEvent, What};
use events::id::{BedId, VisitId, WardId};
use events::output::{BedView, Change, Cleanliness, Output};
use events::place::{BedKey, Place};
use events::time::{MINUTE_MS, Resolution};
use simulators::delivery::Receiving;
use simulators::hospital::Hospital;
use simulators::truth::timeline::{BedNow, CONFLICT, THREE_CLOCKS};
use simulators::truth::{Record, Timeline};
use stream::site::{epoch_at, epoch_time};

use crate::log::Log;
use crate::{Run, plain, seeds};

/// What is compared of a row: all but whether its pad is silent, and when it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    /// With the first of the visits in it.
    now: BedNow,
    visits_in_bed: usize,
    listed: Option<Listed>,
    conflict: Option<Conflict>,
}

/// Since when its clocks have disagreed, and which of them say otherwise.
type Conflict = (i64, [bool; 3]);

/// Whether it is staffed and open, its label and its room.
type Listed = (bool, String, String);

/// The rows of each bed, each with its epoch.
type Histories = BTreeMap<BedKey, Vec<(u64, Shown)>>;

/// How the histories differ from what they should be.
pub(crate) fn differences(run: &Run, log: &Log, said: &[Output]) -> Vec<String> {
    let mut wrong = Vec::new();
    let last = said.iter().map(|output| output.placed().0).max();
    let known = as_known(run, log, last.unwrap_or(0));
    let written = written(said, &mut wrong);
    let beds: BTreeSet<&BedKey> = written.keys().chain(known.keys()).collect();
    for key in beds {
        let of = |all: &Histories| all.get(key).cloned().unwrap_or_default();
        let (rows, expected) = (of(&written), of(&known));
        let longer = rows.len().max(expected.len());
        let first = (0..longer).find(|place| rows.get(*place) != expected.get(*place));
        if let Some(place) = first {
            wrong.push(format!(
                "history of bed {} {}, row {place} of {}: expected {:?}, got {:?}",
                key.ward,
                key.bed,
                expected.len(),
                expected.get(place),
                rows.get(place),
            ));
        }
    }
    wrong
}

/// The rows that are stored. Those in which only a pad fell silent, or spoke again, are
/// none of the naive history.
fn written(said: &[Output], wrong: &mut Vec<String>) -> Histories {
    let mut last: BTreeMap<BedKey, &BedView> = BTreeMap::new();
    let mut histories = Histories::new();
    for output in said {
        let Output::Board(change) = output else {
            continue;
        };
        let Some(Change::Bed(view)) = &change.change else {
            continue;
        };
        if view.heard_only {
            continue;
        }
        let place = view.place.as_ref().unwrap();
        let key = BedKey {
            ward: WardId::new(&place.ward).unwrap(),
            bed: BedId::new(place.bed.as_ref().unwrap()).unwrap(),
        };
        let before = last.insert(key.clone(), view);
        let history = histories.entry(key.clone()).or_default();
        let row = (output.placed().0, shown(view));
        if history.last().is_none_or(|(_, before)| *before != row.1) {
            history.push(row);
        } else if before.is_some_and(|before| before.pad_silent == view.pad_silent) {
            let BedKey { ward, bed } = &key;
            wrong.push(format!("bed {ward} {bed} is stored twice: {row:?}"));
        }
    }
    histories
}

fn shown(view: &BedView) -> Shown {
    let known = |ms: i64| Some(ms).filter(|ms| *ms != 0);
    let room = view.place.as_ref().unwrap().room.clone();
    Shown {
        now: BedNow {
            occupied: view.occupied,
            since: view.occupied_since_ms,
            visits: VisitId::new(&view.visit).into_iter().collect(),
            cleanliness: view.cleanliness(),
            clean_since: view.clean_since_ms,
            blocked: view
                .blocked
                .then(|| (view.block_reason.clone(), known(view.expected_back_ms))),
            reserved_for: VisitId::new(&view.reserved_for).ok(),
            ready_to_leave: known(view.ready_to_leave_ms),
            expected_discharge: known(view.expected_discharge_ms),
            says: [view.adt, view.staff, view.sensor]
                .map(|clock| clock.map(|clock| (clock.occupied, clock.since_ms))),
            confidence: view.confidence(),
            ..BedNow::default()
        },
        visits_in_bed: view.visits_in_bed as usize,
        listed: view
            .listed
            .then(|| (view.staffed, view.label.clone(), room)),
        conflict: view
            .conflict
            .map(|it| (it.since_ms, [it.adt, it.staff, it.sensor])),
    }
}

/// The naive histories: each bed looked at whenever something arrived that may concern it,
/// and when a dispute becomes a conflict, up to the epoch `last`.
fn as_known(run: &Run, log: &Log, last: u64) -> Histories {
    let mut arrived: Vec<_> = log.arrived.iter().collect();
    arrived.sort_by_key(|(epoch, _)| *epoch);
    let set = run.settings.iter().map(|(at, _)| epoch_at(*at));
    let epochs = arrived.iter().map(|(epoch, _)| *epoch).chain(set);
    let epochs: BTreeSet<u64> = epochs.chain([run.start.epoch()]).collect();
    let (mut arrived, mut settings) = (
        arrived.into_iter().peekable(),
        run.settings.iter().peekable(),
    );
    let mut receiving = Receiving::new(Hospital::master(), run.start.0, i64::MAX);
    let mut known = Known::of(Hospital::master());
    let (from, newest) = run.first_version();
    known.set(from, &newest);
    for epoch in epochs {
        let now = epoch_time(epoch);
        known.look_until(epoch);
        while let Some((at, setting)) = settings.next_if(|(at, _)| *at <= now) {
            known.set(*at, setting);
        }
        while let Some((_, delivery)) = arrived.next_if(|(of, _)| *of <= epoch) {
            receiving.take(delivery.clone(), now - run.horizon_ms);
        }
        known.hear(receiving.record());
        known.look(epoch);
    }
    known.look_until(last + 1);
    known.histories
}

/// What was known of each bed, as a record of its own.
struct Known {
    beds: BTreeMap<BedKey, OfBed>,
    /// What was said of each visit, by its place in the record, and of which beds.
    visits: BTreeMap<VisitId, (Vec<usize>, BTreeSet<BedKey>)>,
    /// How many facts and readings have been heard.
    heard: (usize, usize),
    /// Beds that something was said of since they were looked at.
    touched: BTreeSet<BedKey>,
    /// When to look at beds again even if nothing is said of them.
    due: BTreeMap<u64, BTreeSet<BedKey>>,
    histories: Histories,
}

struct OfBed {
    listed: Listed,
    record: Record,
    /// Its facts, by their places in the record of the site.
    facts: BTreeSet<usize>,
}

impl Known {
    fn of(master: BedMaster) -> Self {
        let of_ward = |ward: &MasterWard| {
            let beds = ward.beds.iter().map(|bed| of_bed(ward, bed));
            beds.collect::<Vec<_>>()
        };
        let beds: BTreeMap<_, _> = master.wards.iter().flat_map(of_ward).collect();
        Self {
            touched: beds.keys().cloned().collect(),
            beds,
            visits: BTreeMap::new(),
            heard: (0, 0),
            due: BTreeMap::new(),
            histories: Histories::new(),
        }
    }

    /// Of what is set, horizons alone change nothing that is believed of beds.
    fn set(&mut self, at: i64, setting: &Setting) {
        if !matches!(setting, Setting::Horizons(_)) {
            for (key, bed) in &mut self.beds {
                bed.record.settings.push((at, setting.clone()));
                self.touched.insert(key.clone());
            }
        }
    }

    fn hear(&mut self, record: &Record) {
        for (path, reading) in &record.readings[self.heard.1..] {
            if let Some(key) = path.place.bed_key()
                && let Some(bed) = self.beds.get_mut(&key)
            {
                bed.record.readings.push((path.clone(), *reading));
                self.touched.insert(key);
            }
        }
        let mut told = BTreeSet::new();
        for (place, fact) in record.facts.iter().enumerate().skip(self.heard.0) {
            match &fact.what {
                What::Bed { place: of, .. } => {
                    if let Some(bed) = of.bed_key().and_then(|key| self.beds.get_mut(&key)) {
                        bed.facts.insert(place);
                        told.extend(of.bed_key());
                    }
                }
                What::Visit { visit, event, .. } => {
                    told.extend(self.hear_visit(place, visit, event));
                }
                _ => {}
            }
        }
        for key in told {
            if let Some(bed) = self.beds.get_mut(&key) {
                let facts = bed.facts.iter().map(|place| record.facts[*place].clone());
                bed.record.facts = facts.collect();
                self.touched.insert(key);
            }
        }
        self.heard = (record.facts.len(), record.readings.len());
    }

    /// All that is said of a visit concerns every bed that was ever named with it.
    fn hear_visit(
        &mut self,
        place: usize,
        visit: &VisitId,
        event: &VisitEvent,
    ) -> BTreeSet<BedKey> {
        let (facts, beds) = self.visits.entry(visit.clone()).or_default();
        facts.push(place);
        beds.extend(named(event).and_then(Place::bed_key));
        for key in &*beds {
            if let Some(bed) = self.beds.get_mut(key) {
                bed.facts.extend(facts.iter().copied());
            }
        }
        beds.clone()
    }

    /// Looks at what is due before an epoch.
    fn look_until(&mut self, epoch: u64) {
        while let Some(due) = self.due.first_key_value().map(|(due, _)| *due)
            && due < epoch
        {
            self.look(due);
        }
    }

    fn look(&mut self, epoch: u64) {
        self.touched
            .extend(self.due.remove(&epoch).unwrap_or_default());
        for key in std::mem::take(&mut self.touched) {
            let bed = &self.beds[&key];
            let mut timeline = Timeline::of(&bed.record);
            let line = timeline.beds.remove(0);
            let at = epoch_time(epoch);
            let mut listed = bed.listed.clone();
            listed.0 &= timeline.is_open(&line, at);
            if !line.hours.is_always() {
                // Hours begin and end at a quarter.
                let quarter = Resolution::Quarter.ms();
                let next = epoch_at(at - at.rem_euclid(quarter) + quarter);
                self.due.entry(next).or_default().insert(key.clone());
            }
            let visits_in_bed = line.now.visits.len();
            let mut now = line.now;
            now.visits.truncate(1);
            let disputed = now.disputed.take();
            let against = std::mem::take(&mut now.against);
            let becomes_conflict = |since: i64| {
                let minutes = timeline.threshold(CONFLICT, &key.ward, since);
                epoch_at(since + minutes * MINUTE_MS)
            };
            let known = |since: &i64| timeline.versions.know(THREE_CLOCKS, *since);
            let disputed = disputed.filter(known);
            let conflict = disputed.filter(|since| becomes_conflict(*since) <= epoch);
            let due = disputed.map(becomes_conflict).filter(|due| *due > epoch);
            let shown = Shown {
                now,
                visits_in_bed,
                listed: Some(listed),
                conflict: conflict.map(|since| (since, against)),
            };
            if let Some(due) = due {
                self.due.entry(due).or_default().insert(key.clone());
            }
            let history = self.histories.entry(key).or_default();
            if history.last().is_none_or(|(_, before)| *before != shown) {
                history.push((epoch, shown));
            }
        }
    }
}

fn of_bed(ward: &MasterWard, bed: &MasterBed) -> (BedKey, OfBed) {
    let key = BedKey {
        ward: ward.ward.clone(),
        bed: bed.bed.clone(),
    };
    let only = MasterWard {
        beds: vec![bed.clone()],
        ..ward.clone()
    };
    let record = Record {
        master: BedMaster {
            wards: vec![only],
            ..BedMaster::default()
        },
        to: i64::MAX,
        ..Record::default()
    };
    let room = bed
        .room
        .as_ref()
        .map_or_else(|| "-".to_owned(), ToString::to_string);
    let of_bed = OfBed {
        listed: (bed.staffed, bed.label.clone(), room),
        record,
        facts: BTreeSet::new(),
    };
    (key, of_bed)
}

fn named(event: &VisitEvent) -> Option<&Place> {
    match event {
        VisitEvent::Admitted(place)
        | VisitEvent::BedAssigned(place)
        | VisitEvent::PlacedByCancel(place)
        | VisitEvent::Transferred(place) => Some(place),
        _ => None,
    }
}

/// The comparison sees each way in which one row of one bed can be wrong.
#[test]
fn a_row_that_is_wrong_missing_late_or_there_twice_is_noticed() {
    let run = seeds::run(2);
    let log = run.log();
    let said = plain::fold(&log.lanes, run.site(), |_, _| {}).said;
    assert_eq!(differences(&run, &log, &said), [""; 0]);
    let rows = written(&said, &mut Vec::new());
    let rows: usize = rows.values().map(Vec::len).sum();
    assert!(rows > 200, "{rows} rows");

    let place = said.iter().position(begins_cleaning).unwrap();
    let changed = |change: fn(&mut Vec<Output>, usize)| {
        let mut said = said.clone();
        change(&mut said, place);
        differences(&run, &log, &said).len()
    };
    let wrong = changed(|said, place| {
        if let Output::Board(change) = &mut said[place]
            && let Some(Change::Bed(view)) = &mut change.change
        {
            view.clean_since_ms -= 1;
        }
    });
    let missing = changed(|said, place| drop(said.remove(place)));
    let late = changed(|said, place| {
        let epoch = said[place].placed().0;
        said[place].place(epoch + 1, 0);
    });
    let twice = changed(|said, place| said.insert(place, said[place].clone()));
    assert_eq!([wrong, missing, late, twice], [1; 4]);
}

fn begins_cleaning(output: &Output) -> bool {
    matches!(output, Output::Board(change)
        if matches!(&change.change, Some(Change::Bed(view))
            if view.cleanliness() == Cleanliness::Cleaning))
}
