//! Weeks by hand, and when there are none.

use events::time::{HOUR_MS, Resolution};
use events::zone::Zone;

use super::*;

/// 2026-01-05T00:00Z, a Monday.
const MONDAY: i64 = 1_767_571_200_000;

fn row(kpi: &str, stat: Stat, numerator: i64, denominator: i64) -> (usize, Row, Option<Cover>) {
    let place = kpi::all().iter().position(|spec| spec.name == kpi).unwrap();
    let row = Row {
        stat,
        numerator,
        denominator,
    };
    (place, row, Some(Cover::WHOLE))
}

/// What a week says of a number, of which one day lacks half.
#[test]
fn a_week_lacks_what_its_days_lack() {
    let lacking = |kpi: &str, stat, numerator, (lower, upper)| {
        let (place, row, _) = row(kpi, stat, numerator, 24);
        let cover = Cover {
            coverage_ppm: 500_000,
            lower,
            upper,
        };
        (place, row, Some(cover))
    };
    let days = week_of(|day| match day {
        3 => vec![
            lacking("census", Stat::Value, 10, (Some(4), None)),
            lacking("occupancy", Stat::Value, 10, (Some(4), Some(20))),
            lacking("occupancy", Stat::Peak, 10, (Some(4), Some(24))),
            lacking("occupancy_at_start", Stat::Value, 10, (Some(0), Some(24))),
        ],
        _ => vec![
            row("census", Stat::Value, 10, 24),
            row("occupancy", Stat::Value, 10, 24),
            row("occupancy", Stat::Peak, 10, 24),
            row("occupancy_at_start", Stat::Value, 10, 24),
        ],
    });
    let block = days.together(&None, Resolution::Week.window(MONDAY, None));
    let bounds = block.unwrap().into_iter().map(|(place, row, cover)| {
        let cover = cover.unwrap();
        assert_eq!(cover.coverage_ppm, 928_571);
        (kpi::all()[place].name, row.stat, cover.lower, cover.upper)
    });
    let expected = [
        ("census", Stat::Value, Some(64), None),
        ("occupancy", Stat::Value, Some(64), Some(80)),
        ("occupancy", Stat::Peak, Some(10), Some(24)),
        ("occupancy_at_start", Stat::Value, Some(10), Some(10)),
    ];
    assert_eq!(bounds.collect::<Vec<_>>(), expected);
}

/// On a day of which nothing was told there is no row, and who left then is not known.
#[test]
fn a_day_in_the_dark_is_not_covered() {
    let share = "discharged_before_noon";
    let mut days = week_of(|_| vec![row(share, Stat::Value, 1, 2)]);
    let tuesday = Resolution::Day.window(MONDAY + DAY_MS, None);
    let dark = vec![(share.to_owned(), 0)];
    days.keep(&None, tuesday, 4, (&Vec::new(), dark));
    let block = days.together(&None, Resolution::Week.window(MONDAY, None));
    let (_, row, cover) = block.unwrap()[0];
    assert_eq!((row.numerator, row.denominator), (6, 12));
    let expected = Cover {
        coverage_ppm: 857_142,
        lower: None,
        upper: None,
    };
    assert_eq!(cover, Some(expected));
}

/// Seven days, each with its own rows, by their place in the week.
fn week_of(rows: impl Fn(i64) -> Block) -> Days {
    let mut days = Days::default();
    for day in 0..DAYS {
        let window = Resolution::Day.window(MONDAY + day * DAY_MS, None);
        days.keep(&None, window, 4, (&rows(day), Dark::new()));
    }
    days
}

fn said(days: &Days) -> Option<Vec<(&'static str, &'static str, i64, i64)>> {
    let block = days.together(&None, Resolution::Week.window(MONDAY, None))?;
    let named = |(place, row, _): (usize, Row, Option<Cover>)| {
        let name = kpi::all()[place].name;
        (name, row.stat.name(), row.numerator, row.denominator)
    };
    Some(block.into_iter().map(named).collect())
}

#[test]
fn what_adds_up_is_added_up() {
    let days = week_of(|day| {
        vec![
            row("arrivals", Stat::Value, day, 1),
            row("census", Stat::Value, 2 * day, 24),
            row("waiting_bed", Stat::Value, 60_000, 60_000),
            row("long_stays_7", Stat::Value, 5 + day, 1),
        ]
    });
    let expected = [
        ("arrivals", "value", 21, 1),
        ("census", "value", 42, 7 * 24),
        ("long_stays_7", "value", 5, 1),
        ("waiting_bed", "value", 7 * 60_000, 60_000),
    ];
    let said = said(&days).unwrap();
    assert!(expected.iter().all(|row| said.contains(row)), "{said:?}");
    // A ratio that is no share needs each day, and has it.
    assert_eq!(said.len(), expected.len());
}

