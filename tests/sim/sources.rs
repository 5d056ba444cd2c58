//! Seven weeks of a site whose sources speak by the hours of its week, across the change to
//! summer time: one stops for hours, for a day, and at last for good. Of each row it is
//! compared how well it is covered, and between which bounds it lies; of each silence,
//! when the source was lost.

use std::collections::{BTreeMap, BTreeSet};

use events::control::{
    BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting, Threshold,
};
use events::fact::{AppointmentEvent, BedTap, Fact, FactFlags, Told, VisitEvent, What};
use events::hours::Hours;
use events::id::{AppointmentId, BedId, RoleId, SiteId, StaffId, TenantId, VisitId, WardId};
use events::output::Output;
use events::place::{Place, Site};
use events::time::{CellTime, DAY_MS, EventTime, HOUR_MS, MINUTE_MS, Resolution};
use events::zone::Zone;
use simulators::judge;
use simulators::rng::Rng;
use simulators::truth::{self, Record};
use stream::site::{Item, SiteConfig, SiteFold, SiteInput, epoch_at, epoch_time};
use stream::version;

use crate::account::Account;

/// 2026-03-02T00:00Z, a Monday four weeks before summer time.
const START: i64 = 1_772_409_600_000;
const DAYS: i64 = 7 * 7;
const END: i64 = START + DAYS * DAY_MS;
const HOURS: [Resolution; 2] = [Resolution::Hour, Resolution::Day];

#[test]
fn who_falls_silent_is_missed_as_its_hours_of_the_week_tell() {
    let mut seen = Seen::default();
    for seed in 1..=4 {
        let month = Weeks::of(seed);
        let record = month.record();
        let account = month.account();
        let said: BTreeSet<_> = account.alerts(END).into_iter().collect();
        let mut rows = account.rows(END);
        rows.retain(|key, _| HOURS.iter().any(|of| of.seconds() == key.resolution_s));
        let rows = judge::compare_rows(&truth::rows_of(&record, &HOURS), &rows);
        let covers = truth::covers_of(&record, &HOURS);
        let lacks = judge::compare_covers(&covers, &account.covers(END, &HOURS));
        let alerts = judge::compare_alerts(&truth::alerts(&record), &said);
        let all: Vec<String> = rows
            .iter()
            .chain(&lacks)
            .chain(&alerts)
            .map(ToString::to_string)
            .collect();
        assert!(
            all.is_empty(),
            "seed {seed}, {}: {:#?}",
            all.len(),
            &all[..all.len().min(10)]
        );
        seen.note(&covers, &said);
    }
    assert_eq!(seen.lacks(), [""; 0]);
}

/// What must have been there.
#[derive(Default)]
struct Seen(BTreeSet<&'static str>);

impl Seen {
    const ALL: [&'static str; 6] = [
        "a day that was half covered",
        "a lost source that came back",
        "a lost source that is lost",
        "bounds of time of beds",
        "bounds of what happened",
        "no bounds",
    ];

    fn note(
        &mut self,
        covers: &BTreeMap<truth::RowKey, truth::Cover>,
        alerts: &BTreeSet<truth::AlertKey>,
    ) {
        for (row, (ppm, lower, upper)) in covers.iter().filter(|(_, cover)| cover.0 < 1_000_000) {
            match (lower.is_some(), upper.is_some()) {
                (true, true) => self.0.insert("bounds of time of beds"),
                (true, false) => self.0.insert("bounds of what happened"),
                _ => self.0.insert("no bounds"),
            };
            if row.resolution_s == 86_400 && (300_000..700_000).contains(ppm) {
                self.0.insert("a day that was half covered");
            }
        }
        for alert in alerts.iter().filter(|alert| alert.0 == "source_silent") {
            self.0.insert(match alert.4 {
                Some(_) => "a lost source that came back",
                None => "a lost source that is lost",
            });
        }
    }

    fn lacks(&self) -> Vec<&'static str> {
        let all = Self::ALL.into_iter();
        all.filter(|what| !self.0.contains(what)).collect()
    }
}

