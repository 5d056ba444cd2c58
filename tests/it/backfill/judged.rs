//! Small files, and the same as the judge takes it: facts and readings that are made beside
//! the file, and not from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource};
use events::fact::{AppointmentEvent, BedTap, Fact, FactFlags, VisitEvent, What};
use events::hours::Hours;
use events::id::{AppointmentId, BedId, DeviceId, SiteId, TenantId, VisitId, WardId};
use events::place::{Place, Site};
use events::sensor::{Reading, Value, by_stream};
use events::time::{CellTime, ClockFlags, EventTime, Resolution};
use events::topic::DevicePath;
use jiff::Timestamp;
use simulators::truth::{self, Record, RowKey};

use super::stays::Dice;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-03-26T23:00Z, midnight in Berlin; on the 29th its clocks skip an hour.
const BEGIN: i64 = 1_774_566_000_000;
const DAYS: i64 = 6;
const BEDS: [&str; 4] = ["1", "2", "3", "4"];

/// A file, how its columns are mapped, and what the judge makes of the same.
pub(super) struct Judged {
    pub(super) kind: &'static str,
    pub(super) map: &'static str,
    pub(super) csv: String,
    record: Record,
}

/// Windows of hours and days.
pub(super) type Rows = BTreeMap<(String, String, String, u32, i64), (i64, i64)>;

impl Judged {
    /// What the judge says of these KPIs in the windows of the file.
    pub(super) fn rows(&self, kpis: &[String]) -> Rows {
        let rows = truth::rows_of(&self.record, &[Resolution::Hour, Resolution::Day]);
        let of_file = rows.into_iter().filter(|(key, _)| kpis.contains(&key.kpi));
        of_file
            .map(|(key, value)| {
                let RowKey {
                    ward, kpi, stat, ..
                } = key;
                ((ward, kpi, stat, key.resolution_s, key.window_ms), value)
            })
            .collect()
    }

    fn new(kind: &'static str, map: &'static str, header: &str, beds: &[&str]) -> Self {
        let staffed = |bed: &&str| MasterBed {
            bed: BedId::new(bed).unwrap(),
            room: None,
            label: (*bed).to_owned(),
            staffed: true,
            hours: Hours::default(),
        };
        let ward = MasterWard {
            ward: WardId::new("A").unwrap(),
            label: "A".to_owned(),
            source: OccupancySource::Visits,
            beds: beds.iter().map(staffed).collect(),
        };
        let master = BedMaster {
            label: None,
            time_zone: Some("Europe/Berlin".to_owned()),
            wards: vec![ward],
        };
        Self {
            kind,
            map,
            csv: format!("{header}\n"),
            record: Record {
                master,
                ..Record::default()
            },
        }
    }

    fn fact(&mut self, at: i64, what: What) {
        self.record.facts.push(Fact {
            at: EventTime(at),
            told: CellTime(at),
            flags: FactFlags::default(),
            what,
        });
    }

    /// The windows begin with the first hour and end with the last.
    fn between(mut self, times: &[i64]) -> Self {
        let hour = |at: i64| at.div_euclid(HOUR) * HOUR;
        self.record.from = hour(*times.iter().min().unwrap());
        self.record.to = hour(*times.iter().max().unwrap()) + HOUR;
        self
    }
}

/// The beds of a file that does not say which there are.
pub(super) fn master(site: &str) -> String {
    let beds = BEDS.map(|bed| format!("{{ name = \"{bed}\" }}")).join(", ");
    format!(
        "tenant = \"demo\"\nsite = \"{site}\"\ntime_zone = \"Europe/Berlin\"\n\
         [[ward]]\nname = \"A\"\nsource = \"visits\"\nbed = [{beds}]\n"
    )
}

fn shown(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap().to_string()
}

fn within(dice: &mut Dice, minutes: i64) -> i64 {
    dice.below(minutes) * MINUTE + dice.below(MINUTE)
}

fn bed(name: &str) -> Place {
    Place {
        ward: WardId::new("A").unwrap(),
        room: None,
        bed: Some(BedId::new(name).unwrap()),
    }
}