#[test]
fn durations_have_counts_and_no_percentiles() {
    let days = week_of(|day| match day {
        2 | 5 => vec![
            row("length_of_stay", Stat::P50, day, 1),
            row("length_of_stay", Stat::N, day, 1),
            row("length_of_stay", Stat::Value, 10 * day, day),
        ],
        _ => Vec::new(),
    });
    let expected = vec![
        ("length_of_stay", "value", 70, 7),
        ("length_of_stay", "n", 7, 1),
    ];
    assert_eq!(said(&days), Some(expected));
}

#[test]
fn the_highest_peak_is_the_first_of_those_days() {
    let days = week_of(|day| {
        let peak = [3, 4, 7, 7, 2, 7, 1][usize::try_from(day).unwrap()];
        vec![
            row("occupancy", Stat::Value, peak, 10),
            row("occupancy", Stat::Peak, peak, 8),
            row("occupancy", Stat::PeakAt, HOUR_MS, 1),
        ]
    });
    let expected = vec![
        ("occupancy", "value", 31, 70),
        ("occupancy", "peak", 7, 8),
        ("occupancy", "peak_at", 2 * DAY_MS + HOUR_MS, 1),
    ];
    assert_eq!(said(&days), Some(expected));
}

/// On a day without a discharge beds were empty, too: what is above the line would be lost.
#[test]
fn a_ratio_that_is_no_share_needs_each_day() {
    let some = |kpi| {
        let days = week_of(|day| match day {
            3 => Vec::new(),
            _ => vec![row(kpi, Stat::Value, 1, 2)],
        });
        said(&days).unwrap()
    };
    assert_eq!(some("turnover_interval"), []);
    let share = "discharged_before_noon";
    assert_eq!(some(share), [(share, "value", 6, 12)]);
    assert_eq!(some("churn"), [], "a rate is larger in a longer window");
}

#[test]
fn a_week_that_lacks_a_day_is_not_said() {
    let arrivals = |_| vec![row("arrivals", Stat::Value, 1, 1)];
    let mut days = Days::default();
    for day in (0..DAYS).rev() {
        assert_eq!(said(&days), None, "without day {day}");
        let window = Resolution::Day.window(MONDAY + day * DAY_MS, None);
        days.keep(&None, window, 4, (&arrivals(day), Dark::new()));
    }
    assert_eq!(said(&days), Some(vec![("arrivals", "value", 7, 1)]));
}

#[test]
fn a_week_of_two_computations_is_as_the_older_one_says() {
    let rows = |_| {
        let (came, boarded) = ("arrivals", "boarding_time");
        vec![row(came, Stat::Value, 1, 1), row(boarded, Stat::N, 1, 1)]
    };
    let mut days = week_of(rows);
    assert_eq!(said(&days).unwrap().len(), 2);
    let day = Resolution::Day.window(MONDAY, None);
    days.keep(&None, day, 2, (&rows(0), Dark::new()));
    assert_eq!(said(&days), Some(vec![("arrivals", "value", 7, 1)]));
}

#[test]
fn days_of_two_zones_are_no_week() {
    let vienna = Zone::named("Europe/Vienna").unwrap();
    let mut days = week_of(|_| vec![row("arrivals", Stat::Value, 1, 1)]);
    let sunday = MONDAY + 6 * DAY_MS + HOUR_MS;
    let sunday = Resolution::Day.window(sunday, Some(&vienna));
    days.keep(&None, sunday, 4, (&Vec::new(), Dark::new()));
    assert_eq!(said(&days), None);
}

#[test]
fn days_are_kept_until_their_week_can_not_be_corrected() {
    let mut days = week_of(|_| vec![row("arrivals", Stat::Value, 1, 1)]);
    let end = MONDAY + DAYS * DAY_MS;
    days.forget(end + DAY_MS - 1);
    assert!(said(&days).is_some());
    let written = postcard::to_allocvec(&days).unwrap();
    let read: Days = postcard::from_bytes(&written).unwrap();
    assert_eq!(said(&read), said(&days));
    days.forget(end + DAY_MS);
    assert_eq!(days.scopes(), []);
}
