//! Devices, one after the other: the paragraph "A device".

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{EquipmentStatus, SensorFact};
use events::id::{DeviceId, WardId};
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::{DeviceTimeline, OPEN, Timeline, meaning};

pub(super) fn replay(
    readings: &[(&DevicePath, &Reading)],
    arrived: &[(DevicePath, Reading)],
    end: i64,
    timeline: &mut Timeline,
) {
    let mut said: BTreeMap<&DeviceId, Vec<(&WardId, &Reading)>> = BTreeMap::new();
    for (path, reading) in readings {
        let of_device = said.entry(&path.device).or_default();
        of_device.push((&path.place.ward, reading));
    }
    let mut told: BTreeMap<&DeviceId, Vec<(&WardId, &Reading)>> = BTreeMap::new();
    for (path, reading) in arrived.iter().filter(|(_, reading)| reading.at.0 < end) {
        let of_device = told.entry(&path.device).or_default();
        of_device.push((&path.place.ward, reading));
    }
    let names: BTreeSet<&DeviceId> = said.keys().chain(told.keys()).copied().collect();
    for name in names {
        let said = said.get(name).map_or(&[][..], Vec::as_slice);
        let told = told.get(name).map_or(&[][..], Vec::as_slice);
        timeline.devices.push(device(name, said, told));
    }
}

fn device(
    name: &DeviceId,
    said: &[(&WardId, &Reading)],
    told: &[(&WardId, &Reading)],
) -> DeviceTimeline {
    let heard = said
        .iter()
        .map(|(ward, reading)| (reading.at.0, (*ward).clone()));
    let mut device = DeviceTimeline {
        device: name.clone(),
        heard: heard.collect(),
        gone: Vec::new(),
        status: Vec::new(),
    };
    for (ward, reading) in said {
        let status = match meaning(reading) {
            Some(SensorFact::Equipment(status)) => Some(status),
            _ => device.status.last().map(|(status, ..)| *status),
        };
        if let Some(status) = status {
            device.is(status, ward, reading.at.0);
        }
    }
    for (place, (_, will)) in told.iter().enumerate() {
        if let Some(span) = absence(&told[..place], will, &told[place + 1..]) {
            device.gone.push((device.ward_at(span.from, told), span));
        }
    }
    device
}

/// From a will to the birth, or to the first reading of a later time, of its boot
/// or a newer one; nothing if a newer boot had spoken before.
fn absence(
    before: &[(&WardId, &Reading)],
    will: &Reading,
    after: &[(&WardId, &Reading)],
) -> Option<Span> {
    let is_will = meaning(will) == Some(SensorFact::Presence { online: false });
    if !is_will || before.iter().any(|(_, told)| told.boot > will.boot) {
        return None;
    }
    let back = |reading: &Reading| match meaning(reading) {
        Some(SensorFact::Presence { online }) => online && reading.at >= will.at,
        _ => reading.at > will.at,
    };
    let later = after.iter().map(|(_, reading)| reading);
    let later = later.filter(|reading| reading.boot >= will.boot && back(reading));
    let to = later.map(|reading| reading.at.0).min();
    Some(Span {
        from: will.at.0,
        to: to.unwrap_or(OPEN),
    })
}

impl DeviceTimeline {
    fn is(&mut self, status: EquipmentStatus, ward: &WardId, at: i64) {
        match self.status.last_mut() {
            Some((before, on, _)) if *before == status && on == ward => return,
            Some((.., span)) => span.to = at,
            None => {}
        }
        let span = Span { from: at, to: OPEN };
        self.status.push((status, ward.clone(), span));
    }

    /// Where its last reading up to `at` was, else its first one, else where it
    /// was first told of.
    fn ward_at(&self, at: i64, told: &[(&WardId, &Reading)]) -> WardId {
        let until = self.heard.iter().take_while(|(heard, _)| *heard <= at);
        let heard = until.last().or(self.heard.first());
        heard.map_or_else(|| told[0].0.clone(), |(_, ward)| ward.clone())
    }

    /// With what it was on some wards only; the rest is for alerts, not for rows.
    pub(super) fn on(&self, has: impl Fn(&WardId) -> bool) -> Self {
        let status = self.status.iter().filter(|(_, ward, _)| has(ward));
        Self {
            status: status.cloned().collect(),
            ..self.clone()
        }
    }
}