/// Everybody lies alone, and each row is an arrival and a departure.
pub(super) fn stays() -> Judged {
    let mut dice = Dice(17);
    let mut judged = Judged::new(
        "stays",
        "visit=v,ward=w,in=i,out=o,bed=b",
        "v,w,i,o,b",
        &BEDS,
    );
    let mut times = Vec::new();
    for name in BEDS {
        let mut from = BEGIN + within(&mut dice, 600);
        while from < BEGIN + DAYS * DAY {
            let to = from + within(&mut dice, 2 * 24 * 60);
            let visit = format!("{name}-{}", times.len());
            writeln!(judged.csv, "{visit},A,{},{},{name}", shown(from), shown(to)).unwrap();
            for (at, event) in [
                (from, VisitEvent::Admitted(bed(name))),
                (to, VisitEvent::Discharged),
            ] {
                let visit = VisitId::new(&visit).unwrap();
                let patient = None;
                judged.fact(
                    at,
                    What::Visit {
                        visit,
                        patient,
                        event,
                    },
                );
                times.push(at);
            }
            from = to + within(&mut dice, 500);
        }
    }
    judged.between(&times)
}

pub(super) fn appointments() -> Judged {
    let map = "appointment=n,ward=w,booked=b,scheduled=s,arrived=a,roomed=r,started=t,ended=e,no_show=m,cancelled=c";
    let mut judged = Judged::new("appointments", map, "n,w,b,s,a,r,t,e,m,c", &[]);
    let mut dice = Dice(23);
    let mut times = Vec::new();
    for number in 0..120 {
        let booked = BEGIN + within(&mut dice, 24 * 60);
        let scheduled = booked + within(&mut dice, 4 * 24 * 60);
        let mut events = vec![(booked, AppointmentEvent::Booked(EventTime(scheduled)))];
        let mut cells = vec![String::new(); 4];
        let what = dice.below(10);
        match what {
            0 => events.push((scheduled, AppointmentEvent::NoShow)),
            1 => events.push((scheduled, AppointmentEvent::Cancelled)),
            _ => {
                let mut at = booked.max(scheduled - 20 * MINUTE) + within(&mut dice, 40);
                let steps = [
                    AppointmentEvent::Arrived,
                    AppointmentEvent::Roomed,
                    AppointmentEvent::Started,
                    AppointmentEvent::Ended,
                ];
                for (cell, step) in cells.iter_mut().zip(steps) {
                    // What is not in the file did not happen.
                    if dice.below(8) > 0 {
                        events.push((at, step));
                        *cell = shown(at);
                    }
                    at += within(&mut dice, 30);
                }
            }
        }
        let (missed, called_off) = (what == 0, what == 1);
        writeln!(
            judged.csv,
            "{number},A,{},{},{},{},{}",
            shown(booked),
            shown(scheduled),
            cells.join(","),
            u8::from(missed),
            u8::from(called_off)
        )
        .unwrap();
        for (at, event) in events {
            times.push(at);
            judged.fact(
                at,
                What::Appointment {
                    appointment: AppointmentId::new(&number.to_string()).unwrap(),
                    ward: WardId::new("A").unwrap(),
                    practitioner: None,
                    room: None,
                    slot: None,
                    kind: String::new(),
                    event,
                },
            );
        }
    }
    judged.between(&times)
}

pub(super) fn cleaning() -> Judged {
    let map = "ward=w,bed=b,dirty=d,started=s,done=f";
    let mut judged = Judged::new("cleaning", map, "w,b,d,s,f", &BEDS);
    let mut dice = Dice(31);
    let mut times = Vec::new();
    for name in BEDS {
        let mut at = BEGIN + within(&mut dice, 600);
        while at < BEGIN + DAYS * DAY {
            let dirty = at;
            let started = (dice.below(6) > 0).then(|| dirty + within(&mut dice, 60));
            let done = started.unwrap_or(dirty) + within(&mut dice, 90);
            let (d, s, f) = (
                shown(dirty),
                started.map(shown).unwrap_or_default(),
                shown(done),
            );
            writeln!(judged.csv, "A,{name},{d},{s},{f}").unwrap();
            let tap = BedTap::Dirty;
            let place = bed(name);
            judged.fact(dirty, What::Bed { place, tap });
            times.push(dirty);
            for (at, value) in started.map(|at| (at, 0)).into_iter().chain([(done, 1)]) {
                let number = times.len();
                judged
                    .record
                    .readings
                    .push(reading(at, name, value, number));
                times.push(at);
            }
            at = done + within(&mut dice, 600);
        }
    }
    judged.between(&times)
}

fn reading(at: i64, name: &str, value: i32, number: usize) -> (DevicePath, Reading) {
    let path = DevicePath {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        },
        place: bed(name),
        device: DeviceId::new(&format!("unit-{name}")).unwrap(),
    };
    let reading = Reading {
        boot: 1,
        seq: u64::try_from(number).unwrap(),
        at: EventTime(at),
        told: CellTime(at),
        flags: ClockFlags::default(),
        code: by_stream("clean").unwrap().code,
        value: Value { value, extra: None },
    };
    (path, reading)
}
