//! The golden day: four beds from midnight to midnight, with every number known beforehand.
//!
//! ```text
//! B1   occupied 00-10, dirty 10:00, being cleaned 10:45, clean 11:15, occupied 13-24
//! B2   occupied 00-24
//! B3   clean 00-06, occupied 06-18, dirty 18:00, being cleaned 18:30, clean 19:00
//! B4   closed 00-12, clean 12-20, occupied 20-24
//! ```

use std::collections::BTreeMap;

use events::fact::{CleaningPhase, SensorFact};
use events::output::KpiValue;

use crate::lane::News;
use crate::version;

use super::*;

const H: i64 = HOUR_MS;

/// What happens, in the order of its time.
type Story = Vec<(i64, Item)>;

struct Day {
    scene: Scene,
    said: Vec<Output>,
}

fn site() -> Site {
    Scene::new().fold.site
}

/// The four beds; the last is staffed while it is open.
fn master(is_open: bool) -> Item {
    let bed = |(name, staffed): (&str, bool)| MasterBed {
        bed: BedId::new(name).unwrap(),
        room: None,
        label: name.to_owned(),
        staffed,
        hours: Hours::default(),
    };
    let beds = [("B1", true), ("B2", true), ("B3", true), ("B4", is_open)];
    setting(Setting::Master(BedMaster {
        wards: vec![MasterWard {
            ward: WardId::new("a").unwrap(),
            label: "Ward A".to_owned(),
            source: OccupancySource::Visits,
            beds: beds.map(bed).to_vec(),
        }],
        ..BedMaster::default()
    }))
}

fn setting(setting: Setting) -> Item {
    let site = site();
    Item::Control(Control { site, setting })
}

fn fact(at: i64, what: What) -> (i64, Item) {
    let fact = Fact {
        at: EventTime(at),
        told: CellTime(at),
        flags: FactFlags::default(),
        what,
    };
    let told = Told {
        site: site(),
        source: "test".to_owned(),
        facts: vec![fact],
        receipt: None,
    };
    (at, Item::Told(told))
}

fn visit_of(at: i64, id: &str, event: VisitEvent) -> (i64, Item) {
    let what = What::Visit {
        visit: VisitId::new(id).unwrap(),
        patient: None,
        event,
    };
    fact(at, what)
}

fn admitted(at: i64, id: &str, bed: &str) -> (i64, Item) {
    visit_of(at, id, VisitEvent::Admitted(place(bed)))
}

fn cleaning(at: i64, bed: &str, phase: CleaningPhase) -> (i64, Item) {
    let news = News::Said {
        at: (at, 1, at.unsigned_abs()),
        fact: SensorFact::Cleaning(phase),
    };
    let report = Report {
        site: Arc::new(site()),
        device: format!("tag-{bed}").into(),
        place: Arc::new(place(bed)),
        news,
    };
    (at, Item::Report(report))
}

/// The day, with the cleaning of B3 so many milliseconds faster.
fn story(faster: i64) -> Story {
    use CleaningPhase::{Done, Started};
    let mut story = vec![
        (0, setting(Setting::Version(version::NEWEST))),
        (0, master(false)),
        admitted(0, "v1", "B1"),
        admitted(0, "v3", "B2"),
        fact(0, tap("B3", BedTap::Clean)),
        admitted(6 * H, "v4", "B3"),
        visit_of(10 * H, "v1", VisitEvent::Discharged),
        cleaning(10 * H + 45 * M, "B1", Started),
        cleaning(11 * H + 15 * M, "B1", Done),
        (12 * H, master(true)),
        fact(12 * H, tap("B4", BedTap::Clean)),
        admitted(13 * H, "v2", "B1"),
        visit_of(18 * H, "v4", VisitEvent::Discharged),
        cleaning(18 * H + 30 * M - faster, "B3", Started),
        cleaning(19 * H - 2 * faster, "B3", Done),
        admitted(20 * H, "v5", "B4"),
    ];
    story.sort_by_key(|(at, _)| *at);
    story
}

impl Day {
    fn of(story: Story) -> Self {
        let scene = Scene {
            fold: SiteFold::new(site(), SiteConfig::default()),
            offset: 0,
        };
        let said = Vec::new();
        let mut day = Self { scene, said };
        for (at, item) in story {
            day.said.extend(day.scene.at(at, item));
        }
        day.said.extend(day.scene.until(27 * H));
        day
    }

    /// The hours of the day as they were said last, of the ward: numerator and denominator.
    fn hours(&self, kpi: &str, stat: &str) -> Vec<(i64, i64)> {
        let mut hours: BTreeMap<i64, &KpiValue> = BTreeMap::new();
        for output in &self.said {
            if let Output::Kpi(row) = output
                && (&*row.kpi, &*row.stat, &*row.ward) == (kpi, stat, "a")
                && row.resolution_s == 3_600
                && row.window_ms < 24 * H
            {
                hours.insert(row.window_ms, row);
            }
        }
        let rows = hours.into_values();
        rows.map(|row| (row.numerator, row.denominator)).collect()
    }

