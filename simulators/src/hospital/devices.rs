//! Devices: bedside units (a pad and a cleaning button in one) and equipment.
//! Each says its state on every change, and again every 60 s.

use events::fact::{CleaningPhase, EquipmentStatus};
use events::sensor::{ClockFlags, HEARTBEAT_MS, Reading, Value, by_stream};
use events::time::{CellTime, DAY_MS, EventTime, HOUR_MS};
use events::topic::DevicePath;

use super::agenda::Event;
use super::{Happening, Hospital};

#[derive(Clone)]
pub(super) struct Device {
    pub(super) path: DevicePath,
    kind: Kind,
    seq: u64,
    /// Of a bedside unit: the weight in the bed in grams, if somebody is in it.
    weight: Option<i32>,
    /// What a unit whose pad is stuck says of the weight instead.
    stuck: Option<Option<i32>>,
    /// Of equipment.
    status: EquipmentStatus,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unit,
    Equipment { ward: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DeviceChange {
    Freed,
    Heartbeat,
    Repaired,
}

impl Device {
    pub(super) fn new(path: DevicePath, kind: Kind) -> Self {
        Self {
            path,
            kind,
            seq: 0,
            weight: None,
            stuck: None,
            status: EquipmentStatus::Idle,
        }
    }

    /// Its pad is stuck from now on; false when it was.
    pub(super) fn sticks(&mut self) -> bool {
        let was = self.stuck.replace(self.stuck.unwrap_or(self.weight));
        was.is_none()
    }
}

impl Hospital {
    pub(super) fn open_devices(&mut self) {
        for device in 0..self.devices.len() {
            let phase = self.rng.between(1_000, HEARTBEAT_MS);
            self.after(phase, Event::Device(device, DeviceChange::Heartbeat));
        }
        self.plan_fault();
        self.plan_stuck_pad();
    }

    pub(super) fn change_device(&mut self, device: usize, change: DeviceChange) {
        match change {
            DeviceChange::Freed => {
                self.devices[device].stuck = None;
                self.tell_state(device);
            }
            DeviceChange::Heartbeat => {
                self.tell_state(device);
                self.after(HEARTBEAT_MS, Event::Device(device, DeviceChange::Heartbeat));
            }
            DeviceChange::Repaired => self.set_equipment(device, EquipmentStatus::Idle),
        }
    }

    /// The pad feels somebody of this weight in grams, or nobody.
    pub(super) fn set_pad(&mut self, device: usize, weight: Option<i32>) {
        self.devices[device].weight = weight;
        self.tell_state(device);
    }

    pub(super) fn press_button(&mut self, device: usize, phase: CleaningPhase) {
        let value = match phase {
            CleaningPhase::Started => 0,
            CleaningPhase::Done => 1,
            CleaningPhase::Inspected => 2,
        };
        self.read(device, "clean", Value { value, extra: None });
    }

    /// Takes an idle piece of equipment to a bed: one of its ward, else one that
    /// another ward can spare, and which then stays there.
    pub(super) fn take_equipment(&mut self, bed: usize) -> Option<usize> {
        let (ward, place) = (self.beds[bed].ward, self.beds[bed].place.clone());
        let idle = |device: &Device| device.status == EquipmentStatus::Idle;
        let own = |device: &Device| device.kind == Kind::Equipment { ward } && idle(device);
        let lent = |device: &Device| device.kind != Kind::Unit && idle(device);
        let devices = &self.devices;
        let device = devices
            .iter()
            .position(own)
            .or_else(|| devices.iter().rposition(lent))?;
        self.devices[device].kind = Kind::Equipment { ward };
        self.devices[device].path.place = place;
        self.set_equipment(device, EquipmentStatus::InUse);
        Some(device)
    }

    /// Gives it back to the ward, unless it has broken meanwhile.
    pub(super) fn return_equipment(&mut self, device: usize) {
        let place = &mut self.devices[device].path.place;
        (place.room, place.bed) = (None, None);
        if self.devices[device].status == EquipmentStatus::InUse {
            self.set_equipment(device, EquipmentStatus::Idle);
        }
    }

    pub(super) fn break_some_equipment(&mut self) {
        let is_equipment = |index: &usize| self.devices[*index].kind != Kind::Unit;
        let pieces: Vec<usize> = (0..self.devices.len()).filter(is_equipment).collect();
        let device = *self.rng.pick(&pieces);
        if self.devices[device].status != EquipmentStatus::Fault {
            self.set_equipment(device, EquipmentStatus::Fault);
            let repair = self.minutes(20, 240);
            self.after(repair, Event::Device(device, DeviceChange::Repaired));
        }
        self.plan_fault();
    }

    fn plan_fault(&mut self) {
        let per_day = self.scenario.equipment_faults_per_day;
        if per_day > 0 {
            let gap = self.rng.exponential(mean_gap(per_day));
            self.after(gap, Event::EquipmentBreaks);
        }
    }

    fn set_equipment(&mut self, device: usize, status: EquipmentStatus) {
        self.devices[device].status = status;
        self.tell_state(device);
    }

    fn tell_state(&mut self, index: usize) {
        let device = &self.devices[index];
        let weight = device.stuck.unwrap_or(device.weight);
        let (stream, value, extra) = match (device.kind, device.status) {
            (Kind::Unit, _) => ("bed", i32::from(weight.is_some()), weight),
            (_, EquipmentStatus::InUse) => ("equipment", 0, Some(self.battery())),
            (_, EquipmentStatus::Idle) => ("equipment", 1, Some(100)),
            (_, EquipmentStatus::Fault) => ("equipment", 2, None),
        };
        self.read(index, stream, Value { value, extra });
    }

    /// Runs down within eight hours, in per cent.
    fn battery(&self) -> i32 {
        let used = self.now_ms.rem_euclid(8 * HOUR_MS) * 80 / (8 * HOUR_MS);
        100 - i32::try_from(used).expect("at most 80")
    }

    fn read(&mut self, index: usize, stream: &str, value: Value) {
        let at = self.stamp();
        let device = &mut self.devices[index];
        let reading = Reading {
            boot: 1,
            seq: device.seq,
            at: EventTime(at),
            told: CellTime(at),
            flags: ClockFlags::default(),
            code: by_stream(stream).expect("the stream is one of ours").code,
            value,
        };
        device.seq += 1;
        let happening = Happening::Reading(device.path.clone(), reading);
        self.said.push_back((at, happening));
    }
}

/// The mean gap of what happens so often a day, in milliseconds.
pub(super) fn mean_gap(per_day: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a day in ms is exact")]
    let day = DAY_MS as f64;
    day / f64::from(per_day)
}