struct Weeks {
    rng: Rng,
    zone: Zone,
    /// When each fact is told, and the fact.
    told: Vec<(i64, Fact)>,
    settings: Vec<(i64, Setting)>,
}

impl Weeks {
    fn of(seed: u64) -> Self {
        let threshold = Threshold {
            ward: None,
            rule: "source_silent".to_owned(),
            name: "minutes".to_owned(),
            value: 45,
        };
        let mut weeks = Self {
            rng: Rng::named(seed, "sources"),
            zone: Zone::named("Europe/London").unwrap(),
            told: Vec::new(),
            settings: vec![(START + 2 * DAY_MS, Setting::Threshold(threshold))],
        };
        weeks.visits();
        weeks.desk();
        weeks.told.sort_by_key(|(told, fact)| (*told, fact.at));
        weeks
    }

    /// Hour and day of the week by the clock on the walls.
    fn walls(&self, at: i64) -> (i64, i64) {
        let walls = self.zone.on_its_clocks(at);
        (walls.div_euclid(HOUR_MS) % 24, walls.div_euclid(DAY_MS) % 7)
    }

    /// Patients come and go by day, and seldom at night. Their line is down for hours, for
    /// a day and a half of which it tells later, and stops a week before the end.
    fn visits(&mut self) {
        let mut lies: BTreeMap<&str, i64> = BTreeMap::new();
        let (mut at, mut number) = (START + self.rng.between(1, 60) * MINUTE_MS, 0);
        let first = self.rng.between(10, 12) * DAY_MS + START;
        let second = self.rng.between(30, 34) * DAY_MS + START;
        while at < END - 7 * DAY_MS {
            let down = (first..first + 20 * HOUR_MS).contains(&at);
            let late = (second..second + 36 * HOUR_MS).contains(&at);
            if !down {
                let bed = *self.rng.pick(&["a1", "a2", "p1", "p2"]);
                let (event, visit) = match lies.remove(bed) {
                    Some(visit) => (VisitEvent::Discharged, visit),
                    None => {
                        number += 1;
                        lies.insert(bed, number);
                        (VisitEvent::Admitted(place(bed)), number)
                    }
                };
                let what = What::Visit {
                    visit: VisitId::new(&format!("v{visit}")).unwrap(),
                    patient: None,
                    event,
                };
                let delay = if late { second + 36 * HOUR_MS - at } else { 0 };
                self.tell(at, delay, what);
            }
            let (hour, _) = self.walls(at);
            let mean = if (7..20).contains(&hour) { 12 } else { 70 };
            at += self.rng.between(1, 2 * mean * 60_000);
        }
    }

    /// Shifts, appointments on working days, and beds that are blocked and opened.
    fn desk(&mut self) {
        for quarter in 0..DAYS * 24 * 4 {
            let at = START + quarter * 15 * MINUTE_MS + self.rng.between(0, 60_000);
            let (hour, day) = self.walls(at);
            if quarter % 4 == 0 && (hour == 7 || hour == 19) {
                for nurse in 0..3 {
                    self.tell(at + nurse * 7_000, 0, shift(nurse, hour == 7));
                }
            }
            // The first day of 1970 was a Thursday.
            let works = (9..17).contains(&hour) && day != 2 && day != 3;
            if works && self.rng.percent(80) {
                self.tell(at, 0, booked(quarter));
            }
            if self.rng.percent(15) {
                let tap = match self.rng.percent(50) {
                    true => BedTap::Blocked {
                        reason: "maintenance".to_owned(),
                        expected_back: None,
                    },
                    false => BedTap::Open,
                };
                let bed = *self.rng.pick(&["a1", "p2"]);
                let place = place(bed);
                self.tell(at, 0, What::Bed { place, tap });
            }
        }
    }

    fn tell(&mut self, at: i64, delay: i64, what: What) {
        let told = at + delay + self.rng.between(100, 900);
        let fact = Fact {
            at: EventTime(at),
            told: CellTime(told),
            flags: FactFlags::default(),
            what,
        };
        self.told.push((told, fact));
    }

