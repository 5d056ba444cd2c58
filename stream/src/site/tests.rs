//! One site, end to end within the fold: what is said, corrected and withdrawn.

use events::control::{
    BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting, Threshold,
};
use events::fact::{BedTap, Fact, FactFlags, Told, VisitEvent, What};
use events::hours::Hours;
use events::id::{BedId, SiteId, TenantId, VisitId, WardId};
use events::output::AlertState;
use events::place::Place;
use events::time::{CellTime, EventTime, MINUTE_MS};

use super::*;

mod answers;
mod clocks;
mod devices;
mod explain;
mod golden;
mod horizon;
mod opening;
mod room;
mod slots;
mod sources;

/// Minutes, so that the scenes read like a clock.
const M: i64 = MINUTE_MS;

struct Scene {
    fold: SiteFold,
    offset: u64,
}

impl Scene {
    fn new() -> Self {
        let site = Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        };
        let mut scene = Self {
            fold: SiteFold::new(site.clone(), SiteConfig::default()),
            offset: 0,
        };
        scene.set_master(0, OccupancySource::Visits);
        scene
    }

    fn set_master(&mut self, now: i64, source: OccupancySource) -> Vec<Output> {
        let bed = |name: &str| MasterBed {
            bed: BedId::new(name).unwrap(),
            room: None,
            label: name.to_owned(),
            staffed: true,
            hours: Hours::default(),
        };
        let master = BedMaster {
            wards: vec![MasterWard {
                ward: WardId::new("a").unwrap(),
                label: "Ward A".to_owned(),
                source,
                beds: vec![bed("b1"), bed("b2")],
            }],
            ..BedMaster::default()
        };
        let control = Control {
            site: self.fold.site.clone(),
            setting: Setting::Master(master),
        };
        self.at(now, Item::Control(control))
    }

    fn at(&mut self, now: i64, item: Item) -> Vec<Output> {
        self.offset += 1;
        let input = SiteInput {
            place: (1, 0, self.offset, 0),
            item,
        };
        let mut said = self.until(now - 20);
        said.extend(self.fold(now, vec![input]));
        said
    }

    /// Folds an epoch; as does a site that was written down before, and read.
    fn fold(&mut self, now: i64, inputs: Vec<SiteInput>) -> Vec<Output> {
        let written = postcard::to_allocvec(&self.fold).unwrap();
        let read: SiteFold = postcard::from_bytes(&written).unwrap();
        let mut read = read.restored(self.fold.config);
        assert_eq!(postcard::to_allocvec(&read).unwrap(), written);
        let said = self.fold.fold(epoch_at(now), inputs.clone());
        assert_eq!(read.fold(epoch_at(now), inputs), said);
        said
    }

    /// Lets time pass: folds every epoch in which something is due.
    fn until(&mut self, now: i64) -> Vec<Output> {
        let mut said = Vec::new();
        while let Some(due) = self.fold.due().filter(|due| *due <= now) {
            said.extend(self.fold.fold(epoch_at(due), Vec::new()));
        }
        said
    }

    fn set_threshold(&mut self, now: i64, rule: &str, name: &str, value: i64) -> Vec<Output> {
        let threshold = Threshold {
            ward: None,
            rule: rule.to_owned(),
            name: name.to_owned(),
            value,
        };
        let control = Control {
            site: self.fold.site.clone(),
            setting: Setting::Threshold(threshold),
        };
        self.at(now, Item::Control(control))
    }

    fn told(&mut self, now: i64, at: i64, what: What) -> Vec<Output> {
        let fact = Fact {
            at: EventTime(at),
            told: CellTime(now),
            flags: FactFlags::default(),
            what,
        };
        let told = Told {
            site: self.fold.site.clone(),
            source: "test".to_owned(),
            facts: vec![fact],
            receipt: None,
        };
        self.at(now, Item::Told(told))
    }
}

fn place(bed: &str) -> Place {
    Place {
        ward: WardId::new("a").unwrap(),
        room: None,
        bed: Some(BedId::new(bed).unwrap()),
    }
}

fn visit(event: VisitEvent) -> What {
    What::Visit {
        visit: VisitId::new("v1").unwrap(),
        patient: None,
        event,
    }
}

