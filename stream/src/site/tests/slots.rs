//! What follows from offered time, with corrections that come hours later.

use std::collections::BTreeMap;

use events::fact::{AppointmentEvent, SlotEvent};
use events::id::{AppointmentId, SlotId};
use events::time::DAY_MS;

use crate::version;

use super::*;

const H: i64 = HOUR_MS;

fn fact(at: i64, what: What) -> Item {
    let fact = Fact {
        at: EventTime(at),
        told: CellTime(at),
        flags: FactFlags::default(),
        what,
    };
    Item::Told(Told {
        site: Scene::new().fold.site,
        source: "test".to_owned(),
        facts: vec![fact],
        receipt: None,
    })
}

/// Half an hour from `start` on, for one of two kinds of appointments.
fn offered(at: i64, id: &str, kind: &str, start: i64) -> Item {
    let (start, end) = (EventTime(start), EventTime(start + H / 2));
    fact(at, slot(id, kind, SlotEvent::Offered { start, end }))
}

fn slot(id: &str, kind: &str, event: SlotEvent) -> What {
    What::Slot {
        slot: SlotId::new(id).unwrap(),
        ward: WardId::new("a").unwrap(),
        kind: kind.to_owned(),
        event,
    }
}

fn appointment(at: i64, slot: Option<&str>, event: AppointmentEvent) -> Item {
    appointment_of("a1", at, slot, event)
}

fn appointment_of(id: &str, at: i64, slot: Option<&str>, event: AppointmentEvent) -> Item {
    let what = What::Appointment {
        appointment: AppointmentId::new(id).unwrap(),
        ward: WardId::new("a").unwrap(),
        practitioner: None,
        room: None,
        kind: "first".to_owned(),
        slot: slot.map(|slot| SlotId::new(slot).unwrap()),
        event,
    };
    fact(at, what)
}

/// A clinic that goes by the newest version.
struct Clinic {
    scene: Scene,
    said: Vec<Output>,
}

impl Clinic {
    fn new() -> Self {
        let site = Scene::new().fold.site;
        let scene = Scene {
            fold: SiteFold::new(site.clone(), SiteConfig::default()),
            offset: 0,
        };
        let mut clinic = Self {
            scene,
            said: Vec::new(),
        };
        let newest = Setting::Version(version::NEWEST);
        let wards = vec![MasterWard {
            ward: WardId::new("a").unwrap(),
            label: "Clinic".to_owned(),
            source: OccupancySource::Visits,
            beds: Vec::new(),
        }];
        let master = Setting::Master(BedMaster {
            wards,
            ..BedMaster::default()
        });
        for setting in [newest, master] {
            let site = site.clone();
            clinic.at(0, Item::Control(Control { site, setting }));
        }
        clinic
    }

    fn at(&mut self, at: i64, item: Item) {
        let said = self.scene.at(at, item);
        self.said.extend(said);
    }

    fn until(&mut self, hour: i64) {
        let said = self.scene.until(hour * H);
        self.said.extend(said);
    }

    /// What was said last of each hour: numerator and denominator by the hour.
    fn hours(&self, kpi: &str, stat: &str) -> BTreeMap<i64, (i64, i64)> {
        let mut hours = BTreeMap::new();
        for output in &self.said {
            if let Output::Kpi(row) = output
                && (&*row.kpi, &*row.stat, &*row.ward) == (kpi, stat, "a")
                && row.resolution_s == 3_600
            {
                hours.insert(row.window_ms / H, (row.numerator, row.denominator));
            }
        }
        hours
    }

    fn third(&self, stat: &str, hour: i64) -> Option<i64> {
        let hours = self.hours("third_next_available", stat);
        hours.get(&hour).map(|(numerator, _)| *numerator)
    }
}

#[test]
fn the_third_slot_counts_of_each_kind_and_a_correction_says_its_hours_again() {
    let mut clinic = Clinic::new();
    for (id, start) in [("s1", 20), ("s2", 21), ("s3", 22), ("s4", 30)] {
        clinic.at(H, offered(H, id, "first", start * H));
    }
    clinic.at(H, offered(H, "s5", "other", 40 * H));
    clinic.until(6);
    let day = clinic.hours("third_next_available", "p50");
    assert_eq!(day[&1], (21 * H, DAY_MS), "from one o'clock to 22 o'clock");
    assert_eq!(day[&4], (18 * H, DAY_MS));
    assert_eq!(day.get(&0), None, "nothing was offered yet");
    assert_eq!(clinic.third("n", 4), Some(1));
    assert_eq!(
        clinic.third("missing", 4),
        Some(1),
        "the other kind has one"
    );
    // Told at six that the second had been taken at three.
    let booked = AppointmentEvent::Booked(EventTime(21 * H));
    clinic.at(6 * H, appointment(3 * H + 1, Some("s2"), booked));
    clinic.until(8);
    assert_eq!(clinic.third("p50", 3), Some(19 * H), "it was still open");
    assert_eq!(
        clinic.third("p50", 4),
        Some(26 * H),
        "now the fourth is the third"
    );
    // And that it had been given back at five.
    clinic.at(
        8 * H,
        appointment(5 * H - 1, None, AppointmentEvent::Cancelled),
    );
    clinic.until(10);
    assert_eq!(clinic.third("p50", 4), Some(26 * H));
    assert_eq!(clinic.third("p50", 5), Some(17 * H));
    // What has begun can't be booked, and of two the third is missing.
    clinic.until(23);
    assert_eq!(clinic.third("p50", 19), Some(3 * H));
    assert_eq!(clinic.third("p50", 20), Some(10 * H));
    assert_eq!(clinic.third("missing", 21), Some(2));
    let minutes = clinic.said.iter().any(|output| {
        matches!(output, Output::Kpi(row) if row.kpi == "third_next_available" && row.resolution_s < 3_600)
    });
    assert!(!minutes, "of minutes it is not said");
}

