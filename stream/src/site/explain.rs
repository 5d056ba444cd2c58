//! What a number follows from. A KPI looks at traces; each is left behind by a life;
//! and of that life so many of the entries are taken as the same trace needs. Pure:
//! it says which records these are, and `finder` finds them in the log.

pub mod finder;
mod needed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::fact::{EquipmentStatus, Fact, FactFlags, SensorFact, What};
use events::id::{DeviceId, WardId};
use events::place::{BedKey, Place};
use events::reason::Reason;
use events::sensor::{self, ClockFlags, Reading, Value};
use events::time::{CellTime, EventTime, Span};
use events::topic::DevicePath;

use super::{Entity, SiteFold};
use crate::kpi::cover::Cover;
use crate::kpi::{BedIs, KpiSpec, Looked, Row, View, WardInView, cover};
use crate::life::Key;
use crate::life::bed::BedEvent;
use crate::trace::{Interval, Traces, WardTraces};
use crate::windows::Scope;
use finder::Tale;
use needed::Needed;

/// Who is said to have told what is known from before the horizon.
const KEPT: &str = "kept";

/// What the rows of one KPI of one window follow from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The rows, as the fold says them.
    pub rows: Vec<Row>,
    /// How well each of them is covered.
    pub covers: Vec<Cover>,
    /// When within the window which sources were so silent that they covered nothing.
    pub silent: Vec<(Span, String)>,
    /// The records that they follow from, by event time and place in the log.
    pub records: BTreeSet<Key>,
    /// Stands for what lies beyond the horizon: its records are let go of, and what they
    /// led to is known.
    pub kept: Vec<Tale>,
    /// Records of the window, of the same lives, that their state did not allow.
    pub refused: Vec<(Key, Reason)>,
}

impl SiteFold {
    /// What the rows of a KPI follow from, as known now.
    pub fn explain(&self, kpi: &KpiSpec, scope: &Scope, window: Span) -> Explanation {
        let nothing = WardTraces::default();
        let version = self.master.at(window.from);
        let wards = self.wards_in_view(version, scope, window, &nothing);
        let view = View::new(&wards, window, version.zone(), self.versions.now());
        let rows = (kpi.measure)(&view);
        let uncovered = self.uncovered(version, scope, window);
        let feeds = view.looked().feeds();
        let covered = cover::covered(kpi, &view, rows, &uncovered.of(feeds));
        let (rows, covers) = covered.into_iter().unzip();
        let sight = Sight {
            looked: view.looked(),
            window,
            wards: wards.iter().map(|ward| (ward.ward, ward)).collect(),
        };
        let mut needed = Needed::new(self, &sight);
        for entity in self.traces.keys() {
            needed.add(entity);
        }
        needed.complete();
        Explanation {
            rows,
            covers,
            silent: uncovered.silent(feeds),
            records: needed.keys(),
            kept: self.tales_of_kept(&needed),
            refused: needed.refused(),
        }
    }

    fn tales_of_kept(&self, needed: &Needed<'_>) -> Vec<Tale> {
        let mut tales = Vec::new();
        for entity in needed.kept() {
            match entity {
                Entity::Bed(key) => {
                    let Some(bed) = self.beds.get(key) else {
                        continue;
                    };
                    let said = bed.base.statements();
                    tales.extend(
                        said.iter()
                            .filter_map(|(at, event)| self.of_bed(*at, key, event)),
                    );
                }
                Entity::Device(name) => {
                    let kept = self.devices.get(name).and_then(|device| device.life.kept());
                    tales.extend(kept.and_then(|(status, ward, since)| {
                        self.of_device(*since, name, ward, *status)
                    }));
                }
                Entity::Visit(_) | Entity::Appointment(_) | Entity::Staff(_) | Entity::Slot(_) => {}
            }
        }
        tales
    }

    fn of_bed(&self, at: i64, key: &BedKey, event: &BedEvent) -> Option<Tale> {
        let place = Place {
            ward: key.ward.clone(),
            room: None,
            bed: Some(key.bed.clone()),
        };
        let fact = match event {
            BedEvent::Tap(tap) => {
                let tap = tap.clone();
                return Some(Tale::Fact {
                    source: KEPT.to_owned(),
                    fact: Fact {
                        at: EventTime(at),
                        told: CellTime(at),
                        flags: FactFlags::default(),
                        what: What::Bed { place, tap },
                    },
                });
            }
            BedEvent::Pad(occupied) => SensorFact::Pad {
                occupied: *occupied,
            },
            BedEvent::Cleaning(phase) => SensorFact::Cleaning(*phase),
            BedEvent::Due(_)
            | BedEvent::Enter(_)
            | BedEvent::Leave(..)
            | BedEvent::Source(_)
            | BedEvent::Version(_) => return None,
        };
        self.sensed(at, KEPT, place, fact)
    }