fn tap(bed: &str, tap: BedTap) -> What {
    What::Bed {
        place: place(bed),
        tap,
    }
}

fn alerts(said: &[Output]) -> Vec<(String, AlertState, i64, Option<i64>)> {
    let alert = |output: &Output| match output {
        Output::Alert(alert) => Some((
            alert.rule.clone(),
            alert.state(),
            alert.since_ms / M,
            alert.until_ms.map(|at| at / M),
        )),
        _ => None,
    };
    said.iter().filter_map(alert).collect()
}

/// Value, revision of the ward's minute that starts at `window`.
fn occupancy(said: &[Output], window: i64) -> Vec<(i64, u32)> {
    let value = |output: &Output| match output {
        Output::Kpi(kpi) => (kpi.kpi == "occupancy"
            && kpi.stat == "value"
            && kpi.ward == "a"
            && kpi.resolution_s == 60
            && kpi.window_ms == window)
            .then_some((kpi.numerator, kpi.revision)),
        _ => None,
    };
    said.iter().filter_map(value).collect()
}

#[test]
fn a_dirty_bed_raises_and_clears_by_itself() {
    let mut scene = Scene::new();
    scene.told(M, M, tap("b1", BedTap::Dirty));
    let said = alerts(&scene.until(70 * M));
    assert_eq!(
        said,
        [
            (
                "cleaning_not_started".to_owned(),
                AlertState::Raised,
                31,
                None
            ),
            ("bed_dirty".to_owned(), AlertState::Raised, 61, None),
        ]
    );
    let said = alerts(&scene.told(75 * M, 74 * M, tap("b1", BedTap::Clean)));
    assert_eq!(said.len(), 2);
    assert!(
        said.iter()
            .all(|alert| alert.1 == AlertState::Cleared && alert.3 == Some(74))
    );
}

#[test]
fn a_threshold_beyond_all_reason_is_the_most_that_it_can_be() {
    let mut scene = Scene::new();
    for value in [i64::MAX, i64::MIN, i64::MAX] {
        scene.set_threshold(M, "bed_dirty", "minutes", value);
    }
    scene.told(M, M, tap("b1", BedTap::Dirty));
    let day = 24 * 60 * M;
    let said = alerts(&scene.until(29 * day));
    assert!(said.iter().all(|alert| alert.0 != "bed_dirty"), "{said:?}");
    let said = alerts(&scene.until(31 * day));
    assert_eq!(said[0].0, "bed_dirty");
    assert_eq!(said[0].2, 30 * 24 * 60 + 1);
}

#[test]
fn a_new_threshold_changes_nothing_that_was_said() {
    let mut scene = Scene::new();
    scene.told(M, M, tap("b1", BedTap::Dirty));
    scene.until(70 * M);
    let said = scene.set_threshold(71 * M, "bed_dirty", "minutes", 500);
    assert_eq!(alerts(&said), []);
    let said = scene.set_threshold(72 * M, "bed_dirty", "minutes", 5);
    assert_eq!(alerts(&said), []);
    scene.told(73 * M, 73 * M, tap("b2", BedTap::Dirty));
    let said = alerts(&scene.until(79 * M));
    assert_eq!(
        said,
        [("bed_dirty".to_owned(), AlertState::Raised, 78, None)]
    );
}

#[test]
fn a_new_source_counts_from_its_time_on() {
    let mut scene = Scene::new();
    scene.told(M, M, visit(VisitEvent::Admitted(place("b1"))));
    let first = scene.until(10 * M);
    assert_eq!(occupancy(&first, 5 * M), [(M, 0)]);
    let said = scene.set_master(10 * M, OccupancySource::Pad);
    let corrected = |output: &Output| matches!(output, Output::Kpi(kpi) if kpi.revision > 0);
    assert!(!said.iter().any(corrected), "what was closed stays closed");
    let later = scene.until(20 * M);
    assert!(!later.iter().any(corrected));
    assert_eq!(occupancy(&later, 9 * M), [(M, 0)]);
    assert_eq!(
        occupancy(&later, 10 * M),
        [(0, 0)],
        "the pad has felt nobody"
    );
    let said = scene.told(21 * M, 4 * M, visit(VisitEvent::Discharged));
    assert_eq!(occupancy(&said, 5 * M), [(0, 1)], "visits decided then");
}

