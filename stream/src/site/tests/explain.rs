//! What a number follows from, in scenes small enough to see it.

use events::reason::Reason;
use std::collections::BTreeSet;

use events::time::Resolution;

use super::*;
use crate::kpi;
use crate::site::explain::Explanation;
use crate::site::explain::finder::Tale;

impl Scene {
    fn visit(&mut self, minute: i64, visit: &str, event: VisitEvent) -> u64 {
        let visit = VisitId::new(visit).unwrap();
        let patient = None;
        let what = What::Visit {
            visit,
            patient,
            event,
        };
        self.told(minute * M, minute * M, what);
        self.offset
    }

    fn explained(&mut self, kpi: &str, minute: i64) -> Explanation {
        self.until((minute + 3) * M);
        let mut all = kpi::all().iter();
        let kpi = all.find(|known| known.name == kpi).unwrap();
        let window = Resolution::Minute.window(minute * M, None).span;
        let ward = Some(WardId::new("a").unwrap());
        self.fold.explain(kpi, &ward, window)
    }
}

fn admitted(bed: &str) -> VisitEvent {
    VisitEvent::Admitted(place(bed))
}

fn offsets(explanation: &Explanation) -> BTreeSet<u64> {
    let records = explanation.records.iter();
    records.map(|(_, order)| order.major).collect()
}

#[test]
fn what_was_over_long_before_is_not_listed() {
    let mut scene = Scene::new();
    scene.visit(1, "v1", admitted("b1"));
    scene.visit(5, "v1", VisitEvent::Discharged);
    let came = scene.visit(7, "v2", admitted("b1"));
    scene.visit(8, "v2", VisitEvent::ReadyToLeave);
    let explanation = scene.explained("occupancy", 10);
    assert_eq!(offsets(&explanation), BTreeSet::from([came]));
    assert_eq!(explanation.rows[0].numerator, M);
}

/// The bed has been occupied since the first visit came, who is no longer there.
#[test]
fn who_took_a_bed_over_is_listed_too() {
    let mut scene = Scene::new();
    let first = scene.visit(1, "v1", admitted("b1"));
    scene.visit(5, "v1", VisitEvent::Discharged);
    // Told after, of the same instant: the bed was never empty.
    let second = scene.visit(5, "v2", admitted("b1"));
    let explanation = scene.explained("occupancy", 10);
    assert_eq!(offsets(&explanation), BTreeSet::from([first, second]));
}

/// To know that the first visit left is to know that it went to another bed; and then
/// that it has left that one, too.
#[test]
fn what_a_record_means_for_another_bed_is_followed() {
    let mut scene = Scene::new();
    let first = scene.visit(1, "v1", admitted("b1"));
    let second = scene.visit(2, "v2", admitted("b1"));
    let moved = scene.visit(3, "v1", VisitEvent::Transferred(place("b2")));
    let left = scene.visit(4, "v1", VisitEvent::Discharged);
    scene.told(
        11 * M,
        10 * M + 500,
        What::Visit {
            visit: VisitId::new("v2").unwrap(),
            patient: None,
            event: VisitEvent::Discharged,
        },
    );
    let emptied = scene.offset;
    let explanation = scene.explained("occupancy", 10);
    assert_eq!(explanation.rows[0].numerator, 500);
    assert_eq!(
        offsets(&explanation),
        BTreeSet::from([first, second, moved, left, emptied])
    );
}

#[test]
fn what_is_known_from_before_the_horizon_stands_for_its_records() {
    let mut scene = Scene::new();
    let tap = |tap| What::Bed {
        place: place("b1"),
        tap,
    };
    scene.told(M, M, tap(BedTap::Dirty));
    let days = 4 * 24 * 60;
    let explanation = scene.explained("waiting_cleaning", days);
    assert_eq!(explanation.rows[0].numerator, M, "still dirty");
    assert_eq!(offsets(&explanation), BTreeSet::new());
    let [Tale::Fact { source, fact }] = &explanation.kept[..] else {
        panic!("{explanation:?}");
    };
    assert_eq!((source.as_str(), fact.at.0), ("kept", M));
}

#[test]
fn what_was_refused_is_listed_as_not_counted() {
    let mut scene = Scene::new();
    let came = scene.visit(1, "v1", admitted("b1"));
    let tap = What::Bed {
        place: place("b1"),
        tap: BedTap::Dirty,
    };
    scene.told(2 * M, 2 * M, tap);
    let explanation = scene.explained("occupancy", 2);
    assert_eq!(offsets(&explanation), BTreeSet::from([came]));
    let reasons: Vec<Reason> = explanation
        .refused
        .iter()
        .map(|(_, reason)| *reason)
        .collect();
    assert_eq!(reasons, [Reason::RefusedBedState]);
}
