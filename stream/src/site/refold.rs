//! Folds again the lives that something came into, compares what they leave
//! behind with what they left before, and passes on only the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::id::{VisitId, WardId};
use events::place::{BedKey, Place};

use super::rules::Rules;
use super::{Entity, SiteFold};
use crate::life::bed::{self, BedEvent};
use crate::life::visit::BedStay;
use crate::life::{Folded, Key, Order, shift, visit};
use crate::trace::{Interval, Kind, Mark};

/// Place of an event among those of one bed at the same time: what comes into
/// force goes first; who comes at the instant at which another leaves takes the
/// bed over, as in a swap.
const RULES: u8 = 0;
const COMES: u8 = 1;
const LEAVES: u8 = 2;
const SAYS: u8 = 3;

impl SiteFold {
    /// Folds everything that was touched. Visits and appointments first: they touch beds
    /// and slots.
    pub(super) fn refold(&mut self, now: i64) {
        if self.touched.everything {
            self.touch_everything();
        }
        for phase in [Self::is_of_patient, Self::is_of_house] {
            let entities: Vec<Entity> = self
                .touched
                .entities
                .iter()
                .filter(|entity| phase(entity))
                .cloned()
                .collect();
            for entity in entities {
                self.refold_entity(now, &entity);
            }
        }
        self.touched.entities.clear();
        self.say_commands(now);
        self.say_refused(now);
        for ward in std::mem::take(&mut self.touched.occupancy) {
            self.judge_ward(now, &ward);
        }
        self.judge_sources(now);
        self.touched.everything = false;
    }

    fn is_of_patient(entity: &Entity) -> bool {
        matches!(entity, Entity::Visit(_) | Entity::Appointment(_))
    }

    fn is_of_house(entity: &Entity) -> bool {
        !Self::is_of_patient(entity)
    }

    fn touch_everything(&mut self) {
        let beds = self.beds.keys().cloned();
        self.touched.beds.extend(beds.clone());
        self.touched.entities.extend(beds.map(Entity::Bed));
        self.touched.entities.extend(self.traces.keys().cloned());
        let listed = self.master.now().wards().map(|(ward, _)| ward.clone());
        let wards: BTreeSet<WardId> = self.wards.keys().cloned().chain(listed).collect();
        self.touched.occupancy.extend(wards.iter().cloned());
        self.touched.wards.extend(wards);
    }

    fn refold_entity(&mut self, now: i64, entity: &Entity) {
        let folded = match entity {
            Entity::Visit(visit) => self.refold_visit(visit),
            Entity::Bed(bed) => self.refold_bed(bed),
            Entity::Appointment(id) => self.refold_appointment(id),
            Entity::Slot(id) => self.refold_slot(id),
            Entity::Staff(member) => {
                let shift = self.shifts.get(member);
                let folded =
                    shift.map(|shift| shift::fold(&member.as_str().into(), &shift.timeline));
                folded.unwrap_or_default()
            }
            Entity::Device(name) => {
                let Some(device) = self.devices.get(name) else {
                    return;
                };
                Folded {
                    traces: device.life.traces(name),
                    refused: Vec::new(),
                }
            }
        };
        self.leave_behind(now, entity, folded);
    }

    fn refold_visit(&mut self, id: &VisitId) -> Folded {
        let Some(entry) = self.visits.get_mut(id) else {
            return Folded::default();
        };
        let mut life = visit::fold(&id.as_str().into(), &entry.timeline);
        let folded = std::mem::take(&mut life.folded);
        let before = std::mem::replace(&mut entry.life, life);
        let mut stays: BTreeMap<BedKey, Vec<BedStay>> = BTreeMap::new();
        for stay in &entry.life.beds {
            stays
                .entry(stay.bed.clone())
                .or_default()
                .push(stay.clone());
        }
        let reserved = [(&before, false), (&entry.life, true)].map(|(life, holds)| {
            let reserved = life.now.reserved.as_ref()?;
            Some((reserved.place.clone(), holds))
        });
        let coming = [&before, &entry.life].map(|life| life.now.request.clone());
        self.touched
            .wards
            .extend(coming.into_iter().flatten().map(|(ward, _)| ward));
        for (place, holds) in reserved.into_iter().flatten() {
            self.reserve(id, &place, holds);
        }
        let beds: BTreeSet<BedKey> = before
            .beds
            .iter()
            .map(|stay| stay.bed.clone())
            .chain(stays.keys().cloned())
            .collect();
        for key in beds {
            let bed = self.beds.entry(key.clone()).or_default();
            let of_visit = stays.remove(&key).unwrap_or_default();
            // What a patient in the bed is ready for shows on the bed, too.
            self.touched.beds.insert(key.clone());
            self.touched.wards.insert(key.ward.clone());
            if bed.stays.get(id).map_or(&[][..], Vec::as_slice) != of_visit {
                bed.stays.insert(id.clone(), of_visit);
                self.touched.entities.insert(Entity::Bed(key));
            }
        }
        folded
    }

    fn reserve(&mut self, id: &VisitId, place: &Place, holds: bool) {
        self.touched.wards.insert(place.ward.clone());
        let Some(bed) = place.bed_key() else {
            return;
        };
        let visits = self.reservations.entry(bed.clone()).or_default();
        if holds {
            visits.insert(id.clone());
        } else {
            visits.remove(id);
        }
        self.touched.beds.insert(bed);
    }

