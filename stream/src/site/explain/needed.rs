//! The fewest entries of lives from which the same traces follow, and still do when
//! any other is put back: an entry that says otherwise is never left out. Lives are
//! folded again from some of their entries, by the very folds of the processor, until
//! no entry can be spared.

mod slots;

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{BedTap, VisitEvent};
use events::id::VisitId;
use events::place::BedKey;
use events::reason::Reason;

use super::Sight;
use crate::life::bed::{self, BedEvent, BedState};
use crate::life::visit::BedStay;
use crate::life::{Folded, Key, Order, Timeline, appointment, shift, visit};
use crate::site::refold::events_of;
use crate::site::{Entity, SiteFold};
use crate::trace::Traces;

/// Up to so many entries it is tried whether each can be spared.
const SPARED_MOST: usize = 64;
/// Up to so many last entries of a life are tried one by one, then twice as many each time.
const ONE_BY_ONE: usize = 32;

/// An entry of a life.
type Entry = (Entity, Key);

/// Some of the entries of some lives, and the lives of which also counts what is kept
/// from before the horizon.
#[derive(Clone, Default)]
struct Chosen {
    entries: BTreeSet<Entry>,
    kept: BTreeSet<Entity>,
}

/// The entries that are needed for all that is in sight.
pub(super) struct Needed<'a> {
    site: &'a SiteFold,
    sight: &'a Sight<'a>,
    chosen: Chosen,
    /// Of which something is in sight, or would be if they were not chosen whole.
    lives: BTreeSet<Entity>,
}

impl<'a> Needed<'a> {
    /// Nothing is needed yet.
    pub(super) fn new(site: &'a SiteFold, sight: &'a Sight<'a>) -> Self {
        Self {
            site,
            sight,
            chosen: Chosen::default(),
            lives: BTreeSet::new(),
        }
    }

    /// Adds what a life needs to leave behind what it does in sight.
    pub(super) fn add(&mut self, entity: &Entity) {
        let wanted = self.wanted(entity);
        if wanted == Traces::default() {
            return;
        }
        let chosen = self.fewest(entity, &wanted);
        self.chosen.entries.extend(chosen.entries);
        self.chosen.kept.extend(chosen.kept);
        self.lives.insert(entity.clone());
    }

    /// An entry that one life needs can mean something for another, as a visit that
    /// goes from bed to bed does. Those that then differ are chosen whole.
    pub(super) fn complete(&mut self) {
        let mut whole = BTreeSet::new();
        loop {
            let touched = self.touched();
            let differs = |entity: &&Entity| {
                !whole.contains(*entity) && self.seen(entity, &self.chosen) != self.wanted(entity)
            };
            let different: Vec<Entity> = touched.iter().filter(differs).cloned().collect();
            if different.is_empty() {
                return;
            }
            for entity in different {
                self.chosen.entries.extend(self.candidates(&entity));
                self.chosen.kept.insert(entity.clone());
                self.lives.insert(entity.clone());
                whole.insert(entity);
            }
        }
    }

    /// The entries, as places in the log.
    pub(super) fn keys(&self) -> BTreeSet<Key> {
        self.chosen.entries.iter().map(|(_, key)| *key).collect()
    }

