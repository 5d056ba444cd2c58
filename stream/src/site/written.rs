//! How a site is written down: without what follows from the rest.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Entity, SiteConfig, SiteFold, Timer};
use crate::shared::Shared;
use crate::trace::Traces;

/// Bytes that a site has in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// What is known of its devices, and when to look at them again.
    pub devices: usize,
    /// Everything else: beds, visits, appointments, what they leave behind, windows.
    pub rest: usize,
}

impl SiteFold {
    /// How many bytes it has in a snapshot.
    pub fn weight(&self) -> Weight {
        let is_device =
            |timer: &&(i64, Timer)| matches!(timer, (_, Timer::Entity(Entity::Device(_))));
        let timers: Vec<_> = self.timers.iter().filter(is_device).collect();
        let devices: BTreeMap<_, _> = self.devices.iter().collect();
        let devices = bytes(&(devices, timers, &self.ward_devices));
        Weight {
            devices,
            rest: bytes(self).saturating_sub(devices),
        }
    }

    /// As it was when it was written down, with what is not written down.
    #[must_use]
    pub(crate) fn restored(mut self, config: SiteConfig) -> Self {
        self.config = config;
        for (name, device) in &self.devices {
            let traces = device.life.traces(name).that_last();
            if !traces.is_empty() {
                let entity = Entity::Device(name.clone());
                self.traces.insert(entity, traces.into());
            }
        }
        for traces in self.traces.values() {
            for interval in &traces.intervals {
                let ward = self.wards.entry(interval.ward.clone()).or_default();
                ward.add(interval);
            }
            for mark in &traces.marks {
                self.wards
                    .entry(mark.ward.clone())
                    .or_default()
                    .add_mark(mark);
            }
        }
        self
    }
}

/// The traces of devices follow from their lives alone, and there are many.
pub(super) fn without_devices<S: Serializer>(
    traces: &BTreeMap<Entity, Shared<Traces>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let is_device = |entity: &Entity| matches!(entity, Entity::Device(_));
    let others = traces.iter().filter(|(entity, _)| !is_device(entity));
    serializer.collect_map(others.collect::<Vec<_>>())
}

fn bytes(written: &impl Serialize) -> usize {
    let written = postcard::to_allocvec(written);
    written
        .expect("state is made of numbers, texts and lists")
        .len()
}
