//! A bed that has hours, on the day in Vienna that has 25.

use events::hours::Hours;
use events::output::Stat;
use events::time::EventTime;

use super::*;
use crate::truth::number::derive;

/// What the judge says of ward `W` over a window of some hours since midnight.
fn value(record: &Record, kpi: &str, from: i64, to: i64) -> Option<(i64, i64)> {
    let start = EventTime::parse("2026-10-24T22:00:00Z").unwrap().0;
    let window = Span {
        from: start + from * HOUR_MS,
        to: start + to * HOUR_MS,
    };
    let derived = derive(record, kpi, "W", window).unwrap();
    let mut rows = derived.rows.into_iter();
    let value = rows.find(|(stat, ..)| *stat == Stat::Value);
    value.map(|(_, above, below)| (above, below))
}

#[test]
fn a_bed_counts_while_it_is_open() {
    let mut record = record(OccupancySource::Visits, &["B1", "B2"], 0);
    record.to = i64::MAX;
    record.master.time_zone = Some("Europe/Vienna".to_owned());
    record.master.wards[0].beds[0].hours = Hours::parse("Sun 01:00-04:00").unwrap();
    let start = EventTime::parse("2026-10-24T22:00:00Z").unwrap().0 / MINUTE_MS;
    let at = |minute: i64| start + minute;
    record.facts = vec![
        visit(at(30), "v1", VisitEvent::Admitted(place("W", "B1"))),
        visit(at(120), "v1", VisitEvent::Discharged),
        visit(at(180), "v2", VisitEvent::Admitted(place("W", "B2"))),
        tap(at(360), "B1", BedTap::Clean),
        visit(at(600), "v2", VisitEvent::Discharged),
        tap(at(660), "B2", BedTap::Clean),
    ];
    let h = HOUR_MS;
    let day = |kpi| value(&record, kpi, 0, 25);
    assert_eq!(day("occupancy"), Some((8 * h, 29 * h)));
    assert_eq!(day("vacant_bed_time"), Some((21 * h, h)));
    assert_eq!(day("turnover_interval"), Some((21 * h, 2 * h)));
    assert_eq!(day("lost_dirty"), Some((4 * h, h)));
    assert_eq!(day("waiting_cleaning"), Some((4 * h, MINUTE_MS)));
    let held = |from: i64| value(&record, "bottleneck_cleaning", from, from + 1);
    assert_eq!([held(4), held(5)], [Some((h, h)), Some((0, h))]);
    assert_eq!(day("occupancy_at_start"), Some((0, 1)));
    assert_eq!(value(&record, "occupancy_at_start", 1, 2), Some((1, 2)));
    assert_eq!(value(&record, "occupancy", 0, 1), Some((0, h)));
    assert_eq!(value(&record, "occupancy", 4, 5), Some((h, 2 * h)));
    assert_eq!(day("census"), Some((17 * h / 2, 25 * h)));
    assert_eq!(day("occupancy_physical"), Some((17 * h / 2, 50 * h)));
    record.settings = vec![(i64::MIN, Setting::Version(4))];
    let waited = value(&record, "waiting_cleaning", 0, 25);
    assert_eq!(waited, Some((5 * h, MINUTE_MS)));
    let held = value(&record, "bottleneck_cleaning", 5, 6);
    assert_eq!(held, Some((h, h)));
    record.settings = vec![(i64::MIN, Setting::Version(3))];
    assert_eq!(
        value(&record, "occupancy", 0, 25),
        Some((17 * h / 2, 50 * h))
    );
}
