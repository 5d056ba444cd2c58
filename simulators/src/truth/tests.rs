//! Tiny cases computed by hand.

use events::control::{BedMaster, MasterBed, MasterWard, OccupancySource, Setting};
use events::fact::{AppointmentEvent, BedTap, Fact, FactFlags, VisitEvent, What};
use events::hours::Hours;
use events::id::{AppointmentId, BedId, DeviceId, SiteId, TenantId, VisitId, WardId};
use events::place::{Place, Site};
use events::sensor::{ClockFlags, Reading, Value, by_stream};
use events::time::{CellTime, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::DevicePath;

use super::*;

mod clocks;
mod devices;
mod emergency;
mod opening;

fn ward(id: &str) -> WardId {
    WardId::new(id).unwrap()
}

fn place(ward_id: &str, bed: &str) -> Place {
    Place {
        ward: ward(ward_id),
        room: None,
        bed: Some(BedId::new(bed).unwrap()),
    }
}

fn fact(minute: i64, what: What) -> Fact {
    Fact {
        at: EventTime(minute * MINUTE_MS),
        told: CellTime(minute * MINUTE_MS),
        flags: FactFlags::default(),
        what,
    }
}

fn visit(minute: i64, id: &str, event: VisitEvent) -> Fact {
    let visit = VisitId::new(id).unwrap();
    let patient = None;
    fact(
        minute,
        What::Visit {
            visit,
            patient,
            event,
        },
    )
}

fn tap(minute: i64, bed: &str, tap: BedTap) -> Fact {
    let place = place("W", bed);
    fact(minute, What::Bed { place, tap })
}

fn appointment(minute: i64, id: &str, event: AppointmentEvent) -> Fact {
    fact(
        minute,
        What::Appointment {
            appointment: AppointmentId::new(id).unwrap(),
            ward: ward("W"),
            practitioner: None,
            room: None,
            kind: String::new(),
            slot: None,
            event,
        },
    )
}

fn reading(minute: i64, bed: &str, stream: &str, value: i32) -> (DevicePath, Reading) {
    let path = DevicePath {
        site: Site {
            tenant: TenantId::new("t").unwrap(),
            site: SiteId::new("s").unwrap(),
        },
        place: place("W", bed),
        device: DeviceId::new(&format!("unit-{bed}")).unwrap(),
    };
    let reading = Reading {
        boot: 1,
        seq: u64::try_from(minute).unwrap(),
        at: EventTime(minute * MINUTE_MS),
        told: CellTime(minute * MINUTE_MS),
        flags: ClockFlags::default(),
        code: by_stream(stream).unwrap().code,
        value: Value { value, extra: None },
    };
    (path, reading)
}

/// Ward `W` with these beds, and a ward `V` with one.
fn record(source: OccupancySource, beds: &[&str], hours: i64) -> Record {
    let listed = |ward_id, source, beds: &[&str]| MasterWard {
        ward: ward(ward_id),
        label: ward_id.to_owned(),
        source,
        beds: beds
            .iter()
            .map(|bed| MasterBed {
                bed: BedId::new(bed).unwrap(),
                room: None,
                label: (*bed).to_owned(),
                staffed: true,
                hours: Hours::default(),
            })
            .collect(),
    };
    Record {
        master: BedMaster {
            wards: vec![
                listed("W", source, beds),
                listed("V", OccupancySource::Visits, &["V1"]),
            ],
            ..BedMaster::default()
        },
        to: hours * HOUR_MS,
        ..Record::default()
    }
}

/// The stats of one KPI on ward `W`, in the first window of this length.
fn stats(record: &Record, kpi: &str, resolution: Resolution) -> Vec<(String, i64, i64)> {
    let of = |key: &RowKey| {
        (key.ward.as_str(), key.kpi.as_str(), key.window_ms) == ("W", kpi, 0)
            && key.resolution_s == resolution.seconds()
    };
    let rows = rows(record).into_iter().filter(|(key, _)| of(key));
    rows.map(|(key, (num, den))| (key.stat, num, den)).collect()
}

fn check(record: &Record, kpi: &str, expected: &[(&str, i64, i64)]) {
    let got = stats(record, kpi, Resolution::Hour);
    let got: Vec<_> = got.iter().map(|(s, n, d)| (s.as_str(), *n, *d)).collect();
    assert_eq!(got, expected, "{kpi}");
}

/// Sum over the day of a KPI's stat on ward `W`.
fn day(record: &Record, kpi: &str, stat: &str) -> i64 {
    let of = |key: &RowKey| {
        (key.ward.as_str(), key.kpi.as_str(), key.stat.as_str()) == ("W", kpi, stat)
            && key.resolution_s == 3_600
    };
    let rows = rows(record).into_iter().filter(|(key, _)| of(key));
    rows.map(|(_, (numerator, _))| numerator).sum()
}

/// Appendix A2 of the field survey, in its physical version: 4 beds all day.
#[test]
fn the_golden_day() {
    let mut record = record(OccupancySource::Visits, &["B1", "B2", "B3", "B4"], 24);
    let in_bed = |hour: i64, id: &str, bed: &str| {
        visit(hour * 60, id, VisitEvent::Admitted(place("W", bed)))
    };
    let out = |hour: i64, id: &str| visit(hour * 60, id, VisitEvent::Discharged);
    record.facts = vec![
        in_bed(0, "v1", "B1"),
        out(10, "v1"),
        in_bed(13, "v2", "B1"),
        in_bed(0, "v3", "B2"),
        tap(0, "B3", BedTap::Clean),
        in_bed(6, "v4", "B3"),
        out(18, "v4"),
        tap(12 * 60, "B4", BedTap::Clean),
        in_bed(20, "v5", "B4"),
    ];
    record.readings = vec![
        reading(10 * 60 + 45, "B1", "clean", 0),
        reading(11 * 60 + 15, "B1", "clean", 1),
        reading(18 * 60 + 30, "B3", "clean", 0),
        reading(19 * 60, "B3", "clean", 1),
    ];
    let hours = |kpi| day(&record, kpi, "value") / HOUR_MS;
    assert_eq!(hours("occupancy"), 61);
    assert_eq!(hours("census"), 61);
    assert_eq!(day(&record, "departures", "value"), 2);
    let minutes = |kpi, stat| day(&record, kpi, stat) / MINUTE_MS;
    assert_eq!(minutes("cleaning_response", "p50"), 45 + 30);
    assert_eq!(minutes("cleaning_time", "p50"), 30 + 30);
    assert_eq!(minutes("bed_turn", "p50"), 75 + 60);
    assert_eq!(minutes("clean_to_occupied", "p50"), 105 + 6 * 60 + 8 * 60);
    let peaks = rows(&record);
    let peak = |(key, _): &(&RowKey, _)| {
        key.ward == "W" && key.resolution_s == 3_600 && key.stat == "peak"
    };
    let most = peaks.iter().filter(peak).map(|(_, value)| *value).max();
    assert_eq!(most, Some((3, 4)));
    let rule = |name: &str| alerts(&record).into_iter().filter(|a| a.0 == name).count();
    assert_eq!((rule("bed_dirty"), rule("cleaning_not_started")), (1, 1));
}

#[test]
fn the_first_and_highest_moment_of_a_window_is_its_peak() {
    let mut record = record(OccupancySource::Pad, &["B1", "B2"], 1);
    record.readings = vec![
        reading(10, "B1", "bed", 1),
        reading(20, "B2", "bed", 1),
        reading(30, "B1", "bed", 0),
        reading(40, "B1", "bed", 1),
    ];
    let occupied = (20 + 20 + 40) * MINUTE_MS;
    let expected = [
        ("peak", 2, 2),
        ("peak_at", 20 * MINUTE_MS, 1),
        ("value", occupied, 2 * HOUR_MS),
    ];
    check(&record, "occupancy", &expected);
    // 2 of 2 beds is full, 1 of 2 is not; the third time it stays so.
    let full: Vec<_> = alerts(&record)
        .into_iter()
        .filter(|a| a.0 == "ward_full")
        .collect();
    let minute = |at: i64| at * MINUTE_MS;
    let key = |from, to| ("ward_full".into(), "W".into(), "W".into(), from, to);
    assert_eq!(
        full,
        [key(minute(20), Some(minute(30))), key(minute(40), None)]
    );
}

#[test]
fn vacated_to_known_needs_a_pad_that_was_right() {
    let mut record = record(OccupancySource::Both, &["B1", "B2", "B3"], 1);
    for (id, bed) in [("v1", "B1"), ("v2", "B2"), ("v3", "B3")] {
        record
            .facts
            .push(visit(1, id, VisitEvent::Admitted(place("W", bed))));
        record.facts.push(visit(50, id, VisitEvent::Discharged));
    }
    record.readings = vec![
        reading(2, "B1", "bed", 1),
        reading(40, "B1", "bed", 0),
        reading(2, "B2", "bed", 1),
        reading(51, "B2", "bed", 0),
        reading(2, "B3", "bed", 0),
    ];
    let ten = 10 * MINUTE_MS;
    let expected = [
        ("invalid", 1, 1),
        ("missing", 1, 1),
        ("n", 1, 1),
        ("p50", ten, MINUTE_MS),
        ("p90", ten, MINUTE_MS),
    ];
    check(&record, "vacated_to_known", &expected);
    check(&record, "bed_turn", &[]);
}

#[test]
fn a_bed_given_back_by_a_cancel_is_as_clean_as_before() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.facts = vec![
        tap(1, "B1", BedTap::Clean),
        visit(5, "v1", VisitEvent::Admitted(place("W", "B1"))),
        visit(10, "v1", VisitEvent::Cancelled),
        visit(30, "v2", VisitEvent::Admitted(place("W", "B1"))),
    ];
    check(&record, "waiting_cleaning", &[("value", 0, MINUTE_MS)]);
    let expected = [
        ("invalid", 0, 1),
        ("missing", 0, 1),
        ("n", 2, 1),
        ("p50", 4 * MINUTE_MS, MINUTE_MS),
        ("p90", 20 * MINUTE_MS, MINUTE_MS),
    ];
    check(&record, "clean_to_occupied", &expected);
    check(&record, "arrivals", &[("value", 2, 1)]);
    check(&record, "departures", &[("value", 0, 1)]);
}