    fn of_device(
        &self,
        at: i64,
        name: &Arc<str>,
        ward: &WardId,
        status: EquipmentStatus,
    ) -> Option<Tale> {
        let place = Place {
            ward: ward.clone(),
            room: None,
            bed: None,
        };
        self.sensed(at, name, place, SensorFact::Equipment(status))
    }

    /// A reading that means this. Nothing where no sensor says such a thing.
    fn sensed(&self, at: i64, device: &str, place: Place, fact: SensorFact) -> Option<Tale> {
        let path = DevicePath {
            site: self.site.clone(),
            place,
            device: DeviceId::new(device).ok()?,
        };
        let values = sensor::all().iter().flat_map(|sensor| {
            let value = |value| Value { value, extra: None };
            (0..=3).map(move |number| (sensor, value(number)))
        });
        let mut means = values.filter(|(sensor, value)| (sensor.fact)(*value) == fact);
        let (sensor, value) = means.next()?;
        let reading = Reading {
            boot: 0,
            seq: 0,
            at: EventTime(at),
            told: CellTime(at),
            flags: ClockFlags::default(),
            code: sensor.code,
            value,
        };
        Some(Tale::Reading { path, reading })
    }
}

/// What of the traces counts.
struct Sight<'a> {
    looked: Looked,
    window: Span,
    wards: BTreeMap<&'a WardId, &'a WardInView<'a>>,
}

impl Sight<'_> {
    /// What counts of these, in order. When something ended after the window does not.
    fn of(&self, traces: &Traces) -> Traces {
        let Span { from, to } = self.window;
        let mut seen = Traces::default();
        for interval in &traces.intervals {
            let Some(ward) = self.wards.get(&interval.ward) else {
                continue;
            };
            let ends = interval.to.unwrap_or(i64::MAX);
            let lasts = interval.from < to && ends > from && ends > interval.from;
            if lasts && self.starts(ward, interval) {
                let mut interval = interval.clone();
                interval.to = None;
                seen.intervals.push(interval);
            }
            if lasts {
                seen.intervals.extend(self.parts(ward, interval));
            }
        }
        let counts = |ward: &WardId| self.wards.contains_key(ward);
        let marks = traces.marks.iter().filter(|mark| {
            counts(&mark.ward) && self.looked.has_clock(mark.clock) && self.window.contains(mark.at)
        });
        seen.marks.extend(marks.cloned());
        seen.intervals.sort_unstable();
        seen.intervals.dedup();
        seen.marks.sort_unstable();
        seen
    }

    /// Whether something counts that was so when the window started.
    fn starts(&self, ward: &WardInView<'_>, interval: &Interval) -> bool {
        let at = self.window.from;
        let subject = &interval.subject;
        let is_open =
            |bed: &BedIs| !bed.staffed || ward.while_open(subject, at, at + 1).count() > 0;
        let bed = Some(ward.bed(subject)).filter(is_open);
        interval.from <= at
            && self
                .looked
                .has_start(interval.kind, bed.unwrap_or_default())
    }

    /// What counts of something that lasted: all of it, or that of when its bed was open.
    fn parts(&self, ward: &WardInView<'_>, interval: &Interval) -> Vec<Interval> {
        let Interval { kind, from, to, .. } = *interval;
        let subject = &*interval.subject;
        let bed = ward.bed(subject);
        if !self.looked.has_interval(kind, bed) {
            return Vec::new();
        }
        let open = || ward.while_open(subject, from, to.unwrap_or(i64::MAX));
        let has_hours = ward.open.contains_key(subject);
        let parts = if !has_hours || self.looked.has_at_all_hours(kind, bed) {
            vec![(from, to)]
        } else if self.looked.has_whole(kind) {
            // Since when the bed was open goes by its hours, not by its records.
            open().next().map(|_| (from, to)).into_iter().collect()
        } else {
            open().map(|(from, to)| (from, Some(to))).collect()
        };
        let part = |(from, to): (i64, Option<i64>)| Interval {
            from,
            to: to.filter(|end| *end < self.window.to),
            ..interval.clone()
        };
        parts.into_iter().map(part).collect()
    }
}
