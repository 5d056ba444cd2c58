//! Horizons and versions that `control` sets while a site is folded.

use events::control::Horizons;
use events::reason::Reason;
use events::time::HOUR_MS;

use super::*;

const H: i64 = HOUR_MS;

fn set(scene: &mut Scene, now: i64, setting: Setting) {
    let site = scene.fold.site.clone();
    scene.at(now, Item::Control(Control { site, setting }));
}

fn horizons(scene: &mut Scene, now: i64, hours: i64, disorder_ms: i64) {
    let correction_ms = hours * H;
    let set_to = Horizons {
        correction_ms,
        disorder_ms,
    };
    set(scene, now, Setting::Horizons(set_to));
}

/// Whether a tap that is told at `now` of `at` comes too late.
fn is_late(scene: &mut Scene, now: i64, at: i64) -> bool {
    let said = scene.told(now, at, tap("b1", BedTap::Dirty));
    let beyond = Reason::BeyondHorizon.code();
    said.iter()
        .any(|output| matches!(output, Output::Late(late) if late.reason == beyond))
}

#[test]
fn a_shorter_horizon_sets_aside_what_the_longer_one_took() {
    let mut scene = Scene::new();
    assert!(!is_late(&mut scene, 20 * H, 10 * H));
    horizons(&mut scene, 21 * H, 4, 60_000);
    assert!(is_late(&mut scene, 22 * H, 18 * H - 1));
    assert!(!is_late(&mut scene, 22 * H + 20, 18 * H + 20));
}

/// The state that led to it is no more.
#[test]
fn a_longer_horizon_brings_nothing_back() {
    let mut scene = Scene::new();
    horizons(&mut scene, 20 * H, 4, 60_000);
    scene.until(29 * H);
    horizons(&mut scene, 30 * H, 24, 60_000);
    assert!(is_late(&mut scene, 30 * H + 20, 26 * H - 1));
    assert!(!is_late(&mut scene, 30 * H + 40, 26 * H + 20));
    assert!(!is_late(&mut scene, 45 * H, 27 * H));
}

#[test]
fn no_horizon_leaves_its_range() {
    let config = SiteConfig::default();
    let most = config.clamp(Horizons {
        correction_ms: i64::MAX,
        disorder_ms: i64::MAX,
    });
    assert_eq!((most.correction_ms, most.disorder_ms), (72 * H, H));
    let least = config.clamp(Horizons {
        correction_ms: i64::MIN,
        disorder_ms: i64::MIN,
    });
    assert_eq!((least.correction_ms, least.disorder_ms), (H, 0));
}

#[test]
fn windows_wait_for_as_long_as_is_set() {
    let closes_at = |scene: &mut Scene, window: i64| {
        let mut now = window;
        loop {
            now += 1_000;
            let closed = scene.until(now).into_iter().any(|output| {
                matches!(output, Output::Kpi(row) if row.window_ms == window && row.resolution_s == 60)
            });
            if closed {
                return now - window - M;
            }
        }
    };
    let mut scene = Scene::new();
    assert_eq!(closes_at(&mut scene, 10 * M), 60_000);
    horizons(&mut scene, 13 * M, 72, 5_000);
    assert_eq!(closes_at(&mut scene, 20 * M), 5_000);
    horizons(&mut scene, 23 * M, 72, 120_000);
    assert_eq!(closes_at(&mut scene, 30 * M), 120_000);
}

#[test]
fn every_output_says_which_version_made_it() {
    let mut scene = Scene::new();
    let beyond = crate::version::NEWEST + 1;
    set(&mut scene, 5 * M, Setting::Version(beyond));
    let mut said = scene.told(6 * M, 6 * M, tap("b1", BedTap::Dirty));
    said.extend(scene.until(90 * M));
    let version = |output: &Output| match output {
        Output::Alert(alert) => Some(alert.version),
        Output::Board(change) => Some(change.version),
        Output::Kpi(row) => Some(row.version),
        Output::Late(_) => None,
    };
    let versions: Vec<_> = said.iter().filter_map(version).collect();
    assert!(said.iter().any(|output| matches!(output, Output::Alert(_))));
    assert!(
        versions
            .iter()
            .all(|version| *version == crate::version::NEWEST)
    );
}
