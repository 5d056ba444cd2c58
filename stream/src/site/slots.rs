//! The slots of a site's clinics, and the appointments that take them.

use std::collections::{BTreeMap, BTreeSet};

use events::id::{AppointmentId, SlotId};

use super::{Entity, SiteFold, Slot};
use crate::life::slot::SlotUse;
use crate::life::{Folded, appointment, slot};

impl SiteFold {
    /// An appointment takes a slot: it counts from now on, since many can come before they
    /// are folded.
    pub(super) fn take_slot(&mut self, slot: &SlotId, appointment: &AppointmentId) {
        let entry = self.slots.entry(slot.clone()).or_default();
        entry.uses.entry(appointment.clone()).or_default();
    }

    /// Folds an appointment again, and passes on which slots it takes where that differs.
    pub(super) fn refold_appointment(&mut self, id: &AppointmentId) -> Folded {
        let Some(entry) = self.appointments.get_mut(id) else {
            return Folded::default();
        };
        let mut life = appointment::fold(&id.as_str().into(), &entry.timeline);
        let folded = std::mem::take(&mut life.folded);
        let before = std::mem::replace(&mut entry.life, life);
        let mut uses: BTreeMap<SlotId, Vec<SlotUse>> = BTreeMap::new();
        for used in &entry.life.slots {
            let of_slot = uses.entry(used.slot.clone()).or_default();
            of_slot.push(used.clone());
        }
        let taken: BTreeSet<SlotId> = before
            .slots
            .iter()
            .map(|used| used.slot.clone())
            .chain(uses.keys().cloned())
            .collect();
        for slot in taken {
            let of_slot = uses.remove(&slot).unwrap_or_default();
            let entry = self.slots.entry(slot.clone()).or_default();
            let same = entry.uses.get(id).map_or(&[][..], Vec::as_slice) == of_slot;
            if of_slot.is_empty() {
                entry.uses.remove(id);
            } else if !same {
                entry.uses.insert(id.clone(), of_slot);
            }
            if !same {
                self.touched.entities.insert(Entity::Slot(slot));
            }
        }
        folded
    }

    pub(super) fn refold_slot(&mut self, id: &SlotId) -> Folded {
        let Some(entry) = self.slots.get_mut(id) else {
            return Folded::default();
        };
        let uses: Vec<&SlotUse> = entry.uses.values().flatten().collect();
        let mut life = slot::fold(&id.as_str().into(), &entry.timeline, &uses);
        let folded = std::mem::take(&mut life.folded);
        entry.life = life;
        folded
    }

    /// Lets go of slots whose time was over before the edge. One that nobody offered is
    /// kept for as long as an appointment that took it is known.
    pub(super) fn forget_slots(&mut self, edge: i64) -> Vec<Entity> {
        let mut gone = Vec::new();
        let appointments = &self.appointments;
        self.slots.retain(|id, slot| {
            let is_awaited = || slot.uses.keys().any(|id| appointments.contains_key(id));
            let over = slot.is_silent_since(edge)
                && match slot.life.until {
                    Some(until) => until < edge,
                    None => !is_awaited(),
                };
            gone.extend(over.then(|| Entity::Slot(id.clone())));
            !over
        });
        gone
    }
}

impl Slot {
    fn is_silent_since(&self, edge: i64) -> bool {
        self.timeline.newest() < Some(edge)
    }
}
