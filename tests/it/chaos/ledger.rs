//! What was said to the node, by whom it was said: written down before it is sent.

use std::collections::BTreeMap;

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource, Setting, Threshold};
use events::fact::{BedTap, Fact, VisitEvent, What};
use events::hours::Hours;
use events::id::{BedId, DeviceId, SiteId, TenantId, WardId};
use events::place::{Place, Site};
use events::sensor::{Reading, by_code};
use events::topic::DevicePath;
use simulators::truth::Record;

/// Wards, who knows whether their beds are occupied, and how many beds they have.
pub(crate) const WARDS: [(&str, OccupancySource, usize); 3] = [
    ("PAD", OccupancySource::Pad, 10),
    ("VIS", OccupancySource::Visits, 8),
    ("MIX", OccupancySource::Both, 6),
];

/// Numbers that make alerts within minutes.
pub(crate) const THRESHOLDS: [(&str, &str, i64); 5] = [
    ("appointment_waiting", "minutes", 1),
    ("bed_dirty", "minutes", 1),
    ("cleaning_not_started", "minutes", 1),
    ("device_silent", "seconds", 90),
    ("request_waiting", "minutes", 1),
];

/// A reading as the tables show it: device, stream, boot, number, value, second value, time.
pub(crate) type ReadingRow = (String, String, u32, u64, i32, Option<i32>, i64);

/// What a board must show of a bed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BedState {
    pub(crate) occupied: bool,
    pub(crate) blocked: bool,
    /// Time of the newest reading of its pad; 0 without one.
    pub(crate) pad_heard_ms: i64,
}

/// Everything that was said.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) readings: Vec<(DevicePath, Reading)>,
    pub(crate) facts: Vec<Fact>,
    /// Commands by their ids, each with what must come of it.
    pub(crate) commands: Vec<(String, String)>,
    last_ms: i64,
}

impl Ledger {
    /// A time that nothing else happened at.
    pub(crate) fn time(&mut self, now_ms: i64) -> i64 {
        self.last_ms = now_ms.max(self.last_ms + 1);
        self.last_ms
    }

    /// As the tables must show the readings, each once.
    pub(crate) fn reading_rows(&self) -> Vec<ReadingRow> {
        let row = |(path, reading): &(DevicePath, Reading)| {
            let stream = by_code(reading.code).unwrap().stream;
            let Reading { boot, seq, at, .. } = *reading;
            let (value, extra) = (reading.value.value, reading.value.extra);
            let device = path.device.to_string();
            (device, stream.to_owned(), boot, seq, value, extra, at.0)
        };
        let mut rows: Vec<_> = self.readings.iter().map(row).collect();
        rows.sort();
        rows
    }

    /// How many readings each minute has.
    pub(crate) fn minutes(&self) -> BTreeMap<i64, u64> {
        let mut minutes = BTreeMap::new();
        for (_, reading) in &self.readings {
            *minutes.entry(reading.at.0.div_euclid(60_000)).or_default() += 1;
        }
        minutes
    }

    /// Kind and time of each fact: as the tables must show them, each once.
    pub(crate) fn fact_rows(&self) -> Vec<(String, i64)> {
        let kind = |fact: &Fact| match fact.what {
            What::Visit { .. } => "visit",
            What::Appointment { .. } => "appointment",
            What::Vital { .. } => "vital",
            What::Slot { .. } => "slot",
            What::Staff { .. } => "staff",
            What::Bed { .. } => "bed",
            What::Command(_) => "command",
        };
        let rows = self.facts.iter();
        let mut rows: Vec<_> = rows
            .map(|fact| (kind(fact).to_owned(), fact.at.0))
            .collect();
        rows.sort();
        rows
    }