    /// Both sides of the line, added up.
    fn sum(&self, kpi: &str) -> (i64, i64) {
        let hours = self.hours(kpi, "value").into_iter();
        hours.fold((0, 0), |(above, below), (n, d)| (above + n, below + d))
    }

    fn minutes(&self, kpi: &str) -> Vec<i64> {
        let hours = self.hours(kpi, "p50").into_iter();
        hours.map(|(above, below)| above / below).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a day has few milliseconds")]
fn per_cent((above, below): (i64, i64)) -> String {
    format!("{:.3}", 100.0 * above as f64 / below as f64)
}

#[test]
fn the_golden_day_has_its_numbers() {
    let day = Day::of(story(0));
    let staffed = day.sum("occupancy");
    assert_eq!(staffed, (61 * H, 84 * H));
    assert_eq!(per_cent(staffed), "72.619");
    let physical = day.sum("occupancy_physical");
    assert_eq!(physical, (61 * H, 96 * H));
    assert_eq!(per_cent(physical), "63.542");
    let peaks = day.hours("occupancy", "peak").into_iter();
    assert_eq!(peaks.map(|(peak, _)| peak).max(), Some(3));
    let (left, _) = day.sum("departures");
    assert_eq!(left, 2);
    let vacant = day.sum("vacant_bed_time").0;
    assert_eq!(vacant, 23 * H);
    assert_eq!(vacant / left, 11 * H + 30 * M, "turnover interval");
    let stay = staffed.0 / left;
    assert_eq!(
        stay + vacant / left,
        staffed.1 / left,
        "30.5 h + 11.5 h = 42 h"
    );
    // When v1 has left, one of three staffed beds is empty; when v4 has, two of four.
    assert_eq!(
        day.hours("turnover_interval", "value"),
        [(H, H), (2 * H, H)]
    );
    assert_eq!(day.minutes("cleaning_response"), [45, 30]);
    assert_eq!(day.minutes("cleaning_time"), [30, 30]);
    assert_eq!(day.minutes("bed_turn"), [75, 60]);
    assert_eq!(day.minutes("clean_to_occupied"), [6 * 60, 105, 8 * 60]);
    let stays = day.hours("length_of_stay", "value");
    assert_eq!(stays, [(10 * H, 24 * H), (12 * H, 24 * H)]);
    assert_eq!(day.sum("lost_dirty"), (2 * H + 15 * M, 24 * H));
}

#[test]
fn at_midnight_three_of_four_beds_are_occupied() {
    let day = Day::of(story(0));
    let midnight = |output: &Output| match output {
        Output::Kpi(row) => (row.kpi == "occupancy_at_start"
            && (row.window_ms, &*row.ward) == (24 * H, "a"))
            .then_some((row.resolution_s, row.numerator, row.denominator)),
        _ => None,
    };
    let mut said: Vec<_> = day.said.iter().filter_map(midnight).collect();
    said.sort_unstable();
    assert_eq!(said, [(60, 3, 4), (900, 3, 4), (3_600, 3, 4)]);
    // Who leaves at midnight is no longer there, and who comes is.
    let mut story = story(0);
    story.push(visit_of(24 * H, "v3", VisitEvent::Discharged));
    story.push(visit_of(24 * H, "v5", VisitEvent::Discharged));
    story.push(admitted(24 * H, "v6", "B3"));
    let day = Day::of(story);
    let mut said: Vec<_> = day.said.iter().filter_map(midnight).collect();
    said.sort_unstable();
    assert_eq!(said, [(60, 2, 4), (900, 2, 4), (3_600, 2, 4)]);
}

/// Goals are strict: what takes exactly as long misses them.
#[test]
fn b3_fails_all_three_goals_by_equality() {
    let goals = [
        "cleaning_response_in_goal",
        "cleaning_time_in_goal",
        "bed_turn_in_goal",
    ];
    let (day, faster) = (Day::of(story(0)), Day::of(story(1)));
    for goal in goals {
        assert_eq!(day.sum(goal), (0, 2), "{goal}");
        assert_eq!(faster.sum(goal), (1, 2), "{goal}, a millisecond faster");
    }
}

#[test]
fn an_older_version_says_what_it_always_said() {
    let all = |day: &Day| -> BTreeSet<String> {
        let name = |output: &Output| match output {
            Output::Kpi(row) => Some(row.kpi.clone()),
            _ => None,
        };
        day.said.iter().filter_map(name).collect()
    };
    let newest = Day::of(story(0));
    for older in version::OLDEST..version::NEWEST {
        let mut story = story(0);
        story[0].1 = setting(Setting::Version(older));
        let day = Day::of(story);
        for kpi in crate::kpi::all() {
            let (kpi, is_new) = (kpi.name, kpi.version > older);
            assert_eq!(
                all(&day).contains(kpi),
                !is_new && all(&newest).contains(kpi),
                "{kpi} of {older}"
            );
            if !is_new {
                let hours = day.hours(kpi, "value");
                assert_eq!(hours, newest.hours(kpi, "value"), "{kpi} of {older}");
            }
        }
        // What the fourth says beside weeks is not told in this story.
        let least = if older < 3 { 10 } else { 0 };
        assert!(all(&newest).len() >= all(&day).len() + least);
    }
}