    fn refold_bed(&mut self, key: &BedKey) -> Folded {
        let Some(entry) = self.beds.get_mut(key) else {
            return Folded::default();
        };
        let rules = Rules {
            master: &self.master,
            thresholds: &self.thresholds,
            versions: &self.versions,
        };
        let setting = rules.before(key, entry.base_edge);
        let changes = rules.since(key, entry.base_edge);
        let events = events_of(
            entry.base_edge,
            &entry.stays,
            entry.timeline.iter(),
            changes,
        );
        let events = events.iter().map(|((key, _), event)| (*key, event));
        let (state, mut folded) = bed::fold(&setting, entry.base.clone(), events);
        entry.state = state;
        rules.counts(key, &mut folded.traces);
        self.touched.beds.insert(key.clone());
        self.touched.wards.insert(key.ward.clone());
        folded
    }

    fn say_refused(&mut self, now: i64) {
        let mut inserted = std::mem::take(&mut self.touched.inserted);
        let refused = std::mem::take(&mut self.touched.refused);
        inserted.retain(|(entity, ..)| refused.contains_key(entity));
        for (entity, key, position) in inserted {
            let reason = refused[&entity].iter().find(|(refused, _)| *refused == key);
            if let Some((_, reason)) = reason.copied() {
                self.set_aside(now, position, key.0, reason);
            }
        }
    }

    /// Puts new traces in place of the old ones and passes on what changed.
    fn leave_behind(&mut self, now: i64, entity: &Entity, folded: Folded) {
        if !folded.refused.is_empty() {
            self.touched.refused.insert(entity.clone(), folded.refused);
        }
        let new = folded.traces.that_last();
        let old = self.traces.remove(entity).unwrap_or_default();
        let mut kinds = self.exchange_intervals(&old.intervals, &new.intervals);
        self.exchange_marks(&old.marks, &new.marks);
        if self.touched.everything {
            kinds.extend(new.intervals.iter().map(|interval| interval.kind));
        }
        self.judge_entity(now, entity, &[&*old, &new], &kinds);
        if !new.is_empty() {
            self.traces.insert(entity.clone(), new.into());
        }
    }

    fn exchange_intervals(&mut self, old: &[Interval], new: &[Interval]) -> BTreeSet<Kind> {
        let index = |intervals: &[Interval]| -> BTreeMap<(WardId, Kind, Arc<str>, i64), Interval> {
            let key = |i: &Interval| (i.ward.clone(), i.kind, i.subject.clone(), i.from);
            intervals
                .iter()
                .map(|interval| (key(interval), interval.clone()))
                .collect()
        };
        let (mut gone, new) = (index(old), index(new));
        let mut kinds = BTreeSet::new();
        for (key, interval) in new {
            let before = gone.remove(&key);
            if before.as_ref() == Some(&interval) {
                continue;
            }
            kinds.insert(interval.kind);
            let end = interval.to.unwrap_or(i64::MAX);
            let traces = self.wards.entry(interval.ward.clone()).or_default();
            let (from, to) = match before {
                Some(before) => {
                    traces.remove(&before);
                    let ended = before.to.unwrap_or(i64::MAX);
                    (end.min(ended), end.max(ended))
                }
                None => (interval.from, end),
            };
            traces.add(&interval);
            self.touch(&interval, from, to);
        }
        for interval in gone.into_values() {
            kinds.insert(interval.kind);
            self.touch(&interval, interval.from, interval.to.unwrap_or(i64::MAX));
            self.wards
                .entry(interval.ward.clone())
                .or_default()
                .remove(&interval);
        }
        kinds
    }

    fn touch(&mut self, interval: &Interval, from: i64, to: i64) {
        if interval.kind.is_measured() {
            self.windows.touch(&interval.ward, from, to, &self.master);
        }
        if interval.kind.is_shown() {
            self.touched.wards.insert(interval.ward.clone());
        }
        if interval.kind == Kind::Occupied {
            self.touched.occupancy.insert(interval.ward.clone());
        }
    }

    fn exchange_marks(&mut self, old: &[Mark], new: &[Mark]) {
        let count = |marks: &[Mark]| {
            let mut counts: BTreeMap<Mark, i32> = BTreeMap::new();
            for mark in marks {
                *counts.entry(mark.clone()).or_default() += 1;
            }
            counts
        };
        let mut change = count(new);
        for (mark, n) in count(old) {
            *change.entry(mark).or_default() -= n;
        }
        for (mark, n) in change.into_iter().filter(|(_, n)| *n != 0) {
            self.windows
                .touch(&mark.ward, mark.at, mark.at + 1, &self.master);
            let traces = self.wards.entry(mark.ward.clone()).or_default();
            for _ in 0..n.abs() {
                if n > 0 {
                    traces.add_mark(&mark)
                } else {
                    traces.remove_mark(&mark)
                }
            }
        }
    }
}

/// Everything that happened to a bed since `edge`, in order.
pub(super) fn events_of<'a>(
    edge: i64,
    stays: &BTreeMap<VisitId, Vec<BedStay>>,
    said: impl Iterator<Item = (Key, &'a BedEvent)>,
    rules: Vec<(i64, BedEvent)>,
) -> Vec<((Key, u8), BedEvent)> {
    let mut events: Vec<_> = said
        .map(|(key, event)| ((key, SAYS), event.clone()))
        .collect();
    let rules = rules.into_iter();
    events.extend(rules.map(|(at, event)| (((at, Order::FIRST), RULES), event)));
    for (visit, stays) in stays {
        for stay in stays {
            let due = stay.due.map(BedEvent::Due);
            events.extend(due.map(|due| ((stay.from, COMES), due)));
            events.push(((stay.from, COMES), BedEvent::Enter(visit.clone())));
            if let Some((key, how)) = stay.to {
                events.push(((key, LEAVES), BedEvent::Leave(visit.clone(), how)));
            }
        }
    }
    events.retain(|((key, _), _)| key.0 >= edge);
    events.sort_by_key(|((key, place), _)| (key.0, *place, key.1));
    events
}
