//! The golden day of a ward of which one bed has hours: Sunday, 25 October 2026 in Vienna,
//! which has 25 hours. With every number known beforehand; hours since midnight:
//!
//! ```text
//! b1   open 1-5 (01:00 to 04:00 on the wall, where the third hour is there twice)
//!      occupied 0:30-2, dirty 2-6, blocked 4-8
//! b2   open at all hours, occupied 3-10, dirty 10-11
//! ```

use std::collections::BTreeMap;

use events::output::Change;

use super::*;
use crate::version;

const H: i64 = HOUR_MS;

fn midnight() -> i64 {
    EventTime::parse("2026-10-24T22:00:00Z").unwrap().0
}

fn master(beds: &[(&str, &str)]) -> Setting {
    let bed = |(name, hours): &(&str, &str)| MasterBed {
        bed: BedId::new(name).unwrap(),
        room: None,
        label: (*name).to_owned(),
        staffed: true,
        hours: Hours::parse(hours).unwrap(),
    };
    Setting::Master(BedMaster {
        time_zone: Some("Europe/Vienna".to_owned()),
        wards: vec![MasterWard {
            ward: WardId::new("a").unwrap(),
            label: "Ward A".to_owned(),
            source: OccupancySource::Visits,
            beds: beds.iter().map(bed).collect(),
        }],
        ..BedMaster::default()
    })
}

fn stay(at: i64, id: &str, event: VisitEvent) -> (i64, What) {
    let visit = VisitId::new(id).unwrap();
    let what = What::Visit {
        visit,
        patient: None,
        event,
    };
    (at, what)
}

fn story() -> [(i64, What); 8] {
    let blocked = BedTap::Blocked {
        reason: "maintenance".to_owned(),
        expected_back: None,
    };
    [
        stay(30 * M, "v1", VisitEvent::Admitted(place("b1"))),
        stay(2 * H, "v1", VisitEvent::Discharged),
        stay(3 * H, "v2", VisitEvent::Admitted(place("b2"))),
        (4 * H, tap("b1", blocked)),
        (6 * H, tap("b1", BedTap::Clean)),
        (8 * H, tap("b1", BedTap::Open)),
        stay(10 * H, "v2", VisitEvent::Discharged),
        (11 * H, tap("b2", BedTap::Clean)),
    ]
}

/// What is said of the ward, by KPI and stat, of the window of this length that begins so
/// long after midnight.
type Said = BTreeMap<(i64, i64, String, String), (i64, i64)>;

fn outputs(version: u32, beds: &[(&str, &str)]) -> Vec<Output> {
    outputs_of(version, beds, &story(), 26 * H)
}

/// What is said of a ward of which this is told, until so long after midnight.
fn outputs_of(
    version: u32,
    beds: &[(&str, &str)],
    story: &[(i64, What)],
    until: i64,
) -> Vec<Output> {
    let start = midnight();
    let site = Scene::new().fold.site;
    let mut scene = Scene {
        fold: SiteFold::new(site.clone(), SiteConfig::default()),
        offset: 0,
    };
    let mut outputs = Vec::new();
    for setting in [Setting::Version(version), master(beds)] {
        let site = site.clone();
        outputs.extend(scene.at(start, Item::Control(Control { site, setting })));
    }
    for (at, what) in story {
        outputs.extend(scene.told(start + at, start + at, what.clone()));
    }
    outputs.extend(scene.until(start + until));
    outputs
}

fn said(version: u32, beds: &[(&str, &str)]) -> Said {
    numbers(outputs(version, beds))
}

fn numbers(outputs: Vec<Output>) -> Said {
    let start = midnight();
    let mut rows = Said::new();
    for output in outputs {
        if let Output::Kpi(row) = output
            && row.ward == "a"
        {
            let length = i64::from(row.resolution_s) * 1_000;
            let key = (length, row.window_ms - start, row.kpi, row.stat);
            rows.insert(key, (row.numerator, row.denominator));
        }
    }
    rows
}

fn row(said: &Said, (length, from): (i64, i64), kpi: &str, stat: &str) -> Option<(i64, i64)> {
    let key = (length, from, kpi.to_owned(), stat.to_owned());
    said.get(&key).copied()
}

const HOURS: [(&str, &str); 2] = [("b1", "Sun 01:00-04:00"), ("b2", "always")];
const DAY: (i64, i64) = (24 * H, 0);

