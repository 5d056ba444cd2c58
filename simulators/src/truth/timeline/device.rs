//! Devices, one after the other: the paragraph "A device".

use std::collections::BTreeMap;

use events::fact::{EquipmentStatus, SensorFact};
use events::id::DeviceId;
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::{DeviceTimeline, OPEN, Timeline, meaning};

pub(super) fn replay(readings: &[(&DevicePath, &Reading)], timeline: &mut Timeline) {
    let mut devices: BTreeMap<&DeviceId, DeviceTimeline> = BTreeMap::new();
    for (path, reading) in readings {
        let device = devices
            .entry(&path.device)
            .or_insert_with(|| DeviceTimeline {
                ward: path.place.ward.clone(),
                device: path.device.clone(),
                heard: Vec::new(),
                status: Vec::new(),
            });
        device.heard.push(reading.at.0);
        if let Some(SensorFact::Equipment(status)) = meaning(reading) {
            device.is(status, reading.at.0);
        }
    }
    timeline.devices = devices.into_values().collect();
}

impl DeviceTimeline {
    fn is(&mut self, status: EquipmentStatus, at: i64) {
        match self.status.last_mut() {
            Some((before, _)) if *before == status => return,
            Some((_, span)) => span.to = at,
            None => {}
        }
        self.status.push((status, Span { from: at, to: OPEN }));
    }
}