#[test]
fn cleaning_without_known_dirt_has_no_response_and_no_turn() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.readings = vec![
        reading(5, "B1", "clean", 0),
        reading(25, "B1", "clean", 1),
        reading(30, "B1", "clean", 1),
    ];
    let none = [("invalid", 0, 1), ("missing", 1, 1), ("n", 0, 1)];
    check(&record, "cleaning_response", &none);
    check(&record, "bed_turn", &none);
    let twenty = 20 * MINUTE_MS;
    let expected = [
        ("invalid", 0, 1),
        ("missing", 0, 1),
        ("n", 1, 1),
        ("p50", twenty, MINUTE_MS),
        ("p90", twenty, MINUTE_MS),
    ];
    check(&record, "cleaning_time", &expected);
}

#[test]
fn a_transfer_ends_what_waited() {
    let mut record = record(OccupancySource::Visits, &["B1"], 2);
    record.facts = vec![
        visit(0, "v1", VisitEvent::Admitted(place("V", "V1"))),
        visit(5, "v1", VisitEvent::BedRequested(ward("W"))),
        visit(15, "v1", VisitEvent::BedAssigned(place("W", "B1"))),
        visit(20, "v1", VisitEvent::ReadyToLeave),
        visit(30, "v1", VisitEvent::Transferred(place("W", "B1"))),
        visit(40, "v2", VisitEvent::BedRequested(ward("W"))),
        visit(50, "v2", VisitEvent::Admitted(place("W", "corridor"))),
        visit(55, "v1", VisitEvent::Discharged),
        visit(58, "v1", VisitEvent::Transferred(place("W", "B1"))),
    ];
    let ten = 10 * MINUTE_MS;
    let expected = [
        ("invalid", 0, 1),
        ("missing", 1, 1),
        ("n", 1, 1),
        ("p50", ten, MINUTE_MS),
        ("p90", ten, MINUTE_MS),
    ];
    check(&record, "request_to_assign", &expected);
    check(&record, "waiting_bed", &[("value", 2 * ten, MINUTE_MS)]);
    check(&record, "waiting_departure", &[("value", 0, MINUTE_MS)]);
    check(&record, "transfers_in", &[("value", 1, 1)]);
    check(&record, "departures", &[("value", 1, 1)]);
    check(&record, "census", &[("value", 35 * MINUTE_MS, HOUR_MS)]);
}

