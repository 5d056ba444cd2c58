//! What lanes report of devices: each finds its device, and the bed and the ward
//! where it stands.

use std::sync::Arc;

use events::fact::SensorFact;
use events::place::{BedKey, Place};
use events::reason::Reason;
use events::topic::{self, KafkaTopic};

use super::intake::SIGNALS;
use super::{Device, Entity, Position, SiteFold};
use crate::lane::statements::At;
use crate::lane::{News, Report};
use crate::life::bed::BedEvent;
use crate::life::device::{DeviceLife, Saying};
use crate::life::{Key, Order};

impl SiteFold {
    pub(super) fn report(&mut self, now: i64, lane: u32, offset: u64, report: Report) {
        let position = Position {
            topic: KafkaTopic::Signals.name(),
            lane,
            offset,
        };
        if !self.has_room_for(&report) {
            return self.set_aside(now, position, now, Reason::SiteFull);
        }
        let Report {
            device: name,
            place,
            news,
            ..
        } = report;
        match news {
            News::Said { at, .. } if at.0 < self.edge => {
                self.set_aside(now, position, at.0, Reason::BeyondHorizon);
            }
            News::Said { at, fact } => self.said(position, &name, place, at, fact),
            News::Heard { last } => {
                self.device(&name, &place).life.heard = Some(last);
                self.hear_device(last, &place);
            }
            News::Absent {
                last,
                gaps,
                gone,
                quiet,
            } => {
                let life = &mut self.device(&name, &place).life;
                life.heard = last;
                life.miss(gaps, gone, quiet);
                self.count_silent(&name);
                self.touched.entities.insert(Entity::Device(name));
                if let Some(last) = last {
                    self.hear_device(last, &place);
                }
            }
            News::SetAside { reason, at } => self.set_aside(now, position, at, reason),
        }
    }

    fn said(
        &mut self,
        position: Position,
        name: &Arc<str>,
        place: Arc<Place>,
        at: At,
        fact: SensorFact,
    ) {
        let device = self.device(name, &place);
        let order = Order {
            topic: SIGNALS,
            lane: device.rank,
            major: u64::from(at.1),
            minor: at.2,
        };
        let key = (at.0, order);
        let status = match fact {
            SensorFact::Equipment(status) => Some(status),
            _ => None,
        };
        device.is_pad |= matches!(fact, SensorFact::Pad { .. });
        let saying = Saying {
            place: place.clone(),
            status,
        };
        if device.life.say(key, saying) {
            self.stand(name);
            self.touched.entities.insert(Entity::Device(name.clone()));
        }
        let event = match fact {
            SensorFact::Pad { occupied } => BedEvent::Pad(occupied),
            SensorFact::Cleaning(phase) => BedEvent::Cleaning(phase),
            // Equipment has no bed; who comes and goes is reported as absent.
            SensorFact::Equipment(_) | SensorFact::Presence { .. } => return,
        };
        if let Some(bed) = self.hear_place(key.0, &place) {
            self.feel(name, &bed);
            self.bed_said(position, bed, key, event);
        }
    }

    fn bed_said(&mut self, position: Position, bed: BedKey, key: Key, event: BedEvent) {
        self.bed_event(bed.clone(), key, event);
        let inserted = (Entity::Bed(bed), key, position);
        self.touched.inserted.push(inserted);
    }

    /// The device of that name, which is now known to stand somewhere.
    fn device(&mut self, name: &Arc<str>, place: &Arc<Place>) -> &mut Device {
        self.devices.entry(name.clone()).or_insert_with(|| {
            let of_ward = self.ward_devices.entry(place.ward.clone()).or_default();
            of_ward.all += 1;
            self.touched.wards.insert(place.ward.clone());
            Device {
                place: place.clone(),
                rank: topic::lane(name, u32::MAX),
                is_pad: false,
                is_silent: false,
                life: DeviceLife::new(place.clone()),
            }
        })
    }

    /// Counts a device that has fallen silent, or speaks again, on its ward.
    fn count_silent(&mut self, name: &Arc<str>) {
        let Some(device) = self.devices.get_mut(name) else {
            return;
        };
        let is_silent = device.life.is_silent();
        if std::mem::replace(&mut device.is_silent, is_silent) != is_silent {
            let ward = &device.place.ward;
            let of_ward = self.ward_devices.entry(ward.clone()).or_default();
            if is_silent {
                of_ward.silent += 1;
            } else {
                of_ward.silent -= 1;
            }
            self.touched.wards.insert(ward.clone());
            self.touched.beds.extend(device.place.bed_key());
        }
    }

    /// Moves a device from the bed and ward where it stood to those where it stands.
    fn stand(&mut self, name: &Arc<str>) {
        let Some(device) = self.devices.get_mut(name) else {
            return;
        };
        let now = device.life.place().clone();
        let before = std::mem::replace(&mut device.place, now.clone());
        if before == now {
            return;
        }
        if let Some(bed) = before.bed_key() {
            if let Some(entry) = self.beds.get_mut(&bed) {
                entry.pads.remove(name);
            }
            self.touched.beds.insert(bed);
        }
        let silent = u32::from(device.is_silent);
        if let Some(of_ward) = self.ward_devices.get_mut(&before.ward) {
            of_ward.all -= 1;
            of_ward.silent -= silent;
        }
        let of_ward = self.ward_devices.entry(now.ward.clone()).or_default();
        of_ward.all += 1;
        of_ward.silent += silent;
        for place in [&before, &now] {
            self.touched.wards.insert(place.ward.clone());
        }
        if let Some(bed) = now.bed_key() {
            self.feel(name, &bed);
        }
    }

    /// Notes that a device is a pad of the bed where it stands.
    fn feel(&mut self, name: &Arc<str>, bed: &BedKey) {
        let is_there = self
            .devices
            .get(name)
            .is_some_and(|device| device.is_pad && device.place.bed_key().as_ref() == Some(bed));
        if is_there {
            let entry = self.beds.entry(bed.clone()).or_default();
            if entry.pads.insert(name.clone()) {
                self.touched.beds.insert(bed.clone());
            }
        }
    }

    /// Notes that a device was heard: what is known of its place is fresher.
    fn hear_device(&mut self, at: i64, place: &Place) {
        self.hear_ward(at, &place.ward);
        if let Some(key) = place.bed_key() {
            let bed = self.hear_bed(at, &key, place);
            if !std::mem::replace(&mut bed.is_heard, true) {
                self.touched.heard_beds.insert(key);
            }
        }
    }
}