    /// What holds of each bed after all that was said.
    pub(crate) fn beds(&self) -> BTreeMap<(String, String), BedState> {
        let mut beds: BTreeMap<_, BedState> = BTreeMap::new();
        for (ward, _, count) in WARDS {
            beds.extend((0..count).map(|bed| (key(&place(ward, bed)), BedState::default())));
        }
        let mut pads: Vec<_> = self.readings.iter().collect();
        pads.retain(|(_, reading)| by_code(reading.code).unwrap().stream == "bed");
        pads.sort_by_key(|(_, reading)| reading.at);
        for (path, reading) in pads {
            let bed = beds.get_mut(&key(&path.place)).unwrap();
            bed.pad_heard_ms = reading.at.0;
            if path.place.ward.as_str() == "PAD" {
                bed.occupied = reading.value.value & 1 == 1;
            }
        }
        let mut lies = BTreeMap::new();
        for fact in &self.facts {
            match &fact.what {
                What::Visit { visit, event, .. } => match event {
                    VisitEvent::Admitted(place) | VisitEvent::Transferred(place) => {
                        lies.insert(visit, place);
                    }
                    VisitEvent::Discharged => drop(lies.remove(visit)),
                    _ => {}
                },
                What::Bed { place, tap } => {
                    let bed = beds.get_mut(&key(place)).unwrap();
                    bed.blocked = match tap {
                        BedTap::Blocked { .. } => true,
                        BedTap::Open => false,
                        BedTap::Clean | BedTap::Dirty => bed.blocked,
                    };
                }
                _ => {}
            }
        }
        for place in lies.into_values() {
            beds.get_mut(&key(place)).unwrap().occupied = true;
        }
        beds
    }

    /// As the judge takes it: windows from `from` to `to`.
    pub(crate) fn record(&self, from: i64, to: i64) -> Record {
        let threshold = |(rule, name, value): (&str, &str, i64)| {
            let threshold = Threshold {
                ward: None,
                rule: rule.to_owned(),
                name: name.to_owned(),
                value,
            };
            (0, Setting::Threshold(threshold))
        };
        Record {
            master: master(),
            settings: THRESHOLDS.map(threshold).to_vec(),
            facts: self.facts.clone(),
            readings: self.readings.clone(),
            arrived: self.readings.clone(),
            from,
            to,
        }
    }
}

/// The site that all is about.
pub(crate) fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    }
}

/// A bed of a ward.
pub(crate) fn place(ward: &str, bed: usize) -> Place {
    Place {
        ward: WardId::new(ward).unwrap(),
        room: None,
        bed: Some(BedId::new(&format!("{ward}-{bed}")).unwrap()),
    }
}

/// Where a device stands.
pub(crate) fn path(device: &str, place: Place) -> DevicePath {
    DevicePath {
        site: site(),
        place,
        device: DeviceId::new(device).unwrap(),
    }
}

/// The bed master as `medaxis control` takes it.
pub(crate) fn master_file() -> String {
    let ward = |(name, source, beds): (&str, OccupancySource, usize)| {
        let source = match source {
            OccupancySource::Pad => "pad",
            OccupancySource::Visits => "visits",
            OccupancySource::Both => "both",
        };
        let bed = |bed| format!("{{ name = \"{name}-{bed}\" }}");
        let beds: Vec<_> = (0..beds).map(bed).collect();
        let beds = beds.join(", ");
        format!("[[ward]]\nname = \"{name}\"\nsource = \"{source}\"\nbed = [{beds}]\n")
    };
    let wards: Vec<_> = WARDS.into_iter().map(ward).collect();
    let Site { tenant, site } = site();
    format!(
        "tenant = \"{tenant}\"\nsite = \"{site}\"\n{}",
        wards.concat()
    )
}

/// The same as the judge takes it.
fn master() -> BedMaster {
    let ward = |(name, source, beds): (&str, OccupancySource, usize)| MasterWard {
        ward: WardId::new(name).unwrap(),
        label: name.to_owned(),
        source,
        beds: (0..beds)
            .map(|bed| MasterBed {
                bed: place(name, bed).bed.unwrap(),
                room: None,
                label: String::new(),
                staffed: true,
                hours: Hours::default(),
            })
            .collect(),
    };
    BedMaster {
        label: None,
        time_zone: None,
        wards: WARDS.into_iter().map(ward).collect(),
    }
}

fn key(place: &Place) -> (String, String) {
    let bed = place.bed.as_ref().unwrap();
    (place.ward.to_string(), bed.to_string())
}
