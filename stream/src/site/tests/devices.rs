//! What a site makes of its devices: silent, moved, in use.

use events::fact::{EquipmentStatus, SensorFact};
use events::output::BoardChange;

use crate::lane::News;
use crate::lane::absence::Absence;
use crate::trace::Kind;

use super::*;

fn report(device: &str, bed: &str, news: News) -> Item {
    Item::Report(Report {
        site: Arc::new(Scene::new().fold.site),
        device: device.into(),
        place: Arc::new(place(bed)),
        news,
    })
}

/// Something said in a given minute, as the device's n-th reading.
fn says(minute: i64, fact: SensorFact) -> News {
    let seq = minute.unsigned_abs();
    let at = (minute * M, 1, seq);
    News::Said { at, fact }
}

fn gone(last: i64, from: i64, to: Option<i64>) -> News {
    News::Absent {
        last: Some(last * M),
        gaps: Vec::new(),
        gone: vec![Absence {
            from: from * M,
            to: to.map(|to| to * M),
            boot: 1,
        }],
        quiet: false,
    }
}

/// The last word on a bed.
fn bed_view(said: &[Output], bed: &str) -> Option<BedView> {
    let view = |output: &Output| match output {
        Output::Board(BoardChange {
            change: Some(events::output::Change::Bed(view)),
            ..
        }) => Some(view.clone()),
        _ => None,
    };
    let mut views: Vec<_> = said.iter().filter_map(view).collect();
    views.retain(|view| view.place.as_ref().and_then(|place| place.bed.as_deref()) == Some(bed));
    views.pop()
}

#[test]
fn a_pad_whose_will_was_told_is_silent_at_once_and_until_it_is_back() {
    let mut scene = Scene::new();
    let felt = says(1, SensorFact::Pad { occupied: true });
    scene.at(M, report("pad1", "b1", felt));
    let said = scene.at(2 * M, report("pad1", "b1", gone(1, 2, None)));
    assert_eq!(
        alerts(&said),
        [("device_silent".to_owned(), AlertState::Raised, 2, None)]
    );
    assert!(bed_view(&said, "b1").unwrap().pad_silent);
    let said = scene.at(3 * M, report("pad1", "b1", gone(1, 2, Some(3))));
    assert_eq!(
        alerts(&said),
        [("device_silent".to_owned(), AlertState::Cleared, 2, Some(3))]
    );
    assert!(!bed_view(&said, "b1").unwrap().pad_silent);
}

#[test]
fn a_pad_that_is_moved_leaves_its_bed_and_is_one_device() {
    let mut scene = Scene::new();
    let felt = |minute| says(minute, SensorFact::Pad { occupied: true });
    scene.at(M, report("pad1", "b1", felt(1)));
    let said = scene.at(M, report("pad1", "b1", News::Heard { last: M }));
    let view = bed_view(&said, "b1").unwrap();
    assert_eq!((view.pad_heard_ms, view.heard_only), (M, true));
    let said = scene.at(2 * M, report("pad1", "b2", felt(2)));
    assert_eq!(
        bed_view(&said, "b1").unwrap().pad_heard_ms,
        0,
        "it has none"
    );
    let said = scene.at(3 * M, report("pad1", "b2", gone(2, 3, None)));
    assert_eq!(alerts(&said).len(), 1, "one device, one alert: {said:?}");
    assert!(bed_view(&said, "b1").is_none());
    assert!(bed_view(&said, "b2").unwrap().pad_silent);
    assert_eq!(scene.fold.devices.len(), 1);
}

#[test]
fn equipment_is_used_where_it_is_and_counted_once() {
    let mut scene = Scene::new();
    let in_use = |minute| says(minute, SensorFact::Equipment(EquipmentStatus::InUse));
    scene.at(M, report("pump1", "b1", in_use(1)));
    let mut elsewhere = report("pump1", "b1", in_use(3));
    if let Item::Report(report) = &mut elsewhere {
        report.place = Arc::new(Place {
            ward: WardId::new("elsewhere").unwrap(),
            ..place("b1")
        });
    }
    scene.at(3 * M, elsewhere);
    let of = |ward: &str| -> Vec<_> {
        let traces = &scene.fold.wards[&WardId::new(ward).unwrap()];
        let all = traces.all(Kind::InUse);
        all.map(|(_, from, to)| (from / M, to.map(|to| to / M)))
            .collect()
    };
    assert_eq!(of("a"), [(1, Some(3))]);
    assert_eq!(of("elsewhere"), [(3, None)]);
}

#[test]
fn many_that_fall_silent_at_once_are_one_alert_that_explains_theirs() {
    let mut scene = Scene::new();
    let version = Control {
        site: scene.fold.site.clone(),
        setting: Setting::Version(crate::version::NEWEST),
    };
    scene.at(M, Item::Control(version));
    let names: Vec<String> = (1..=7).map(|number| format!("pad{number}")).collect();
    let mut said = Vec::new();
    for (minute, name) in (2..).zip(&names) {
        said.extend(scene.at(minute * M, report(name, "b1", gone(1, minute, None))));
    }
    let told = |said: &[Output]| -> Vec<(String, String, String)> {
        let alerts = said.iter().filter_map(|output| match output {
            Output::Alert(alert) => Some(alert),
            _ => None,
        });
        let brief = |alert: &events::output::Alert| {
            let by = alert.suppressed_by.clone();
            (alert.subject.clone(), alert.notify.clone(), by)
        };
        alerts.map(brief).collect()
    };
    let group = format!("devices_silent:a:a:{}", 6 * M);
    let last: Vec<_> = told(&said).into_iter().rev().take(2).collect();
    // Whoever falls silent meanwhile calls nobody, from the beginning.
    assert_eq!(
        last,
        [
            ("pad7".to_owned(), String::new(), group.clone()),
            ("pad6".to_owned(), String::new(), group.clone())
        ]
    );
    let calls = told(&said);
    let calls = calls
        .iter()
        .filter(|(subject, notify, _)| subject == "a" && !notify.is_empty());
    assert_eq!(calls.count(), 1, "{said:?}");
    // Three come back: four are no longer many, and each is for itself again.
    for (minute, name) in (10..).zip(&names[..3]) {
        said = scene.at(minute * M, report(name, "b1", gone(1, 2, Some(minute))));
    }
    let told = told(&said);
    let again = |name: &str| (name.to_owned(), "charge_nurse".to_owned(), String::new());
    for name in &names[3..] {
        assert!(told.contains(&again(name)), "{told:?}");
    }
}
