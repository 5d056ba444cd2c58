//! What is going to happen, soonest first; at the same time, in the order in
//! which it was decided.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::arrivals::Arrival;
use super::beds::BedChange;
use super::cleaning::CleaningStep;
use super::clinic::ClinicStep;
use super::devices::DeviceChange;
use super::stay::Step;

/// Something that is going to happen. Numbers are places in the hospital's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Arrival(Arrival),
    Bed(usize, BedChange),
    /// Free beds of a ward are given to those who wait.
    BedMeeting(usize),
    Blocking,
    Cleaning(usize, CleaningStep),
    Clinic(ClinicStep),
    Device(usize, DeviceChange),
    EquipmentBreaks,
    PadSticks,
    Shift,
    Stay(usize, Step),
}

#[derive(Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<(i64, u64, Event)>>,
    count: u64,
}

impl Agenda {
    pub(super) fn put(&mut self, at: i64, event: Event) {
        self.heap.push(Reverse((at, self.count, event)));
        self.count += 1;
    }

    pub(super) fn take(&mut self) -> Option<(i64, Event)> {
        let Reverse((at, _, event)) = self.heap.pop()?;
        Some((at, event))
    }
}
