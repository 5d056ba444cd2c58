//! Sources of facts within the fold: the alert, the board, and what numbers say.

use events::output::{Change, SourceLevel};

use super::*;
use crate::version::{NEWEST, SILENT_SOURCES};

const H: i64 = 60 * M;

impl Scene {
    fn set_version(&mut self, now: i64, version: u32) -> Vec<Output> {
        let control = Control {
            site: self.fold.site.clone(),
            setting: Setting::Version(version),
        };
        self.at(now, Item::Control(control))
    }

    /// Tells of something that is about no bed.
    fn tells(&mut self, source: &str, at: i64) -> Vec<Output> {
        self.told_by(source, at, at)
    }

    fn told_by(&mut self, source: &str, now: i64, at: i64) -> Vec<Output> {
        let fact = Fact {
            at: EventTime(at),
            told: CellTime(now),
            flags: FactFlags::default(),
            what: visit(VisitEvent::ReadyToMove),
        };
        let told = Told {
            site: self.fold.site.clone(),
            source: source.to_owned(),
            facts: vec![fact],
            receipt: None,
        };
        self.at(now, Item::Told(told))
    }

    /// Told of each hour for so long.
    fn of_hours(version: u32, hours: i64) -> (Self, Vec<Output>) {
        let mut scene = Self::new();
        let mut said = scene.set_version(M, version);
        for hour in 1..=hours {
            said.extend(scene.tells("hl7:ADT", hour * H));
        }
        (scene, said)
    }
}

fn levels(said: &[Output]) -> Vec<(i64, Vec<SourceLevel>)> {
    let shown = |output: &Output| match output {
        Output::Board(change) => match change.change.as_ref()? {
            Change::SiteView(view) => {
                let levels = view.silent.iter().map(|silent| silent.level());
                Some((change.as_of_ms / M, levels.collect()))
            }
            _ => None,
        },
        _ => None,
    };
    said.iter().filter_map(shown).collect()
}

/// Coverage and bounds of a row.
type Said = (Option<u32>, Option<i64>, Option<i64>);

/// Coverage and bounds of the ward's hours from one on, as last said.
fn covers(said: &[Output], kpi: &str, stat: &str) -> BTreeMap<i64, Said> {
    let mut covers = BTreeMap::new();
    for output in said {
        if let Output::Kpi(row) = output
            && (&*row.kpi, &*row.stat, &*row.ward, row.resolution_s) == (kpi, stat, "a", 3_600)
        {
            covers.insert(row.window_ms / H, (row.coverage_ppm, row.lower, row.upper));
        }
    }
    covers
}

#[test]
fn a_source_ages_is_lost_and_comes_back() {
    // Known for 20 h, and heard last at 21 h: aging 2 h later, stale after 5, lost after 15.
    let (mut scene, said) = Scene::of_hours(SILENT_SOURCES, 21);
    assert_eq!((levels(&said), alerts(&said)), (vec![], vec![]));
    let mut said = scene.until(37 * H);
    use SourceLevel::{Aging, Lost, Stale};
    assert_eq!(
        levels(&said),
        [
            (23 * 60, vec![Aging]),
            (26 * 60, vec![Stale]),
            (36 * 60, vec![Lost])
        ]
    );
    let lost = (
        "source_silent".to_owned(),
        AlertState::Raised,
        36 * 60,
        None,
    );
    assert_eq!(alerts(&said), [lost]);
    let is_about = |output: &Output| matches!(output, Output::Alert(alert) if (&*alert.ward, &*alert.subject) == ("-", "hl7:ADT/visits"));
    assert!(said.iter().any(is_about));

    said.extend(scene.tells("hl7:ADT", 38 * H));
    let back = scene.until(42 * H);
    assert_eq!(levels(&said).last(), Some(&(38 * 60, vec![])));
    let cleared = (
        "source_silent".to_owned(),
        AlertState::Cleared,
        36 * 60,
        Some(38 * 60),
    );
    assert_eq!(alerts(&said).last(), Some(&cleared));
    said.extend(back);
    // Nobody lay there: two beds may have been occupied.
    let occupancy = covers(&said, "occupancy", "value");
    let uncovered = (Some(0), Some(0), Some(2 * H));
    assert_eq!(occupancy[&25], (Some(1_000_000), None, None));
    assert!(
        (26..38).all(|hour| occupancy[&hour] == uncovered),
        "{occupancy:?}"
    );
    assert_eq!(occupancy[&38], (Some(1_000_000), None, None));
    assert_eq!(
        covers(&said, "arrivals", "value")[&30],
        (Some(0), Some(0), None)
    );
    assert_eq!(
        covers(&said, "lost_blocked", "value")[&30],
        (Some(1_000_000), None, None)
    );
}

#[test]
fn what_it_tells_late_covers_again() {
    let (mut scene, _) = Scene::of_hours(SILENT_SOURCES, 21);
    let before = scene.until(37 * H);
    assert_eq!(covers(&before, "census", "value")[&30].0, Some(0));
    let mut said = Vec::new();
    for hour in 24..37 {
        said.extend(scene.told_by("hl7:ADT", 37 * H + hour * 20, hour * H));
    }
    let withdrawn = (
        "source_silent".to_owned(),
        AlertState::Withdrawn,
        36 * 60,
        None,
    );
    assert!(alerts(&said).contains(&withdrawn), "{:?}", alerts(&said));
    assert_eq!(
        covers(&said, "census", "value")[&30],
        (Some(1_000_000), None, None)
    );
    assert_eq!(
        levels(&said).last().map(|(_, levels)| levels.len()),
        Some(0)
    );
}

#[test]
fn an_older_version_knows_nothing_of_it() {
    let (mut scene, mut said) = Scene::of_hours(SILENT_SOURCES - 1, 21);
    said.extend(scene.until(37 * H));
    assert_eq!((levels(&said), alerts(&said)), (vec![], vec![]));
    let census = covers(&said, "census", "value");
    assert!(census.values().all(|cover| *cover == (None, None, None)));
    let said = scene.set_version(38 * H, SILENT_SOURCES);
    assert_eq!(levels(&said).len(), 1, "it was heard before");
    assert_eq!(alerts(&said), [], "it was lost before that");
}

#[test]
fn a_file_of_the_past_and_more_sources_than_are_watched_are_not_waited_for() {
    let mut scene = Scene::new();
    scene.set_version(M, NEWEST);
    for hour in 1..=21 {
        scene.tells("backfill", hour * H);
    }
    assert_eq!(levels(&scene.until(60 * H)), []);
    for source in 0..70 {
        scene.tells(&format!("hl7:{source}"), 61 * H + source * M);
    }
    assert_eq!(scene.fold.sources.len(), 64);
    assert_eq!(levels(&scene.until(200 * H)), [], "each was heard once");
}

#[test]
fn a_wards_pads_go_on_when_visits_stop() {
    let mut scene = Scene::new();
    scene.set_master(0, OccupancySource::Pad);
    scene.set_version(M, NEWEST);
    for hour in 1..=21 {
        scene.tells("hl7:ADT", hour * H);
    }
    let said = scene.until(37 * H);
    assert_eq!(covers(&said, "occupancy", "value")[&30].0, Some(1_000_000));
    assert_eq!(covers(&said, "census", "value")[&30].0, Some(0));
}
