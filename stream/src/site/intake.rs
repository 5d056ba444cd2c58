//! From the log into the timelines: each record finds the life that it is about.

use events::command::Command;
use events::control::{Control, Setting};
use events::fact::{AppointmentEvent, Told, VisitEvent, What};
use events::id::{RoleId, StaffId, VisitId, WardId};
use events::output::{Late, Output};
use events::place::{BedKey, Place};
use events::reason::Reason;
use events::topic::KafkaTopic;

use super::{Bed, Entity, Item, Position, SiteFold, SiteInput};
use crate::feed::Feed;
use crate::life::appointment::AppointmentSaid;
use crate::life::bed::BedEvent;
use crate::life::shift::ShiftEvent;
use crate::life::slot::SlotSaid;
use crate::life::{Key, Order};

pub(super) const FACTS: u8 = 1;
pub(super) const SIGNALS: u8 = 2;

/// When a ward was last heard is known to this many milliseconds.
const WARD_HEARD_STEP_MS: i64 = 10_000;

/// How a fact was said.
#[derive(Clone, Copy)]
struct Said<'a> {
    position: Position,
    key: Key,
    source: &'a str,
    feed: Option<Feed>,
}

impl SiteFold {
    pub(super) fn take(&mut self, now: i64, input: SiteInput) {
        let (_, lane, offset, _) = input.place;
        match input.item {
            Item::Control(control) => self.set(now, control),
            Item::Told(told) => self.told(now, lane, offset, told),
            Item::Report(report) => self.report(now, lane, offset, report),
        }
    }

    fn set(&mut self, now: i64, control: Control) {
        match control.setting {
            Setting::Master(master) => {
                self.say_site(now, &master);
                let listed: Vec<BedKey> = self.master.now().beds().collect();
                self.master.set(now, master);
                self.windows.begin(now, self.config.shortest, &self.master);
                self.unlist(now, listed);
                for key in self.master.now().beds() {
                    self.beds.entry(key).or_default();
                }
                self.await_turn(now);
            }
            Setting::Threshold(threshold) => {
                self.thresholds.set(now, threshold);
                self.wake_all();
            }
            Setting::Horizons(horizons) => {
                self.horizons = Some(self.config.clamp(horizons));
                return;
            }
            Setting::Version(version) => {
                let before = self.versions.now();
                self.versions.set(now, version);
                if !self.has_answers(before) && self.has_answers(self.versions.now()) {
                    self.begin_answers(now);
                }
            }
        }
        self.touched.everything = true;
    }

    fn told(&mut self, now: i64, lane: u32, offset: u64, told: Told) {
        let position = Position {
            topic: KafkaTopic::Facts.name(),
            lane,
            offset,
        };
        for (index, fact) in told.facts.into_iter().enumerate() {
            let order = Order {
                topic: FACTS,
                lane,
                major: offset,
                minor: index as u64,
            };
            let key = (fact.at.0, order);
            if let What::Command(command) = &fact.what {
                let command = Command::clone(command);
                self.command(now, key, &fact, command);
                continue;
            }
            let said = Said {
                position,
                key,
                source: &told.source,
                feed: Feed::of(&fact.what),
            };
            if let Err(reason) = self.fact(said, fact.what) {
                self.set_aside(now, position, fact.at.0, reason);
            }
        }
    }

    /// It can still be taken, and there is room for it.
    fn admit(&mut self, said: Said<'_>, has_room: bool) -> Result<(), Reason> {
        let at = said.key.0;
        if at < self.edge {
            return Err(Reason::BeyondHorizon);
        }
        if let Some(feed) = said.feed {
            self.hear_source(said.source, feed, at);
        }
        if has_room {
            Ok(())
        } else {
            Err(Reason::SiteFull)
        }
    }