#[test]
fn fill_and_utilisation_are_of_the_time_of_the_slots() {
    let mut clinic = Clinic::new();
    // From four to half past, from half past to five; and one that is not offered any more.
    clinic.at(H, offered(H, "s1", "first", 4 * H));
    clinic.at(H, offered(H, "s2", "first", 4 * H + H / 2));
    clinic.at(H, offered(H, "s3", "first", 4 * H));
    let withdrawn = slot("s3", "first", SlotEvent::Withdrawn);
    clinic.at(2 * H, fact(2 * H, withdrawn));
    let booked = AppointmentEvent::Booked(EventTime(4 * H));
    clinic.at(2 * H, appointment(2 * H, Some("s1"), booked));
    clinic.until(6);
    assert_eq!(clinic.hours("appointment_fill", "value")[&4], (H / 2, H));
    let used = clinic.hours("appointment_utilisation", "value");
    assert_eq!(used, [(4, (0, H))].into(), "of other hours nothing is said");
    // Told later that the patient came.
    let arrived = appointment(4 * H, None, AppointmentEvent::Arrived);
    clinic.at(6 * H, arrived);
    let taken = slot("s2", "first", SlotEvent::Booked);
    clinic.at(6 * H, fact(3 * H, taken));
    clinic.until(8);
    assert_eq!(clinic.hours("appointment_fill", "value")[&4], (H, H));
    let used = clinic.hours("appointment_utilisation", "value");
    assert_eq!(used[&4], (H / 2, H));
    // The appointment had been somewhere else all along: the slot was nobody's.
    clinic.at(8 * H, appointment(2 * H + 1, None, booked));
    clinic.until(10);
    assert_eq!(clinic.hours("appointment_fill", "value")[&4], (H / 2, H));
    let used = clinic.hours("appointment_utilisation", "value");
    assert_eq!(used[&4], (0, H));
}

/// However many take it, also before any of them is folded, and after they gave it back.
#[test]
fn no_more_than_64_appointments_take_a_slot() {
    let mut clinic = Clinic::new();
    clinic.at(H, offered(H, "s1", "first", 4 * H));
    let booked = AppointmentEvent::Booked(EventTime(4 * H));
    let mut all = Vec::new();
    for index in 0..70 {
        let Item::Told(told) = appointment_of(&format!("a{index}"), 2 * H, Some("s1"), booked)
        else {
            unreachable!("it is told");
        };
        all.extend(told.facts);
    }
    let Item::Told(mut told) = appointment(2 * H, None, booked) else {
        unreachable!("it is told");
    };
    told.facts = all;
    clinic.at(2 * H, Item::Told(told));
    let set_aside = |clinic: &Clinic| {
        let late = clinic.said.iter();
        late.filter(|output| matches!(output, Output::Late(late) if late.reason == "site_full"))
            .count()
    };
    assert_eq!(set_aside(&clinic), 6);
    let takers = |clinic: &Clinic| clinic.scene.fold.slots.values().next().unwrap().uses.len();
    assert_eq!(takers(&clinic), 64);
    // One of them says it again, or gives it back; a further one takes another.
    let later = [
        appointment_of("a7", 2 * H + 1, Some("s1"), booked),
        appointment_of("a7", 2 * H + 2, Some("s1"), AppointmentEvent::Cancelled),
        appointment_of("a69", 2 * H + 3, Some("s2"), booked),
        appointment_of("a69", 2 * H + 4, Some("s1"), AppointmentEvent::Arrived),
    ];
    for item in later {
        clinic.at(2 * H + 5, item);
    }
    assert_eq!(set_aside(&clinic), 6);
    let over = appointment_of("a69", 2 * H + 6, Some("s1"), booked);
    clinic.at(2 * H + 6, over);
    assert_eq!((set_aside(&clinic), takers(&clinic)), (7, 64));
    clinic.until(6);
    assert_eq!(
        clinic.hours("appointment_fill", "value")[&4],
        (H / 2, H / 2)
    );
}

/// Slots that are over, and appointments with them, are let go of.
#[test]
fn slots_are_forgotten_when_nothing_can_correct_them() {
    let mut clinic = Clinic::new();
    clinic.at(H, offered(H, "s1", "first", 4 * H));
    clinic.at(H, offered(H, "s2", "first", 400 * H));
    let booked = AppointmentEvent::Booked(EventTime(4 * H));
    clinic.at(2 * H, appointment(2 * H, Some("s1"), booked));
    // Of a slot that nobody offers.
    clinic.at(2 * H, appointment(2 * H + 1, Some("s9"), booked));
    clinic.at(5 * H, appointment(5 * H, None, AppointmentEvent::Ended));
    let known = |clinic: &Clinic| -> Vec<String> {
        let slots = clinic.scene.fold.slots.keys();
        slots.map(ToString::to_string).collect()
    };
    assert_eq!(known(&clinic), ["s1", "s2", "s9"]);
    clinic.until(90);
    assert_eq!(known(&clinic), ["s2"]);
}
