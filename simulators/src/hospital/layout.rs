//! The site: six wards, 120 beds, a bedside unit (pad and cleaning button) on
//! the beds of every ward with pads, and forty pieces of equipment.

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource};
use events::hours::Hours;
use events::id::{BedId, DeviceId, RoomId, SiteId, TenantId, WardId};
use events::place::{Place, Site};
use events::topic::DevicePath;

use super::beds::Bed;
use super::devices::{Device, Kind};

/// A ward's plan.
pub(super) struct WardPlan {
    pub(super) id: &'static str,
    label: &'static str,
    source: OccupancySource,
    letter: char,
    beds: u32,
    /// The last so many beds are closed for want of staff.
    unstaffed: u32,
    /// So many before them are open at some hours only.
    limited: (u32, &'static str),
    equipment: &'static [(&'static str, u32)],
}

pub(super) const EMERGENCY: usize = 0;
pub(super) const MEDICAL_A: usize = 1;
pub(super) const MEDICAL_B: usize = 2;
pub(super) const SURGICAL: usize = 3;
pub(super) const INTENSIVE: usize = 4;
pub(super) const CLINIC: usize = 5;

pub(super) const WARDS: [WardPlan; 6] = [
    WardPlan {
        id: "ED",
        label: "Emergency department",
        source: OccupancySource::Visits,
        letter: 'E',
        beds: 16,
        unstaffed: 0,
        limited: (4, "10:00-22:00"),
        equipment: &[("monitor", 4)],
    },
    WardPlan {
        id: "MED-A",
        label: "Medical ward A",
        source: OccupancySource::Both,
        letter: 'A',
        beds: 30,
        unstaffed: 2,
        limited: (0, "always"),
        equipment: &[("pump", 7)],
    },
    WardPlan {
        id: "MED-B",
        label: "Medical ward B",
        source: OccupancySource::Pad,
        letter: 'B',
        beds: 30,
        unstaffed: 1,
        limited: (0, "always"),
        equipment: &[("pump", 7)],
    },
    WardPlan {
        id: "SURG",
        label: "Surgical ward",
        source: OccupancySource::Both,
        letter: 'S',
        beds: 30,
        unstaffed: 2,
        limited: (4, "Mon-Fri 07:00-19:00"),
        equipment: &[("pump", 6), ("monitor", 2)],
    },
    WardPlan {
        id: "ICU",
        label: "Intensive care",
        source: OccupancySource::Both,
        letter: 'I',
        beds: 14,
        unstaffed: 1,
        limited: (0, "always"),
        equipment: &[("ventilator", 8), ("monitor", 6)],
    },
    WardPlan {
        id: "CLINIC",
        label: "Outpatient clinic",
        source: OccupancySource::Visits,
        letter: 'C',
        beds: 0,
        unstaffed: 0,
        limited: (0, "always"),
        equipment: &[],
    },
];

pub(super) fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").expect("fits the alphabet"),
        site: SiteId::new("north").expect("fits the alphabet"),
    }
}

pub(super) fn ward_id(ward: usize) -> WardId {
    WardId::new(WARDS[ward].id).expect("fits the alphabet")
}

pub(super) fn master() -> BedMaster {
    let ward = |(index, plan): (usize, &WardPlan)| MasterWard {
        ward: ward_id(index),
        label: plan.label.to_owned(),
        source: plan.source,
        beds: (1..=plan.beds).map(|number| bed(plan, number)).collect(),
    };
    BedMaster {
        label: Some("North Hospital".to_owned()),
        time_zone: None,
        wards: WARDS.iter().enumerate().map(ward).collect(),
    }
}

/// Every bed, and every device: first the bedside units, then the equipment.
pub(super) fn furnish() -> (Vec<Bed>, Vec<Device>) {
    let (mut beds, mut devices) = (Vec::new(), Vec::new());
    for (ward, plan) in master().wards.iter().enumerate() {
        for bed in &plan.beds {
            let place = Place {
                ward: plan.ward.clone(),
                room: bed.room.clone(),
                bed: Some(bed.bed.clone()),
            };
            let unit = plan.source.has_pads().then_some(devices.len());
            if unit.is_some() {
                let name = format!("unit-{}", bed.bed);
                devices.push(device(&name, place.clone(), Kind::Unit));
            }
            beds.push(Bed::new(ward, place, bed.staffed, unit));
        }
    }
    let mut count = 0;
    for (ward, plan) in WARDS.iter().enumerate() {
        for (kind, pieces) in plan.equipment {
            for _ in 0..*pieces {
                count += 1;
                let place = Place {
                    ward: ward_id(ward),
                    room: None,
                    bed: None,
                };
                let name = format!("{kind}-{count:02}");
                devices.push(device(&name, place, Kind::Equipment { ward }));
            }
        }
    }
    (beds, devices)
}

fn bed(plan: &WardPlan, number: u32) -> MasterBed {
    let letter = plan.letter;
    let (limited, hours) = plan.limited;
    let last = plan.beds - plan.unstaffed;
    let is_limited = (1 + last - limited..=last).contains(&number);
    let hours = if is_limited { hours } else { "always" };
    MasterBed {
        bed: BedId::new(&format!("{letter}-{number:02}")).expect("fits the alphabet"),
        room: Some(
            RoomId::new(&format!("{letter}{}", number.div_ceil(2))).expect("fits the alphabet"),
        ),
        label: format!("{letter}-{number:02}"),
        staffed: number <= last,
        hours: Hours::parse(hours).expect("it is written as hours are"),
    }
}

fn device(name: &str, place: Place, kind: Kind) -> Device {
    let path = DevicePath {
        site: site(),
        place,
        device: DeviceId::new(name).expect("fits the alphabet"),
    };
    Device::new(path, kind)
}