    fn fact(&mut self, said: Said<'_>, what: What) -> Result<(), Reason> {
        let key = said.key;
        let entity = match what {
            // Nothing here follows from vital signs: whoever asks finds them in the tables.
            // Commands have gone their own way.
            What::Vital { .. } | What::Command(_) => return Ok(()),
            What::Visit { visit, event, .. } => {
                self.admit(said, self.has_visit(&visit, &event))?;
                self.hear_visit(key.0, &visit, &event);
                let entry = self.visits.entry(visit.clone()).or_default();
                entry.timeline.insert(key, event);
                Entity::Visit(visit)
            }
            What::Appointment {
                appointment,
                ward,
                slot,
                event,
                ..
            } => {
                self.admit(
                    said,
                    self.has_appointment(&appointment, &ward, slot.as_ref(), event),
                )?;
                self.hear_ward(key.0, &ward);
                if let (AppointmentEvent::Booked(_), Some(slot)) = (event, &slot) {
                    self.take_slot(slot, &appointment);
                }
                let entry = self.appointments.entry(appointment.clone()).or_default();
                let said = AppointmentSaid { ward, slot, event };
                entry.timeline.insert(key, said);
                Entity::Appointment(appointment)
            }
            What::Slot {
                slot,
                ward,
                kind,
                event,
            } => {
                self.admit(said, self.has_slot(&slot) && self.has_ward(&ward))?;
                self.hear_ward(key.0, &ward);
                let entry = self.slots.entry(slot.clone()).or_default();
                entry.timeline.insert(key, SlotSaid { ward, kind, event });
                Entity::Slot(slot)
            }
            What::Bed { place, tap } => {
                self.admit(said, self.has_place(&place))?;
                let Some(bed) = self.hear_place(key.0, &place) else {
                    return Ok(());
                };
                self.bed_event(bed.clone(), key, BedEvent::Tap(tap));
                Entity::Bed(bed)
            }
            What::Staff {
                member,
                ward,
                role,
                on_shift,
            } => {
                self.admit(said, self.has_member(&member) && self.has_ward(&ward))?;
                self.shift(key, &member, (ward, role), on_shift);
                Entity::Staff(member)
            }
        };
        let inserted = (entity.clone(), key, said.position);
        self.touched.inserted.push(inserted);
        self.touched.entities.insert(entity);
        Ok(())
    }

    fn shift(&mut self, key: Key, member: &StaffId, on: (WardId, RoleId), begins: bool) {
        let (ward, role) = on.clone();
        self.hear_ward(key.0, &ward);
        let shift = self.shifts.entry(member.clone()).or_default();
        let event = ShiftEvent { ward, role, begins };
        shift.timeline.insert(key, event);
        if shift.key.is_none_or(|newest| newest <= key) {
            shift.key = Some(key);
            shift.on = begins.then_some(on);
        }
    }

    pub(super) fn bed_event(&mut self, bed: BedKey, key: Key, event: BedEvent) {
        self.beds
            .entry(bed.clone())
            .or_default()
            .timeline
            .insert(key, event);
        self.touched.entities.insert(Entity::Bed(bed));
    }

    /// A bed hears what is said of who is in it.
    fn hear_visit(&mut self, at: i64, visit: &VisitId, event: &VisitEvent) {
        match event {
            VisitEvent::BedRequested(ward) => self.hear_ward(at, ward),
            VisitEvent::BedAssigned(place)
            | VisitEvent::Admitted(place)
            | VisitEvent::Transferred(place)
            | VisitEvent::PlacedByCancel(place) => {
                self.hear_place(at, place);
            }
            _ => {
                let known = self.visits.get(visit);
                let place = known.and_then(|visit| visit.life.now.place.clone());
                if let Some((place, _)) = place {
                    self.hear_place(at, &place);
                }
            }
        }
    }

    /// Kept in steps, so that a ward with many devices is not said again for each.
    pub(super) fn hear_ward(&mut self, at: i64, ward: &WardId) {
        let step = at - at.rem_euclid(WARD_HEARD_STEP_MS);
        if self.ward_heard.get(ward).is_none_or(|heard| *heard < step) {
            self.ward_heard.insert(ward.clone(), step);
            self.touched.heard_wards.insert(ward.clone());
        }
    }

    /// Notes that something was said of a place; gives its bed, if it has one.
    pub(super) fn hear_place(&mut self, at: i64, place: &Place) -> Option<BedKey> {
        self.hear_ward(at, &place.ward);
        let key = place.bed_key()?;
        self.hear_bed(at, &key, place);
        self.touched.beds.insert(key.clone());
        Some(key)
    }

    pub(super) fn hear_bed(&mut self, at: i64, key: &BedKey, place: &Place) -> &mut Bed {
        let bed = self.beds.entry(key.clone()).or_default();
        bed.heard = at.max(bed.heard);
        if bed.place.as_ref().is_none_or(|known| known.room.is_none()) {
            bed.place = Some(place.clone());
            self.touched.beds.insert(key.clone());
        }
        bed
    }

    pub(super) fn set_aside(&mut self, now: i64, position: Position, at: i64, reason: Reason) {
        debug_assert!(at <= now || reason != Reason::BeyondHorizon);
        self.touched.outputs.push(Output::Late(Late {
            tenant: self.site.tenant.to_string(),
            site: self.site.site.to_string(),
            topic: position.topic.to_owned(),
            lane: position.lane,
            offset: position.offset,
            at_ms: at,
            reason: reason.code().to_owned(),
            ..Late::default()
        }));
    }
}