#[test]
fn appointments_wait_for_a_room_or_do_not_come() {
    let mut record = record(OccupancySource::Visits, &["B1"], 2);
    let booked = |id, minute| {
        let at = EventTime(minute * MINUTE_MS);
        appointment(0, id, AppointmentEvent::Booked(at))
    };
    record.facts = vec![
        booked("a1", 10),
        booked("a2", 20),
        booked("a3", 30),
        booked("a4", 40),
        appointment(5, "a1", AppointmentEvent::Arrived),
        appointment(45, "a1", AppointmentEvent::Roomed),
        appointment(50, "a2", AppointmentEvent::NoShow),
        appointment(51, "a2", AppointmentEvent::Arrived),
        appointment(20, "a3", AppointmentEvent::Cancelled),
        appointment(40, "a4", AppointmentEvent::Arrived),
        appointment(55, "a4", AppointmentEvent::Started),
    ];
    check(&record, "no_show_rate", &[("value", 1, 3)]);
    check(
        &record,
        "waiting_room",
        &[("value", 55 * MINUTE_MS, MINUTE_MS)],
    );
    let forty = 40 * MINUTE_MS;
    let expected = [
        ("invalid", 0, 1),
        ("missing", 1, 1),
        ("n", 1, 1),
        ("p50", forty, MINUTE_MS),
        ("p90", forty, MINUTE_MS),
    ];
    check(&record, "appointment_wait", &expected);
    let waits: Vec<_> = alerts(&record).into_iter().collect();
    let to = Some(45 * MINUTE_MS);
    let key = (
        "appointment_waiting".into(),
        "W".into(),
        "a1".into(),
        35 * MINUTE_MS,
        to,
    );
    assert_eq!(waits, [key]);
}
