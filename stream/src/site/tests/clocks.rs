//! The three clocks of a bed as the boards show them, and when they become a conflict.

use events::fact::SensorFact;
use events::output::{BedClock, BedConflict, BedView, Change, Confidence};

use super::*;
use crate::lane::{News, Report};

fn third_version() -> Scene {
    let mut scene = Scene::new();
    let site = scene.fold.site.clone();
    let setting = Setting::Version(3);
    scene.at(20, Item::Control(Control { site, setting }));
    scene.set_master(40, OccupancySource::Both);
    scene
}

impl Scene {
    fn pad(&mut self, now: i64, occupied: bool) -> Vec<Output> {
        let news = News::Said {
            at: (now, 1, now.unsigned_abs()),
            fact: SensorFact::Pad { occupied },
        };
        let report = Report {
            site: Arc::new(self.fold.site.clone()),
            device: "pad-1".into(),
            place: Arc::new(place("b1")),
            news,
        };
        self.at(now, Item::Report(report))
    }

    fn visit_told(&mut self, now: i64, at: i64, event: VisitEvent) -> Vec<Output> {
        let what = What::Visit {
            visit: VisitId::new("v1").unwrap(),
            patient: None,
            event,
        };
        self.told(now, at, what)
    }
}

/// The views of bed `b1` among what was said, each with the minute of its epoch.
fn views(said: &[Output]) -> Vec<(i64, BedView)> {
    let view = |output: &Output| match output {
        Output::Board(change) => match &change.change {
            Some(Change::Bed(view)) if view.label == "b1" => {
                Some((change.as_of_ms / M, view.clone()))
            }
            _ => None,
        },
        _ => None,
    };
    said.iter().filter_map(view).collect()
}

/// When an alert of the rule was said, and how.
fn conflicts(said: &[Output]) -> Vec<(i64, AlertState)> {
    let alert = |output: &Output| match output {
        Output::Alert(alert) if alert.rule == "bed_conflict" => {
            Some((alert.as_of_ms / M, alert.state()))
        }
        _ => None,
    };
    said.iter().filter_map(alert).collect()
}

/// The patient lies down and leaves; the discharge is told so many minutes later.
fn ghost(scene: &mut Scene) -> Vec<Output> {
    let mut said = scene.visit_told(M, M, VisitEvent::Admitted(place("b1")));
    said.extend(scene.pad(2 * M, true));
    said.extend(scene.pad(10 * M, false));
    said
}

#[test]
fn a_dispute_that_lasts_becomes_a_conflict_by_itself_and_ends_with_it() {
    let mut scene = third_version();
    let said = ghost(&mut scene);
    let (_, last) = views(&said).pop().unwrap();
    let clock = |occupied, since_ms| Some(BedClock { occupied, since_ms });
    assert_eq!((last.adt, last.staff), (clock(true, M), None));
    assert_eq!(last.sensor, clock(false, 10 * M));
    assert_eq!(last.confidence(), Confidence::Disputed);
    assert_eq!((last.occupied, last.conflict), (true, None));

    let said = scene.until(45 * M);
    let conflict = BedConflict {
        since_ms: 10 * M,
        sensor: true,
        ..BedConflict::default()
    };
    let shown: Vec<_> = views(&said)
        .into_iter()
        .map(|(at, v)| (at, v.conflict))
        .collect();
    assert_eq!(shown, [(40, Some(conflict))]);
    assert_eq!(conflicts(&said), [(40, AlertState::Raised)]);

    let said = scene.visit_told(50 * M, 50 * M, VisitEvent::Discharged);
    let (_, last) = views(&said).pop().unwrap();
    assert_eq!((last.occupied, last.conflict), (false, None));
    assert_eq!(last.confidence(), Confidence::Agreed);
    assert_eq!(conflicts(&said), [(50, AlertState::Cleared)]);
}

#[test]
fn what_is_told_late_takes_a_conflict_back() {
    let mut scene = third_version();
    ghost(&mut scene);
    let said = scene.until(45 * M);
    assert_eq!(conflicts(&said), [(40, AlertState::Raised)]);
    let said = scene.visit_told(50 * M, 12 * M, VisitEvent::Discharged);
    assert_eq!(conflicts(&said), [(50, AlertState::Withdrawn)]);
    let (_, last) = views(&said).pop().unwrap();
    let empty = Some(BedClock {
        occupied: false,
        since_ms: 12 * M,
    });
    assert_eq!((last.adt, last.conflict), (empty, None));
}

#[test]
fn control_says_how_long_a_dispute_may_last() {
    let mut scene = third_version();
    scene.set_threshold(60, "bed_conflict", "minutes", 5);
    ghost(&mut scene);
    let said = scene.until(20 * M);
    assert_eq!(conflicts(&said), [(15, AlertState::Raised)]);
    assert_eq!(views(&said).len(), 1);
}

#[test]
fn a_dispute_of_before_the_third_version_begins_when_that_comes_into_force() {
    let mut scene = Scene::new();
    scene.set_master(40, OccupancySource::Both);
    let mut said = ghost(&mut scene);
    said.extend(scene.until(90 * M));
    assert_eq!(conflicts(&said), []);
    assert!(!views(&said).is_empty());
    for (_, view) in views(&said) {
        assert_eq!((view.adt, view.sensor, view.conflict), (None, None, None));
        assert_eq!(view.confidence(), Confidence::Unknown);
    }
    let site = scene.fold.site.clone();
    let setting = Setting::Version(3);
    let said = scene.at(100 * M, Item::Control(Control { site, setting }));
    assert_eq!(conflicts(&said), [], "it begins to be one then");
    let said = scene.until(200 * M);
    assert_eq!(conflicts(&said), [(130, AlertState::Raised)]);
}
