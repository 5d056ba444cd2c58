//! Lets go of what lies beyond the horizon, where no correction can reach it: a
//! state takes the place of all that led to it.

use events::id::WardId;
use events::time::HOUR_MS;

use super::rules::Rules;
use super::{Entity, SiteFold};
use crate::alert::ward_full;
use crate::life::bed;

impl SiteFold {
    /// Once an hour of cell time, lets go of what no correction can reach; everything is
    /// folded again then. What tells years of the past has room for more, and less time.
    pub(super) fn forget(&mut self, now: i64) {
        if now < self.next_cleanup {
            return;
        }
        let every = if self.config.is_live { 1 } else { 8 };
        self.next_cleanup = now + every * HOUR_MS;
        let edge = self.edge;
        self.forget_fullness(now, edge);
        self.forget_beds(edge);
        self.forget_closed(edge);
        self.forget_shifts(edge);
        self.forget_sources(edge);
        for device in self.devices.values_mut() {
            device.life.forget(edge);
        }
        self.touched.entities.extend(self.traces.keys().cloned());
        self.forget_alarms(now, edge);
        self.forget_commands(now);
        self.windows.forget(edge);
        self.days.forget(edge);
        self.master.forget(edge);
        self.thresholds.forget(edge);
        self.versions.forget(edge);
        self.refold(now);
    }

    /// Keeps in mind which wards were full at the edge.
    fn forget_fullness(&mut self, now: i64, edge: i64) {
        let wards: Vec<WardId> = self.wards.keys().cloned().collect();
        for ward in wards {
            let at_edge = |(since, until): &&(i64, Option<i64>)| {
                *since < edge && until.is_none_or(|until| until >= edge)
            };
            let full_since = self
                .full_stretches(now, &ward)
                .iter()
                .find(at_edge)
                .map(|(since, _)| *since);
            self.full_before
                .insert(ward, ward_full::Before { edge, full_since });
        }
    }

    /// Puts a state in place of what led to it.
    fn forget_beds(&mut self, edge: i64) {
        let rules = Rules {
            master: &self.master,
            thresholds: &self.thresholds,
            versions: &self.versions,
        };
        for (key, bed) in &mut self.beds {
            let bed = &mut **bed;
            let setting = rules.before(key, bed.base_edge);
            let changes = rules.since(key, bed.base_edge);
            let old: Vec<_> = bed.timeline.split_before(edge).collect();
            let said = old.iter().map(|(key, event)| (*key, event));
            let events = super::refold::events_of(bed.base_edge, &bed.stays, said, changes);
            let events = events.iter().filter(|((key, _), _)| key.0 < edge);
            let events = events.map(|((key, _), event)| (*key, event));
            bed.base = bed::fold(&setting, std::mem::take(&mut bed.base), events).0;
            bed.base_edge = edge;
            bed.stays.retain(|_, stays| {
                stays.retain(|stay| stay.to.is_none_or(|(key, _)| key.0 >= edge));
                !stays.is_empty()
            });
        }
    }

    /// What was said of people, but for the shifts that they are on at the edge.
    fn forget_shifts(&mut self, edge: i64) {
        for shift in self.shifts.values_mut() {
            let last = shift.timeline.split_before(edge).last();
            if let Some((key, event)) = last.filter(|(_, event)| event.begins) {
                shift.timeline.insert(key, event);
            }
        }
    }

    /// Visits, appointments and slots that ended before the edge.
    fn forget_closed(&mut self, edge: i64) {
        let mut gone = Vec::new();
        self.visits.retain(|id, visit| {
            let over = visit.life.now.closed.is_some() && visit.timeline.newest() < Some(edge);
            gone.extend(over.then(|| Entity::Visit(id.clone())));
            !over
        });
        self.appointments.retain(|id, appointment| {
            let over = appointment.life.closed && appointment.timeline.newest() < Some(edge);
            gone.extend(over.then(|| Entity::Appointment(id.clone())));
            !over
        });
        gone.extend(self.forget_slots(edge));
        for entity in gone {
            if let Some(traces) = self.traces.remove(&entity) {
                for interval in &traces.intervals {
                    self.wards
                        .entry(interval.ward.clone())
                        .or_default()
                        .remove(interval);
                }
                for mark in &traces.marks {
                    self.wards
                        .entry(mark.ward.clone())
                        .or_default()
                        .remove_mark(mark);
                }
            }
        }
    }
}