#[test]
fn a_bed_counts_while_it_is_open_above_and_below_the_line() {
    let said = said(4, &HOURS);
    let day = |kpi: &str| row(&said, DAY, kpi, "value").unwrap();
    assert_eq!(day("occupancy"), ((1 + 7) * H, (4 + 25) * H));
    assert_eq!(row(&said, DAY, "occupancy", "peak"), Some((1, 2)));
    assert_eq!(row(&said, DAY, "occupancy", "peak_at"), Some((H, 1)));
    assert_eq!(day("vacant_bed_time"), (21 * H, H));
    assert_eq!(day("turnover_interval"), (21 * H, 2 * H));
    assert_eq!(day("lost_dirty"), ((3 + 1) * H, H));
    assert_eq!(day("lost_blocked"), (H, H));
    assert_eq!(day("lost_maintenance"), (H, H));
    // At midnight it is closed, and an hour later it is not.
    assert_eq!(day("occupancy_at_start"), (0, 1));
    assert_eq!(
        row(&said, (H, H), "occupancy_at_start", "value"),
        Some((1, 2))
    );
    // Who lies in a closed bed is a patient all the same, and a bed is a bed.
    assert_eq!(day("census"), (8 * H + 30 * M, 25 * H));
    assert_eq!(day("occupancy_physical"), (8 * H + 30 * M, 50 * H));
    assert_eq!(day("bed_turnover_rate"), (2, 2));
    let hour = |hour: i64| row(&said, (H, hour * H), "occupancy", "value");
    assert_eq!(hour(0), Some((0, H)));
    assert_eq!(hour(1), Some((H, 2 * H)));
    assert_eq!(hour(4), Some((H, 2 * H)));
    assert_eq!(hour(5), Some((H, H)));
}

#[test]
fn a_ward_that_is_closed_has_no_rows_of_its_beds_time() {
    let said = said(4, &[("b1", "Sun 01:00-04:00"), ("b2", "Sun 03:30-05:00")]);
    for kpi in ["occupancy", "occupancy_at_start", "vacant_bed_time"] {
        assert_eq!(row(&said, (H, 0), kpi, "value"), None, "{kpi}");
        assert!(row(&said, (H, H), kpi, "value").is_some(), "{kpi}");
        assert_eq!(row(&said, (H, 6 * H), kpi, "value"), None, "{kpi}");
    }
    let patients = row(&said, (H, 6 * H), "census", "value");
    assert_eq!(patients, Some((H, H)));
    let vacant = row(&said, DAY, "vacant_bed_time", "value");
    // b2 is open for an hour and a half, all of it with somebody in it.
    assert_eq!(vacant, Some((3 * H, H)));
}

#[test]
fn a_bed_waits_for_cleaning_while_somebody_may_use_it() {
    let minutes = |version: u32, hours: &str| {
        let said = said(version, &[("b1", hours), HOURS[1]]);
        row(&said, DAY, "waiting_cleaning", "value").unwrap()
    };
    let (before, from) = (version::CLOSED_BEDS - 1, version::CLOSED_BEDS);
    // b1 is dirty from 2 to 6 and closes at 5; b2 for an hour.
    assert_eq!(minutes(before, HOURS[0].1), (5 * H, M));
    assert_eq!(minutes(from, HOURS[0].1), (4 * H, M));
    assert_eq!(minutes(from, "always"), (5 * H, M));
}

/// b1 is dirty from 2 on, and closed from 5 to half past; from a quarter to six on somebody
/// waits to leave.
#[test]
fn cleaning_is_the_bottleneck_since_the_bed_was_open() {
    let mut story = story().to_vec();
    story.retain(|(_, what)| !matches!(what, What::Bed { .. }));
    story.insert(4, stay(5 * H + 45 * M, "v2", VisitEvent::ReadyToLeave));
    let hours = [("b1", "Sun 01:00-04:00, Sun 04:30-12:00"), HOURS[1]];
    let held = |version: u32, hour: i64| {
        let said = numbers(outputs_of(version, &hours, &story, 26 * H));
        let share = |kpi: &str| row(&said, (H, hour * H), kpi, "value").unwrap().0 / M;
        [share("bottleneck_cleaning"), share("bottleneck_departure")]
    };
    let (before, from) = (version::CLOSED_BEDS - 1, version::CLOSED_BEDS);
    assert_eq!([held(before, 5), held(before, 6)], [[60, 0]; 2]);
    assert_eq!(held(from, 5), [30, 0]);
    assert_eq!(held(from, 6), [60, 0], "it has been open for longer");
}

/// Minutes since midnight at which a bed was shown as staffed, and as not staffed, each
/// for the first time after the other.
fn shown_as_staffed(outputs: &[Output], bed: &str) -> Vec<(i64, bool)> {
    let mut shown: Vec<(i64, bool)> = Vec::new();
    for output in outputs {
        if let Output::Board(change) = output
            && let Some(Change::Bed(view)) = &change.change
            && view.place.as_ref().unwrap().bed.as_deref() == Some(bed)
            && shown.last().is_none_or(|last| last.1 != view.staffed)
        {
            shown.push(((change.as_of_ms - midnight()) / M, view.staffed));
        }
    }
    shown
}

/// How many beds of the ward are staffed, occupied and free at a minute since midnight.
fn counts_at(outputs: &[Output], minute: i64) -> (u32, u32, u32) {
    let mut counts = (0, 0, 0);
    for output in outputs {
        if let Output::Board(change) = output
            && let Some(Change::Ward(view)) = &change.change
            && change.as_of_ms <= midnight() + minute * M
        {
            counts = (view.staffed, view.occupied, view.free);
        }
    }
    counts
}