#[test]
fn an_alert_that_a_correction_makes_wrong_is_withdrawn() {
    let mut scene = Scene::new();
    scene.told(M, M, tap("b1", BedTap::Dirty));
    scene.until(35 * M);
    let said = alerts(&scene.told(36 * M, 20 * M, tap("b1", BedTap::Clean)));
    assert_eq!(
        said,
        [(
            "cleaning_not_started".to_owned(),
            AlertState::Withdrawn,
            31,
            None
        )]
    );
}

#[test]
fn what_is_known_only_in_hindsight_is_retrospective() {
    let mut scene = Scene::new();
    scene.told(100 * M, 80 * M, tap("b1", BedTap::Clean));
    let said = alerts(&scene.told(101 * M, 10 * M, tap("b1", BedTap::Dirty)));
    assert!(
        said.iter()
            .all(|alert| alert.1 == AlertState::Retrospective),
        "{said:?}"
    );
    assert_eq!(said.len(), 2);
}

#[test]
fn a_late_fact_corrects_the_windows_that_it_changes_and_no_others() {
    let mut scene = Scene::new();
    scene.told(M, M, visit(VisitEvent::Admitted(place("b1"))));
    let first = scene.until(10 * M);
    assert_eq!(occupancy(&first, 5 * M), [(M, 0)]);
    let corrected = scene.told(11 * M, 4 * M, visit(VisitEvent::Discharged));
    assert_eq!(occupancy(&corrected, 3 * M), []);
    assert_eq!(occupancy(&corrected, 5 * M), [(0, 1)]);
}

#[test]
fn a_ward_that_is_full_says_so_until_it_is_clearly_emptier() {
    let mut scene = Scene::new();
    scene.told(M, M, visit(VisitEvent::Admitted(place("b1"))));
    let second = What::Visit {
        visit: VisitId::new("v2").unwrap(),
        patient: None,
        event: VisitEvent::Admitted(place("b2")),
    };
    let said = alerts(&scene.told(2 * M, 2 * M, second));
    assert_eq!(
        said,
        [("ward_full".to_owned(), AlertState::Raised, 2, None)]
    );
    let said = alerts(&scene.told(3 * M, 3 * M, visit(VisitEvent::Discharged)));
    assert_eq!(
        said,
        [("ward_full".to_owned(), AlertState::Cleared, 2, Some(3))]
    );
}

#[test]
fn what_the_state_does_not_allow_is_said_with_its_place() {
    let mut scene = Scene::new();
    let said = scene.told(M, M, visit(VisitEvent::Discharged));
    let late = said.iter().find_map(|output| match output {
        Output::Late(late) => Some((late.topic.as_str(), late.offset, late.reason.as_str())),
        _ => None,
    });
    assert_eq!(late, Some(("facts", 2, "refused_visit_state")));
}

#[test]
fn beyond_the_horizon_it_is_late() {
    let mut scene = Scene::new();
    let now = 80 * 60 * M;
    let said = scene.told(now, now - 73 * 60 * M, tap("b1", BedTap::Dirty));
    assert!(
        said.iter()
            .any(|output| matches!(output, Output::Late(late) if late.reason == "beyond_horizon"))
    );
}

#[test]
fn long_after_the_horizon_nothing_is_withdrawn_or_said_again() {
    let mut scene = Scene::new();
    scene.told(M, M, tap("b1", BedTap::Dirty));
    scene.told(2 * M, 2 * M, visit(VisitEvent::Admitted(place("b2"))));
    scene.until(70 * M);
    scene.told(80 * M, 80 * M, tap("b1", BedTap::Clean));
    scene.told(81 * M, 81 * M, visit(VisitEvent::Discharged));
    let said = scene.until(200 * 60 * M);
    assert!(
        !alerts(&said)
            .iter()
            .any(|alert| alert.1 == AlertState::Withdrawn)
    );
    assert!(
        said.iter()
            .all(|output| !matches!(output, Output::Kpi(kpi) if kpi.revision > 0))
    );
    assert!(scene.fold.visits.is_empty(), "a closed visit is let go of");
}
