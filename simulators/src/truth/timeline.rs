//! What was the case when: the record replayed in the order of event time,
//! entity by entity, straight from the tables of `docs/clocks.md`.

mod appointment;
mod bed;
mod clocks;
mod device;
mod open;
mod parts;
mod shift;
mod slot;
mod source;
mod visit;

use std::collections::BTreeMap;

use events::control::{MasterWard, OccupancySource, Setting, Threshold};
use events::fact::{Fact, SensorFact, What};
use events::id::WardId;
use events::output::Stat;
use events::sensor::{Reading, by_code};
use events::time::Span;
use events::topic::DevicePath;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::Record;

pub use clocks::Clocks;
pub use source::SourceTimeline;

pub use parts::{
    BedNow, BedTimeline, Began, Booking, Clock, DeviceTimeline, EmergencyStay, Ended, OpenSlot,
    SlotTime, Stay, Took, VisitNow, Wait, Whither,
};

/// The first version that knows the three clocks of a bed.
pub const THREE_CLOCKS: u32 = 3;
/// How many minutes the clocks of a bed may disagree before it is a conflict.
pub const CONFLICT: Number = ("bed_conflict", "minutes", 30);
/// The end of a span that has not ended.
pub const OPEN: i64 = i64::MAX;

/// Everything that the definitions need.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Stays of visits on wards.
    pub stays: Vec<Stay>,
    /// Durations, by the KPI that they belong to.
    pub clocks: Vec<Clock>,
    /// Waits for a bed: visits.
    pub requests: Vec<Wait>,
    /// Waits for departure: visits.
    pub departures: Vec<Wait>,
    /// Waits to be brought to the bed that is theirs: visits.
    pub moving: Vec<Wait>,
    /// Visits that came as emergencies, on the ward that they came to.
    pub emergencies: Vec<EmergencyStay>,
    /// Names of zones, oldest first, each with when it came into force.
    pub zones: Vec<(i64, Option<String>)>,
    /// Shifts of nurses.
    pub shifts: Vec<Wait>,
    /// Waits for a room: appointments.
    pub rooms: Vec<Wait>,
    /// Beds of the bed master.
    pub beds: Vec<BedTimeline>,
    /// Visits as they stand at the end, in the order of their ids.
    pub visits: Vec<VisitNow>,
    /// Appointments with a scheduled time.
    pub appointments: Vec<Booking>,
    /// Slots that are offered in the end, in the order of their ids.
    pub slots: Vec<SlotTime>,
    /// When slots could be booked.
    pub open_slots: Vec<OpenSlot>,
    /// Numbers of rules, oldest first, each with when it came into force.
    pub thresholds: Vec<(i64, Threshold)>,
    /// Versions of the computation, oldest first, each with when it came into force.
    pub versions: Versions,
    /// Devices, by id.
    pub devices: Vec<DeviceTimeline>,
    /// Sources of facts, by what they tell of.
    pub sources: Vec<SourceTimeline>,
    /// Nothing is looked at from here on.
    pub end: i64,
}

/// Where nothing is said of them the newest has been in force for ever.
#[derive(Clone, Debug, Default)]
pub struct Versions(Vec<(i64, u32)>);

impl Versions {
    fn of(record: &Record) -> Self {
        let version = |(from, setting): &(i64, Setting)| match setting {
            Setting::Version(version) => Some((*from, *version)),
            _ => None,
        };
        Self(record.settings.iter().filter_map(version).collect())
    }

    /// Whether this one, or a newer one, was in force.
    pub fn know(&self, version: u32, at: i64) -> bool {
        let mut newest_first = self.0.iter().rev();
        let in_force = newest_first.find(|(from, _)| *from <= at);
        self.0.is_empty() || in_force.is_some_and(|(_, known)| *known >= version)
    }

    /// The parts of a span in which this one, or a newer one, was in force.
    pub fn within(&self, version: u32, span: Span) -> Vec<Span> {
        let changes = self.0.iter().map(|(from, _)| *from);
        let inside = changes.filter(|at| span.from < *at && *at < span.to);
        let mut edges: Vec<i64> = inside.chain([span.from, span.to]).collect();
        edges.sort_unstable();
        let parts = edges.windows(2).map(|edge| Span {
            from: edge[0],
            to: edge[1],
        });
        let mut known: Vec<Span> = Vec::new();
        for part in parts.filter(|part| self.know(version, part.from)) {
            match known.last_mut().filter(|last| last.to == part.from) {
                Some(last) => last.to = part.to,
                None => known.push(part),
            }
        }
        known
    }
}

impl Timeline {
    /// Replays the record up to its end.
    pub fn of(record: &Record) -> Self {
        let mut timeline = Self::default();
        let mut facts: Vec<&Fact> = record.facts.iter().filter(|f| f.at.0 < record.to).collect();
        facts.sort_by_key(|fact| fact.at);
        let readings = readings_in_order(record);
        let moves = visit::replay(&facts, &mut timeline);
        appointment::replay(&facts, &mut timeline);
        shift::replay(&facts, &mut timeline);
        slot::replay(&facts, &mut timeline);
        device::replay(&readings, &record.arrived, record.to, &mut timeline);
        let versions = Versions::of(record);
        bed::replay(
            &record.master,
            (&sources(record), &versions),
            moves,
            &facts,
            &readings,
            &mut timeline,
        );
        let first = record.master.time_zone.clone();
        timeline.zones.push((i64::MIN, first));
        timeline.versions = versions;
        timeline.end = record.to;
        for (from, setting) in &record.settings {
            match setting {
                Setting::Threshold(threshold) => {
                    timeline.thresholds.push((*from, threshold.clone()));
                }
                Setting::Master(master) => {
                    timeline.zones.push((*from, master.time_zone.clone()));
                }
                Setting::Horizons(_) | Setting::Version(_) => {}
            }
        }
        source::replay(&facts, record.to, &mut timeline);
        timeline
    }