/// From when to when an alert of a rule stood in the end, in minutes since midnight.
fn stood(outputs: &[Output], rule: &str) -> Vec<(String, i64, Option<i64>)> {
    let mut alerts = BTreeMap::new();
    for output in outputs {
        if let Output::Alert(alert) = output
            && alert.rule == rule
        {
            alerts.insert(alert.id.clone(), alert.clone());
        }
    }
    let minutes = |at: i64| (at - midnight()) / M;
    let stood = alerts.into_values();
    let stood = stood.filter(|alert| alert.state != AlertState::Withdrawn as i32);
    stood
        .map(|alert| {
            (
                alert.subject,
                minutes(alert.since_ms),
                alert.until_ms.map(minutes),
            )
        })
        .collect()
}

#[test]
fn a_closed_bed_is_not_staffed_on_the_board_and_not_free() {
    let said = outputs(4, &HOURS);
    let b1 = shown_as_staffed(&said, "b1");
    assert_eq!(b1, [(0, false), (60, true), (5 * 60, false)]);
    assert_eq!(shown_as_staffed(&said, "b2"), [(0, true)]);
    assert_eq!(
        counts_at(&said, 59),
        (1, 0, 0),
        "b1 is occupied, and closed"
    );
    assert_eq!(counts_at(&said, 60), (2, 1, 0));
    assert_eq!(counts_at(&said, 299), (2, 1, 0));
    assert_eq!(counts_at(&said, 300), (1, 1, 0));
    // From eight on b1 is clean and open to be used, were it not for its hours.
    assert_eq!(counts_at(&said, 9 * 60), (1, 1, 0));
    let always = outputs(4, &[("b1", "always"), ("b2", "always")]);
    assert_eq!(counts_at(&always, 9 * 60), (2, 1, 1));
    let before = outputs(3, &HOURS);
    assert_eq!(counts_at(&before, 9 * 60), (2, 1, 1), "it knows no hours");
}

#[test]
fn no_alert_is_about_a_closed_bed() {
    let said = outputs(4, &HOURS);
    // b1 has been dirty since 2, and closes at 5; b2 is cleaned in time.
    let dirty = stood(&said, "bed_dirty");
    assert_eq!(dirty, [("b1".to_owned(), 3 * 60, Some(5 * 60))]);
    let untouched = stood(&said, "cleaning_not_started");
    let minutes: Vec<_> = untouched
        .iter()
        .map(|(bed, from, to)| (&**bed, *from, *to))
        .collect();
    assert_eq!(minutes, [("b1", 150, Some(300)), ("b2", 630, Some(660))]);
    // It is told again when it opens: dirty for long, from that moment on.
    let twice = outputs(4, &[("b1", "Sun 01:00-04:00, Sun 04:30-12:00"), HOURS[1]]);
    let dirty = stood(&twice, "bed_dirty");
    let dirty: Vec<_> = dirty.iter().map(|(_, from, to)| (*from, *to)).collect();
    assert_eq!(dirty, [(180, Some(300)), (330, Some(360))]);
}

/// Who goes past a closed bed sees in time that somebody has to go and look, though nobody
/// is told of it before it opens.
#[test]
fn a_conflict_of_a_closed_bed_is_shown_when_it_is_one() {
    let story = [
        stay(10 * M, "v1", VisitEvent::Admitted(place("b1"))),
        (15 * M, tap("b1", BedTap::Clean)),
    ];
    let shown_and_told = |version| {
        let said = outputs_of(version, &HOURS, &story, 2 * H);
        let shown = said.iter().find_map(|output| match output {
            Output::Board(change) => match &change.change {
                Some(Change::Bed(view)) if view.conflict.is_some() => Some(change.as_of_ms),
                _ => None,
            },
            _ => None,
        });
        let told = stood(&said, "bed_conflict");
        ((shown.unwrap() - midnight()) / M, told)
    };
    let told = vec![("b1".to_owned(), 60, None)];
    assert_eq!(shown_and_told(version::CLOSED_BEDS), (45, told.clone()));
    assert_eq!(shown_and_told(version::CLOSED_BEDS - 1), (60, told));
}

#[test]
fn a_ward_is_full_without_its_closed_beds() {
    let full = |beds: &[(&str, &str)]| stood(&outputs(4, beds), "ward_full");
    assert_eq!(full(&[("b1", "always"), ("b2", "always")]), []);
    // b2 is the only bed from 5 on, and somebody lies in it until 10.
    assert_eq!(full(&HOURS), [("a".to_owned(), 300, Some(600))]);
    // Until b2 opens b1 is alone, and occupied from 0:30 to 2.
    let night = full(&[("b1", "always"), ("b2", "Sun 02:00-12:00")]);
    let night: Vec<_> = night.iter().map(|(_, from, to)| (*from, *to)).collect();
    assert_eq!(night, [(30, Some(120))]);
}

#[test]
fn older_versions_know_no_hours() {
    let always = [("b1", "always"), ("b2", "always")];
    for older in version::OLDEST..version::OPENING_HOURS {
        assert_eq!(said(older, &HOURS), said(older, &always), "{older}");
    }
    let all = said(version::OPENING_HOURS, &always);
    let occupied = row(&all, DAY, "occupancy", "value");
    assert_eq!(occupied, Some((8 * H + 30 * M, 50 * H)));
}