    /// The lives of which counts what is kept from before the horizon.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Entity> {
        self.chosen.kept.iter()
    }

    /// What was refused in the window, of the lives that count.
    pub(super) fn refused(&self) -> Vec<(Key, Reason)> {
        let mut refused = Vec::new();
        for entity in &self.lives {
            let all = Chosen {
                entries: self.candidates(entity).into_iter().collect(),
                kept: BTreeSet::from([entity.clone()]),
            };
            let of_life = self.folded(entity, &all).refused.into_iter();
            refused.extend(of_life.filter(|(key, _)| self.sight.window.contains(key.0)));
        }
        refused.sort_unstable_by_key(|(key, _)| *key);
        refused
    }

    fn wanted(&self, entity: &Entity) -> Traces {
        let left = self.site.traces.get(entity);
        left.map(|left| self.sight.of(left)).unwrap_or_default()
    }

    fn seen(&self, entity: &Entity, chosen: &Chosen) -> Traces {
        self.sight.of(&self.folded(entity, chosen).traces)
    }

    fn fewest(&self, entity: &Entity, wanted: &Traces) -> Chosen {
        let all = self.candidates(entity);
        for with_kept in [false, true] {
            let kept: BTreeSet<Entity> = with_kept.then(|| entity.clone()).into_iter().collect();
            for length in lengths(all.len()) {
                let chosen = Chosen {
                    entries: all[all.len() - length..].iter().cloned().collect(),
                    kept: kept.clone(),
                };
                if self.seen(entity, &chosen) == *wanted {
                    return self.spare(entity, wanted, chosen);
                }
            }
        }
        Chosen {
            entries: all.into_iter().collect(),
            kept: BTreeSet::from([entity.clone()]),
        }
    }

    fn spare(&self, entity: &Entity, wanted: &Traces, mut chosen: Chosen) -> Chosen {
        if chosen.entries.len() > SPARED_MOST {
            return chosen;
        }
        let mut oldest_first: Vec<Entry> = chosen.entries.iter().cloned().collect();
        oldest_first.sort_unstable_by_key(|(_, key)| *key);
        let mut spared: Vec<Entry> = Vec::new();
        for entry in oldest_first {
            chosen.entries.remove(&entry);
            let mut holds = self.seen(entity, &chosen) == *wanted;
            for other in &spared {
                if holds {
                    chosen.entries.insert(other.clone());
                    holds = self.seen(entity, &chosen) == *wanted;
                    chosen.entries.remove(other);
                }
            }
            if holds {
                spared.push(entry);
            } else {
                chosen.entries.insert(entry);
            }
        }
        chosen
    }

    /// The entries that can mean something for what a life leaves behind in sight, in
    /// order: what was said before the window's end; of appointments everything, since
    /// they count when they are scheduled; and what says how something was all along.
    fn candidates(&self, entity: &Entity) -> Vec<Entry> {
        let own = |key: Key| (entity.clone(), key);
        let before = |key: &Key| key.0 < self.sight.window.to;
        let mut all: Vec<Entry> = match entity {
            Entity::Visit(id) => self
                .site
                .visits
                .get(id)
                .map(|visit| {
                    let said = visit.timeline.iter();
                    let counts = said.filter(|(key, event)| before(key) || is_all_along(event));
                    counts.map(|(key, _)| own(key)).collect()
                })
                .unwrap_or_default(),
            Entity::Appointment(id) => {
                let entry = self.site.appointments.get(id);
                let keys = entry.iter().flat_map(|entry| entry.timeline.iter());
                return keys.map(|(key, _)| own(key)).collect();
            }
            Entity::Device(name) => {
                let device = self.site.devices.get(name);
                let keys = device.iter().flat_map(|device| device.life.keys());
                keys.filter(before).map(own).collect()
            }
            Entity::Staff(member) => {
                let shift = self.site.shifts.get(member);
                let keys = shift.iter().flat_map(|shift| shift.timeline.iter());
                keys.map(|(key, _)| key).filter(before).map(own).collect()
            }
            Entity::Bed(key) => self.of_bed(key),
            Entity::Slot(id) => self.of_slot(id),
        };
        all.sort_unstable_by_key(|(_, key)| *key);
        all
    }

    /// What was said of a bed, and of the visits that came and left.
    fn of_bed(&self, key: &BedKey) -> Vec<Entry> {
        let Some(bed) = self.site.beds.get(key) else {
            return Vec::new();
        };
        let end = self.sight.window.to;
        let said = bed.timeline.iter().filter(|(at, event)| {
            at.0 < end || matches!(event, BedEvent::Tap(BedTap::Blocked { .. }))
        });
        let mut all: Vec<Entry> = said.map(|(at, _)| (Entity::Bed(key.clone()), at)).collect();
        for (visit, stays) in &bed.stays {
            for stay in stays {
                let ends = stay.to.map(|(to, _)| to);
                let ends = [Some(stay.from), ends].into_iter().flatten();
                let ends = ends.filter(|at| at.0 < end);
                all.extend(ends.map(|at| (Entity::Visit(visit.clone()), at)));
            }
            let due = stays.iter().any(|stay| stay.due.is_some());
            if let Some(visited) = self.site.visits.get(visit).filter(|_| due) {
                let promises = visited.timeline.iter().filter(|(_, event)| {
                    matches!(event, VisitEvent::BedAssigned(_) | VisitEvent::ReadyToMove)
                });
                all.extend(promises.map(|(at, _)| (Entity::Visit(visit.clone()), at)));
            }
        }
        all
    }

    /// The lives for which the chosen entries mean something.
    fn touched(&self) -> BTreeSet<Entity> {
        let mut touched: BTreeSet<Entity> = self
            .chosen
            .entries
            .iter()
            .map(|(entity, _)| entity.clone())
            .collect();
        let visits: Vec<VisitId> = touched.iter().filter_map(visit_of).cloned().collect();
        for visit in visits {
            let stays = self.stays(&visit, &self.chosen).into_iter();
            touched.extend(stays.map(|stay| Entity::Bed(stay.bed)));
        }
        touched.extend(self.slots_of(&self.chosen));
        touched
    }

    /// Folds a life from the chosen entries alone.
    fn folded(&self, entity: &Entity, chosen: &Chosen) -> Folded {
        let takes = |key: &Key| chosen.entries.contains(&(entity.clone(), *key));
        match entity {
            Entity::Visit(id) => self
                .site
                .visits
                .get(id)
                .map(|entry| visit::fold(&id.as_str().into(), &entry.timeline.only(takes)).folded)
                .unwrap_or_default(),
            Entity::Appointment(id) => {
                let entry = self.site.appointments.get(id);
                let life = entry.map(|entry| {
                    appointment::fold(&id.as_str().into(), &entry.timeline.only(takes))
                });
                life.map(|life| life.folded).unwrap_or_default()
            }
            Entity::Device(name) => {
                let device = self.site.devices.get(name);
                let kept = chosen.kept.contains(entity);
                let traces = device.map(|device| device.life.only(takes, kept).traces(name));
                Folded {
                    traces: traces.unwrap_or_default(),
                    refused: Vec::new(),
                }
            }
            Entity::Staff(member) => {
                let shift = self.site.shifts.get(member);
                let folded = shift
                    .map(|shift| shift::fold(&member.as_str().into(), &shift.timeline.only(takes)));
                folded.unwrap_or_default()
            }
            Entity::Bed(key) => self.folded_bed(key, chosen),
            Entity::Slot(id) => self.folded_slot(id, chosen),
        }
    }

    fn folded_bed(&self, key: &BedKey, chosen: &Chosen) -> Folded {
        let entity = Entity::Bed(key.clone());
        let Some(bed) = self.site.beds.get(key) else {
            return Folded::default();
        };
        let visits: BTreeSet<&VisitId> = chosen
            .entries
            .iter()
            .filter_map(|(e, _)| visit_of(e))
            .collect();
        let mut stays: BTreeMap<VisitId, Vec<BedStay>> = BTreeMap::new();
        for visit in visits {
            let mut of_visit = self.stays(visit, chosen);
            of_visit.retain(|stay| stay.bed == *key);
            stays.insert(visit.clone(), of_visit);
        }
        let rules = self.site.rules();
        let setting = rules.before(key, i64::MIN);
        let mut said: Timeline<BedEvent> = bed
            .timeline
            .only(|at| chosen.entries.contains(&(entity.clone(), *at)));
        if chosen.kept.contains(&entity) {
            for (minor, (at, event)) in (0..).zip(bed.base.statements()) {
                said.insert(
                    (
                        at,
                        Order {
                            minor,
                            ..Order::FIRST
                        },
                    ),
                    event,
                );
            }
        }
        let changes = rules.since(key, i64::MIN);
        let events = events_of(i64::MIN, &stays, said.iter(), changes);
        let events = events.iter().map(|((key, _), event)| (*key, event));
        let mut folded = bed::fold(&setting, BedState::default(), events).1;
        rules.counts(key, &mut folded.traces);
        folded
    }

    /// The times in beds that follow from the chosen entries of a visit.
    fn stays(&self, id: &VisitId, chosen: &Chosen) -> Vec<BedStay> {
        let entity = Entity::Visit(id.clone());
        let visit = self.site.visits.get(id);
        let beds = visit.map(|entry| {
            let takes = |key: &Key| chosen.entries.contains(&(entity.clone(), *key));
            visit::fold(&id.as_str().into(), &entry.timeline.only(takes)).beds
        });
        beds.unwrap_or_default()
    }
}

/// Whether it also says how a visit was before.
fn is_all_along(event: &VisitEvent) -> bool {
    matches!(event, VisitEvent::Emergency | VisitEvent::StayBegan(_))
}

fn visit_of(entity: &Entity) -> Option<&VisitId> {
    match entity {
        Entity::Visit(id) => Some(id),
        _ => None,
    }
}

/// How many of the last entries to try, up to all.
fn lengths(all: usize) -> impl Iterator<Item = usize> {
    let next = move |length: &usize| match *length {
        length if length >= all => None,
        length if length < ONE_BY_ONE => Some(length + 1),
        length => Some((2 * length).min(all)),
    };
    std::iter::successors(Some(0), next)
}