    /// What of it belongs to these wards.
    pub fn of_wards(&self, wards: &[MasterWard]) -> Self {
        let has = |ward: &WardId| wards.iter().any(|listed| listed.ward == *ward);
        Self {
            stays: only(&self.stays, |stay| has(&stay.ward)),
            clocks: only(&self.clocks, |clock| has(&clock.ward)),
            requests: only(&self.requests, |wait| has(&wait.ward)),
            departures: only(&self.departures, |wait| has(&wait.ward)),
            moving: only(&self.moving, |wait| has(&wait.ward)),
            emergencies: only(&self.emergencies, |stay| has(&stay.ward)),
            zones: self.zones.clone(),
            shifts: only(&self.shifts, |shift| has(&shift.ward)),
            rooms: only(&self.rooms, |wait| has(&wait.ward)),
            beds: only(&self.beds, |bed| has(&bed.key.ward)),
            visits: self.visits.clone(),
            appointments: only(&self.appointments, |booking| has(&booking.ward)),
            slots: only(&self.slots, |slot| has(&slot.ward)),
            open_slots: only(&self.open_slots, |slot| has(&slot.ward)),
            thresholds: self.thresholds.clone(),
            versions: self.versions.clone(),
            devices: self.devices.iter().map(|device| device.on(has)).collect(),
            sources: self.sources.clone(),
            end: self.end,
        }
    }

    /// A number of a rule on a ward as it was in force at a time: the ward's own
    /// goes before the site's.
    pub fn threshold(&self, (rule, name, default): Number, ward: &WardId, at: i64) -> i64 {
        let in_force = |of: Option<&WardId>| {
            let named = |threshold: &Threshold| threshold.rule == rule && threshold.name == name;
            let versions = self.thresholds.iter().rev();
            let mut versions = versions.filter(|(from, _)| *from <= at);
            versions.find(|(_, set)| named(set) && set.ward.as_ref() == of)
        };
        let set = in_force(Some(ward)).or_else(|| in_force(None));
        set.map_or(default, |(_, threshold)| threshold.value)
    }

    /// The zone that was in force; UTC when none was.
    pub fn zone(&self, at: i64) -> TimeZone {
        let in_force = self.zones.iter().rev().find(|(from, _)| *from <= at);
        let name = in_force.and_then(|(_, name)| name.as_deref());
        let known = name.and_then(|name| TimeZoneDatabase::bundled().get(name).ok());
        known.unwrap_or(TimeZone::UTC)
    }

    /// Durations of a KPI that ended within the window.
    pub fn clocks(&self, kpi: &str, window: Span) -> Vec<Took> {
        let counts = |clock: &&Clock| clock.kpi == kpi && window.contains(clock.end);
        let clocks = self.clocks.iter().filter(counts);
        clocks.map(|clock| clock.took).collect()
    }
}

fn only<T: Clone>(items: &[T], belongs: impl Fn(&T) -> bool) -> Vec<T> {
    items.iter().filter(|item| belongs(item)).cloned().collect()
}

/// One row: which stat, numerator, denominator.
pub type Row = (Stat, i64, i64);

/// A number of a rule: whose, which, and what it is unless set.
pub type Number = (&'static str, &'static str, i64);

/// From when on which source knew whether the beds of a ward are occupied.
type Sources<'a> = BTreeMap<&'a WardId, Vec<(i64, OccupancySource)>>;

fn sources(record: &Record) -> Sources<'_> {
    let later = record
        .settings
        .iter()
        .filter_map(|(from, setting)| match setting {
            Setting::Master(master) => Some((*from, master)),
            _ => None,
        });
    let mut sources = Sources::new();
    for (from, master) in [(i64::MIN, &record.master)].into_iter().chain(later) {
        for ward in &master.wards {
            let of_ward = sources.entry(&ward.ward).or_default();
            of_ward.push((from, ward.source));
        }
    }
    sources
}

/// By event time; those of one device at the same time by boot and number.
fn readings_in_order(record: &Record) -> Vec<(&DevicePath, &Reading)> {
    let kept = |(_, reading): &&(DevicePath, Reading)| {
        let is_presence = matches!(meaning(reading), Some(SensorFact::Presence { .. }) | None);
        reading.at.0 < record.to && !is_presence
    };
    let pairs = record.readings.iter().filter(kept);
    let mut readings: Vec<_> = pairs.map(|(path, reading)| (path, reading)).collect();
    readings.sort_by_key(|(path, reading)| (reading.at, &path.device, reading.boot, reading.seq));
    readings
}

fn meaning(reading: &Reading) -> Option<SensorFact> {
    by_code(reading.code).map(|sensor| (sensor.fact)(reading.value))
}

/// What was said of each visit, appointment or bed, in order.
fn by<'a, K: Ord, T>(
    items: &[&'a Fact],
    of: impl Fn(&'a What) -> Option<(K, T)>,
) -> BTreeMap<K, Vec<(i64, T)>> {
    let mut groups: BTreeMap<K, Vec<(i64, T)>> = BTreeMap::new();
    for fact in items {
        if let Some((key, item)) = of(&fact.what) {
            groups.entry(key).or_default().push((fact.at.0, item));
        }
    }
    groups
}
