//! An emergency department, shifts and noon, computed by hand.

use events::id::{RoleId, StaffId};

use super::*;

fn at_ward(id: &str) -> Place {
    Place {
        bed: None,
        ..place(id, "-")
    }
}

fn nurse(minute: i64, id: &str, on_shift: bool) -> Fact {
    let what = What::Staff {
        member: StaffId::new(id).unwrap(),
        ward: ward("W"),
        role: RoleId::new("nurse").unwrap(),
        on_shift,
    };
    fact(minute, what)
}

/// `v1` waits 20 min for a bed, boards 30 min; `v2` leaves unseen; `v3` is seen in the
/// corridor and goes home.
fn department() -> Record {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.facts = vec![
        visit(0, "v1", VisitEvent::Admitted(at_ward("W"))),
        visit(0, "v1", VisitEvent::Emergency),
        tap(1, "B1", BedTap::Clean),
        visit(5, "v2", VisitEvent::Admitted(at_ward("W"))),
        visit(5, "v2", VisitEvent::Emergency),
        visit(10, "v3", VisitEvent::Admitted(at_ward("W"))),
        visit(10, "v3", VisitEvent::Emergency),
        visit(15, "v1", VisitEvent::BedAssigned(place("W", "B1"))),
        visit(20, "v1", VisitEvent::Transferred(place("W", "B1"))),
        visit(25, "v1", VisitEvent::AdmissionDecided),
        visit(40, "v2", VisitEvent::LeftUnseen),
        visit(50, "v3", VisitEvent::Discharged),
        visit(55, "v1", VisitEvent::Transferred(place("V", "V1"))),
    ];
    record
}

#[test]
fn an_emergency_department() {
    let record = department();
    let minutes = |minutes: i64| minutes * MINUTE_MS;
    let durations = |p50: i64, p90: i64, n: i64, missing: i64| {
        [
            ("invalid", 0, 1),
            ("missing", missing, 1),
            ("n", n, 1),
            ("p50", minutes(p50), MINUTE_MS),
            ("p90", minutes(p90), MINUTE_MS),
        ]
    };
    check(&record, "emergency_stay", &durations(40, 55, 3, 0));
    check(&record, "boarding_time", &durations(30, 30, 1, 0));
    check(&record, "time_to_treatment_space", &durations(20, 20, 1, 1));
    check(&record, "assign_to_occupy", &durations(5, 5, 1, 0));
    check(&record, "occupied_timer", &durations(5, 5, 1, 0));
    check(&record, "left_unseen_rate", &[("value", 1, 3)]);
    check(&record, "emergency_access_failures", &[("value", 1, 3)]);
    check(&record, "twelve_hours_from_arrival", &[("value", 0, 1)]);
    check(&record, "discharged_before_noon", &[("value", 2, 2)]);
}

#[test]
fn noon_is_by_the_clock_on_the_wall() {
    let mut record = department();
    // 1970-01-01T00:40Z is 13:40 in Auckland.
    record.master.time_zone = Some("Pacific/Auckland".to_owned());
    check(&record, "discharged_before_noon", &[("value", 0, 2)]);
}

#[test]
fn nurses_and_patients_by_time() {
    let mut record = department();
    record.facts.extend([
        nurse(0, "n1", true),
        nurse(30, "n2", true),
        nurse(30, "n2", true),
        nurse(59, "n2", false),
    ]);
    // Patients are there for 55 + 35 + 40 min; three come, two leave, one moves.
    let (there, nursed) = (130 * MINUTE_MS, 89 * MINUTE_MS);
    let per_day = "nursing_hours_per_patient_day";
    check(&record, per_day, &[("value", 24 * nursed, there)]);
    check(&record, "patients_per_nurse", &[("value", there, nursed)]);
    let work = there + 6 * HOUR_MS;
    check(&record, "workload_per_nurse", &[("value", work, nursed)]);
}

#[test]
fn the_oldest_wait_holds_the_flow_up() {
    let mut record = record(OccupancySource::Visits, &["B1"], 1);
    record.facts = vec![
        visit(0, "v1", VisitEvent::Admitted(place("W", "B1"))),
        visit(10, "v1", VisitEvent::ReadyToLeave),
        visit(20, "v2", VisitEvent::BedRequested(ward("W"))),
        visit(30, "v1", VisitEvent::Discharged),
        visit(50, "v2", VisitEvent::BedAssigned(place("W", "B1"))),
    ];
    let share = |minutes: i64| [("value", minutes * MINUTE_MS, HOUR_MS)];
    // Departing 10 to 30; then the bed, asked for at 20, before cleaning, dirty at 30.
    check(&record, "bottleneck_departure", &share(20));
    check(&record, "bottleneck_bed", &share(20));
    check(&record, "bottleneck_cleaning", &share(10));
    check(&record, "bottleneck_room", &share(0));
    // The stay of 30 min that ended follows from the 30 min that were lived.
    check(
        &record,
        "littles_law_residual",
        &[("value", 0, 30 * MINUTE_MS)],
    );
}
