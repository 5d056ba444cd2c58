//! Slots, and the appointments that take them: as beds and visits.

use std::collections::BTreeSet;

use events::id::{AppointmentId, SlotId};

use super::{Chosen, Entry, Needed};
use crate::life::slot::SlotUse;
use crate::life::{Folded, Key, appointment, slot};
use crate::site::Entity;

impl Needed<'_> {
    /// What was said of a slot and of the appointments that took it: all of it, since a
    /// slot counts when its time comes.
    pub(super) fn of_slot(&self, id: &SlotId) -> Vec<Entry> {
        let Some(slot) = self.site.slots.get(id) else {
            return Vec::new();
        };
        let said = slot.timeline.iter();
        let mut all: Vec<Entry> = said.map(|(at, _)| (Entity::Slot(id.clone()), at)).collect();
        for appointment in slot.uses.keys() {
            all.extend(self.candidates(&Entity::Appointment(appointment.clone())));
        }
        all
    }

    /// The slots that chosen appointments take.
    pub(super) fn slots_of(&self, chosen: &Chosen) -> BTreeSet<Entity> {
        let appointments = appointments_of(chosen).into_iter();
        let uses = appointments.flat_map(|id| self.uses(id, chosen));
        uses.map(|used| Entity::Slot(used.slot)).collect()
    }

    pub(super) fn folded_slot(&self, id: &SlotId, chosen: &Chosen) -> Folded {
        let Some(slot) = self.site.slots.get(id) else {
            return Folded::default();
        };
        let entity = Entity::Slot(id.clone());
        let takes = |key: &Key| chosen.entries.contains(&(entity.clone(), *key));
        let appointments = appointments_of(chosen).into_iter();
        let uses: Vec<SlotUse> = appointments
            .flat_map(|appointment| self.uses(appointment, chosen))
            .filter(|used| used.slot == *id)
            .collect();
        let uses: Vec<&SlotUse> = uses.iter().collect();
        slot::fold(&id.as_str().into(), &slot.timeline.only(takes), &uses).folded
    }

    /// The uses of slots that follow from the chosen entries of an appointment.
    fn uses(&self, id: &AppointmentId, chosen: &Chosen) -> Vec<SlotUse> {
        let entity = Entity::Appointment(id.clone());
        let takes = |key: &Key| chosen.entries.contains(&(entity.clone(), *key));
        let entry = self.site.appointments.get(id);
        let life =
            entry.map(|entry| appointment::fold(&id.as_str().into(), &entry.timeline.only(takes)));
        life.map(|life| life.slots).unwrap_or_default()
    }
}

fn appointments_of(chosen: &Chosen) -> BTreeSet<&AppointmentId> {
    let entities = chosen.entries.iter().map(|(entity, _)| entity);
    let ids = entities.filter_map(|entity| match entity {
        Entity::Appointment(id) => Some(id),
        _ => None,
    });
    ids.collect()
}
