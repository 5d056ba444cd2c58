//! The three clocks of a bed, by hand; and what a simulated day makes of them.

use super::*;
use crate::scenario::Scenario;

/// Admitted at 10, in bed from 12 to 20, cleaned from 25 to 40, discharged at 58.
fn cleaned_ahead(source: OccupancySource) -> Record {
    let mut record = record(source, &["B1"], 1);
    record.facts = vec![
        tap(0, "B1", BedTap::Clean),
        visit(10, "v1", VisitEvent::Admitted(place("W", "B1"))),
        visit(58, "v1", VisitEvent::Discharged),
    ];
    record.readings = vec![
        reading(12, "B1", "bed", 1),
        reading(20, "B1", "bed", 0),
        reading(25, "B1", "clean", 0),
        reading(40, "B1", "clean", 1),
    ];
    record
}

#[test]
fn a_bed_is_hidden_until_somebody_knows_and_a_ghost_after_half_an_hour() {
    let mut record = cleaned_ahead(OccupancySource::Both);
    let minutes = |count: i64| count * MINUTE_MS;
    check(
        &record,
        "hidden_bed_time",
        &[("value", minutes(5), MINUTE_MS)],
    );
    check(
        &record,
        "ghost_occupancy",
        &[("value", minutes(8), MINUTE_MS)],
    );
    let lag = [
        ("invalid", 0, 1),
        ("missing", 0, 1),
        ("n", 1, 1),
        ("p50", minutes(38), MINUTE_MS),
        ("p90", minutes(38), MINUTE_MS),
    ];
    check(&record, "discharge_entry_lag", &lag);
    check(&record, "lost_dirty", &[("value", 0, HOUR_MS)]);
    record.settings = vec![(0, Setting::Version(2))];
    check(&record, "lost_dirty", &[("value", minutes(2), HOUR_MS)]);
    let third = minutes(22) + record.from;
    record.settings.push((third, Setting::Version(3)));
    let since_then = |kpi, expected| {
        let value = [("value", minutes(expected), MINUTE_MS)];
        check(&record, kpi, &value);
    };
    since_then("hidden_bed_time", 3);
    since_then("ghost_occupancy", 6);
}

#[test]
fn a_simulated_day_has_late_entries_ghosts_stuck_pads_and_beds_cleaned_ahead() {
    let start = CellTime(1_767_571_200_000);
    let scenario = Scenario::load("clinic_monday").unwrap();
    let record = Record::of_hospital(1, &scenario, start, 24);
    let timeline = Timeline::of(&record);
    let longer = |span: &events::time::Span| span.to - span.from > 30 * MINUTE_MS;
    let lags = timeline.clocks.iter();
    let late = lags.filter(|clock| {
        let took = matches!(clock.took, timeline::Took::Ms(ms) if ms > 30 * MINUTE_MS);
        clock.kpi == "discharge_entry_lag" && took
    });
    assert!(late.count() > 3);
    let beds = || timeline.beds.iter().map(|bed| &bed.clocks);
    assert!(
        beds()
            .flat_map(|bed| &bed.ghost)
            .filter(|span| longer(span))
            .count()
            > 3
    );
    let stuck = beds().flat_map(|bed| {
        let of_ghost = |span: &&events::time::Span| {
            bed.ghost
                .iter()
                .any(|ghost| ghost.overlap_ms(span.from, span.to) > 0)
        };
        bed.disputed
            .iter()
            .filter(move |span| longer(span) && !of_ghost(span))
    });
    assert!(stuck.count() > 0);
    let second = Record {
        settings: vec![(i64::MIN, Setting::Version(2))],
        ..record.clone()
    };
    let dirtied = |timeline: &Timeline| {
        let beds = timeline.beds.iter();
        beds.map(|bed| bed.dirty.len()).sum::<usize>()
    };
    assert!(dirtied(&timeline) < dirtied(&Timeline::of(&second)));
}
