//! The hospital does what hospitals do, and always the same for a seed.

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{AppointmentEvent, BedTap, SlotEvent, VisitEvent};
use events::id::DeviceId;
use events::time::{DAY_MS, HOUR_MS};

use super::*;

/// 2026-01-05, a Monday.
const MONDAY: i64 = 1_767_571_200_000;

fn day(scenario: &str, seed: u64) -> Vec<(i64, Happening)> {
    let scenario = Scenario::load(scenario).unwrap();
    Hospital::new(seed, &scenario, CellTime(MONDAY))
        .take_while(|(at, _)| *at < MONDAY + DAY_MS)
        .collect()
}

fn facts(happenings: &[(i64, Happening)]) -> impl Iterator<Item = &Fact> {
    happenings
        .iter()
        .filter_map(|(_, happening)| match happening {
            Happening::Fact(fact) => Some(fact),
            Happening::Reading(..) => None,
        })
}

#[test]
fn a_seed_is_a_hospital() {
    let first = day("flu_surge", 3);
    assert_eq!(first, day("flu_surge", 3));
    assert_ne!(first, day("flu_surge", 4));
}

#[test]
fn no_two_happenings_share_a_millisecond() {
    for name in crate::scenario::names() {
        let happenings = day(name, 1);
        assert!(happenings.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

#[test]
fn every_device_is_heard_every_minute_from_the_start() {
    let mut last: BTreeMap<DeviceId, i64> = BTreeMap::new();
    for (at, happening) in day("quiet_night", 2) {
        if let Happening::Reading(path, reading) = happening {
            let before = last.insert(path.device, at).unwrap_or(MONDAY);
            assert!(at - before <= 60_500, "{}", at - before);
            assert_eq!(reading.at.0, at);
        }
    }
    assert_eq!(last.len(), Hospital::devices().len());
    assert_eq!(last.len(), 144);
}

#[test]
fn equipment_goes_to_patients_and_from_ward_to_ward() {
    let mut places: BTreeMap<DeviceId, BTreeSet<_>> = BTreeMap::new();
    for (_, happening) in day("flu_surge", 2) {
        if let Happening::Reading(path, _) = happening {
            places.entry(path.device).or_default().insert(path.place);
        }
    }
    let wards = |places: &BTreeSet<events::place::Place>| {
        let wards: BTreeSet<_> = places.iter().map(|place| &place.ward).collect();
        wards.len()
    };
    assert!(places.values().any(|places| places.len() > 2));
    assert!(places.values().any(|places| wards(places) > 1));
    let is_unit = |device: &DeviceId| device.as_str().starts_with("unit-");
    let mut units = places.iter().filter(|(device, _)| is_unit(device));
    assert!(units.all(|(_, places)| places.len() == 1));
}

#[test]
fn the_days_have_everything_in_them() {
    let happenings: Vec<_> = crate::scenario::names()
        .into_iter()
        .flat_map(|name| day(name, 1))
        .collect();
    let mut seen = BTreeSet::new();
    for fact in facts(&happenings) {
        seen.insert(match &fact.what {
            What::Visit { event, .. } => match event {
                VisitEvent::BedRequested(_) => "requested",
                VisitEvent::BedAssigned(_) => "assigned",
                VisitEvent::ReadyToMove => "ready to move",
                VisitEvent::Admitted(place) if place.bed.is_none() => "corridor",
                VisitEvent::Admitted(_) => "admitted",
                VisitEvent::Transferred(_) => "transferred",
                VisitEvent::ReadyToLeave => "ready to leave",
                VisitEvent::ExpectedDischarge(_) => "expected",
                VisitEvent::Discharged => "discharged",
                VisitEvent::Cancelled => "cancelled",
                VisitEvent::Emergency => "emergency",
                VisitEvent::AdmissionDecided => "decided",
                VisitEvent::LeftUnseen => "left unseen",
                VisitEvent::StayBegan(_) => "began before",
                _ => "unexpected",
            },
            What::Appointment { event, .. } => match event {
                AppointmentEvent::Booked(_) => "booked",
                AppointmentEvent::Arrived => "arrived",
                AppointmentEvent::Roomed => "roomed",
                AppointmentEvent::Started => "started",
                AppointmentEvent::Ended => "ended",
                AppointmentEvent::Cancelled => "off",
                AppointmentEvent::NoShow => "no show",
            },
            What::Vital { .. } | What::Command(_) => "unexpected",
            What::Slot { event, .. } => match event {
                SlotEvent::Offered { .. } => "offered",
                SlotEvent::Booked => "taken",
                SlotEvent::Withdrawn => "withdrawn",
            },
            What::Staff { on_shift: true, .. } => "on shift",
            What::Staff { .. } => "off shift",
            What::Bed { tap, .. } => match tap {
                BedTap::Clean => "clean",
                BedTap::Dirty => "dirty",
                BedTap::Blocked { .. } => "blocked",
                BedTap::Open => "open",
            },
        });
    }
    assert!(!seen.contains("unexpected"));
    assert_eq!(seen.len(), 30, "{seen:?}");
}

#[test]
fn a_shortage_of_cleaners_leaves_beds_dirty_for_longer() {
    let turned = |scenario| {
        let done = |happening: &Happening| matches!(happening, Happening::Reading(_, reading) if reading.code == 2 && reading.value.value == 1);
        let day = day(scenario, 1);
        day.iter().filter(|(_, happening)| done(happening)).count()
    };
    let (few, enough) = (turned("cleaning_shortage"), turned("flu_surge"));
    assert!(few < enough, "{few} {enough}");
}

#[test]
fn the_clinic_is_open_by_day_only() {
    let happenings = day("clinic_monday", 1);
    let arrived = facts(&happenings).filter(|fact| {
        matches!(
            &fact.what,
            What::Appointment {
                event: AppointmentEvent::Arrived,
                ..
            }
        )
    });
    let hours: Vec<i64> = arrived.map(|fact| (fact.at.0 - MONDAY) / HOUR_MS).collect();
    assert!(hours.len() > 100, "{}", hours.len());
    assert!(hours.iter().all(|hour| (7..20).contains(hour)));
}