    fn record(&self) -> Record {
        let newest = Setting::Version(version::NEWEST);
        let first = std::iter::once((START, newest));
        Record {
            master: master(),
            settings: first.chain(self.settings.iter().cloned()).collect(),
            facts: self.told.iter().map(|(_, fact)| fact.clone()).collect(),
            from: START,
            to: END,
            ..Record::default()
        }
    }

    /// What the fold says.
    fn account(&self) -> Account {
        let config = SiteConfig {
            shortest: Resolution::Hour,
            ..SiteConfig::default()
        };
        let mut folding = Folding {
            fold: SiteFold::new(site(), config),
            account: Account::default(),
            offset: 0,
        };
        let control = |setting: &Setting| {
            Item::Control(Control {
                site: site(),
                setting: setting.clone(),
            })
        };
        let newest = Setting::Version(version::NEWEST);
        folding.take(START, control(&newest));
        folding.take(START, control(&Setting::Master(master())));
        let mut settings = self.settings.iter().peekable();
        for (told, fact) in &self.told {
            while let Some((at, setting)) = settings.next_if(|(at, _)| at <= told) {
                folding.take(*at, control(setting));
            }
            let told_of = Told {
                site: site(),
                source: "http".to_owned(),
                facts: vec![fact.clone()],
                receipt: None,
            };
            folding.take(*told, Item::Told(told_of));
        }
        folding.pass(END + 10 * MINUTE_MS);
        folding.account
    }
}

struct Folding {
    fold: SiteFold,
    account: Account,
    offset: u64,
}

impl Folding {
    fn take(&mut self, at: i64, item: Item) {
        let epoch = epoch_at(at);
        self.pass(epoch_time(epoch) - 1);
        self.offset += 1;
        let place = (1, 0, self.offset, 0);
        let said = self.fold.fold(epoch, vec![SiteInput { place, item }]);
        self.hear(epoch, said);
    }

    fn pass(&mut self, now: i64) {
        while let Some(due) = self.fold.due().filter(|due| *due <= now) {
            let said = self.fold.fold(epoch_at(due), Vec::new());
            self.hear(epoch_at(due), said);
        }
    }

    fn hear(&mut self, epoch: u64, said: Vec<Output>) {
        for (index, mut output) in (0..).zip(said) {
            output.place(epoch, index);
            self.account.hear(output);
        }
    }
}

fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    }
}

fn place(bed: &str) -> Place {
    Place {
        ward: WardId::new(&bed[..1]).unwrap(),
        room: None,
        bed: Some(BedId::new(bed).unwrap()),
    }
}

/// A ward by visits and one by pads, which say nothing.
fn master() -> BedMaster {
    let bed = |name: &str| MasterBed {
        bed: BedId::new(name).unwrap(),
        room: None,
        label: name.to_owned(),
        staffed: name != "a2",
        hours: Hours::default(),
    };
    let ward = |name: &str, source, beds: [&str; 2]| MasterWard {
        ward: WardId::new(name).unwrap(),
        label: name.to_owned(),
        source,
        beds: beds.into_iter().map(bed).collect(),
    };
    BedMaster {
        label: None,
        time_zone: Some("Europe/London".to_owned()),
        wards: vec![
            ward("a", OccupancySource::Visits, ["a1", "a2"]),
            ward("p", OccupancySource::Pad, ["p1", "p2"]),
        ],
    }
}

fn shift(nurse: i64, begins: bool) -> What {
    What::Staff {
        member: StaffId::new(&format!("n{nurse}")).unwrap(),
        ward: WardId::new("a").unwrap(),
        role: RoleId::new("nurse").unwrap(),
        on_shift: begins,
    }
}

fn booked(number: i64) -> What {
    What::Appointment {
        appointment: AppointmentId::new(&format!("x{number}")).unwrap(),
        ward: WardId::new("a").unwrap(),
        practitioner: None,
        room: None,
        slot: None,
        kind: "visit".to_owned(),
        event: AppointmentEvent::Arrived,
    }
}
