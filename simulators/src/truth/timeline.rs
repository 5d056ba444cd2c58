//! What was the case when: the record replayed in the order of event time,
//! entity by entity, straight from the tables of `docs/clocks.md`.

mod appointment;
mod bed;
mod clocks;
mod device;
mod visit;

use std::collections::BTreeMap;

use events::control::{MasterWard, OccupancySource, Setting, Threshold};
use events::fact::{EquipmentStatus, Fact, SensorFact, What};
use events::id::{AppointmentId, DeviceId, VisitId, WardId};
use events::output::{Cleanliness, Confidence, Stat};
use events::place::BedKey;
use events::sensor::{Reading, by_code};
use events::time::Span;
use events::topic::DevicePath;

use super::Record;

pub use clocks::Clocks;

/// The first version that knows the three clocks of a bed.
pub const THREE_CLOCKS: u32 = 3;
/// How many minutes the clocks of a bed may disagree before it is a conflict.
pub const CONFLICT: Number = ("bed_conflict", "minutes", 30);
/// The end of a span that has not ended.
pub const OPEN: i64 = i64::MAX;

/// Everything that the definitions need.
#[derive(Debug, Default)]
pub struct Timeline {
    /// Stays of visits on wards.
    pub stays: Vec<Stay>,
    /// Durations, by the KPI that they belong to.
    pub clocks: Vec<Clock>,
    /// Waits for a bed: visits.
    pub requests: Vec<Wait>,
    /// Waits for departure: visits.
    pub departures: Vec<Wait>,
    /// Waits for a room: appointments.
    pub rooms: Vec<Wait>,
    /// Beds of the bed master.
    pub beds: Vec<BedTimeline>,
    /// Visits as they stand at the end, in the order of their ids.
    pub visits: Vec<VisitNow>,
    /// Appointments with a scheduled time.
    pub appointments: Vec<Booking>,
    /// Numbers of rules, oldest first, each with when it came into force.
    pub thresholds: Vec<(i64, Threshold)>,
    /// Versions of the computation, oldest first, each with when it came into force.
    pub versions: Versions,
    /// Devices, by id.
    pub devices: Vec<DeviceTimeline>,
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
}

/// A visit's time without a break on one ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The ward.
    pub ward: WardId,
    /// The visit.
    pub subject: String,
    /// From when to when.
    pub span: Span,
    /// How it began.
    pub began: Began,
    /// How it ended.
    pub ended: Ended,
}

/// How a stay on a ward began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// From no place.
    Arrival,
    /// From another ward.
    TransferIn,
    /// By a cancelled event.
    Neither,
}

/// How a stay on a ward ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By `discharged`.
    Departure,
    /// To another ward.
    TransferOut,
    /// Otherwise, or not yet.
    Neither,
}

/// A duration, counted when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Name of the KPI.
    pub kpi: &'static str,
    /// Its ward.
    pub ward: WardId,
    /// Of what: visit, bed, appointment.
    pub subject: String,
    /// When it ended.
    pub end: i64,
    /// How long it took, if it can be said.
    pub took: Took,
}

/// What is known of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// Milliseconds.
    Ms(i64),
    /// Its start or its end was never said.
    Missing,
    /// It would be negative.
    Invalid,
}

/// Somebody or something waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Where.
    pub ward: WardId,
    /// Who or what: visit, bed, appointment.
    pub subject: String,
    /// From when to when.
    pub span: Span,
}

/// A listed bed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BedTimeline {
    /// Its ward and id.
    pub key: BedKey,
    /// Counts in denominators.
    pub staffed: bool,
    /// When it was occupied.
    pub occupied: Vec<Span>,
    /// When dirt was known: until clean or in use.
    pub dirty: Vec<Span>,
    /// When it was dirty and nobody had started: until cleaning, clean or in use.
    pub untouched: Vec<Span>,
    /// When it was blocked.
    pub blocked: Vec<Span>,
    /// What visits, staff and its pad said.
    pub clocks: Clocks,
    /// Who lay there, and when.
    pub lay: Vec<(VisitId, Span)>,
    /// As it stands at the end.
    pub now: BedNow,
}

/// A bed as a board shows it, once everything is replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BedNow {
    /// Whether somebody is in it.
    pub occupied: bool,
    /// Since when somebody is, or was last; 0 when nobody ever was.
    pub since: i64,
    /// Who lies there, in the order of their ids.
    pub visits: Vec<VisitId>,
    /// Whether it can take a patient; unknown while it is in use.
    pub cleanliness: Cleanliness,
    /// Since when; 0 when that is not known.
    pub clean_since: i64,
    /// Why it can't be used, and when it should be back.
    pub blocked: Option<(String, Option<i64>)>,
    /// Which visit it is promised to, the first of them by its id.
    pub reserved_for: Option<VisitId>,
    /// Since when the first who lies there is ready to leave.
    pub ready_to_leave: Option<i64>,
    /// When the first who lies there is expected to leave.
    pub expected_discharge: Option<i64>,
    /// What visits, staff and the pad say last, each since when.
    pub says: [Option<(bool, i64)>; 3],
    /// Since when one of them says otherwise than what is believed.
    pub disputed: Option<i64>,
    /// Which of them do, by the order of `says`.
    pub against: [bool; 3],
    /// How sure one can be of what is believed.
    pub confidence: Confidence,
}

/// A visit as it stands once everything is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitNow {
    /// Its id.
    pub visit: VisitId,
    /// The bed that is kept for it.
    pub reserved: Option<BedKey>,
    /// Since when nothing but leaving remains.
    pub ready_to_leave: Option<i64>,
    /// When it is expected to leave.
    pub expected_discharge: Option<i64>,
}

/// An appointment as it stands at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Which.
    pub appointment: AppointmentId,
    /// The clinic.
    pub ward: WardId,
    /// For when.
    pub scheduled: i64,
    /// It will not take place.
    pub cancelled: bool,
    /// The patient did not come.
    pub no_show: bool,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTimeline {
    /// Its id.
    pub device: DeviceId,
    /// Times of its readings, in order, and where it then stood.
    pub heard: Vec<(i64, WardId)>,
    /// When it was gone, from its will on, and where it then stood.
    pub gone: Vec<(WardId, Span)>,
    /// What it was, and where, if it is a piece of equipment.
    pub status: Vec<(EquipmentStatus, WardId, Span)>,
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
        timeline.versions = versions;
        for (from, setting) in &record.settings {
            if let Setting::Threshold(threshold) = setting {
                timeline.thresholds.push((*from, threshold.clone()));
            }
        }
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
            rooms: only(&self.rooms, |wait| has(&wait.ward)),
            beds: only(&self.beds, |bed| has(&bed.key.ward)),
            visits: self.visits.clone(),
            appointments: only(&self.appointments, |booking| has(&booking.ward)),
            thresholds: self.thresholds.clone(),
            versions: self.versions.clone(),
            devices: self.devices.iter().map(|device| device.on(has)).collect(),
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
