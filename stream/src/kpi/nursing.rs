//! How many nurses are there for the patients? Over time, so that a shift that is short
//! of one for an hour shows; with the coming and going that is work, too.

use events::time::{DAY_MS, HOUR_MS};

use super::{Denominator, Focus, KpiSpec, Scale, churn, share};
use crate::trace::Kind;

/// As much work as a patient for so long is who comes, leaves or moves.
const MOVE_MS: i64 = HOUR_MS;

pub(super) const HOURS: KpiSpec = KpiSpec {
    name: "nursing_hours_per_patient_day",
    unit: "h per patient day",
    question: "How many hours of nurses were there for each day of a patient?",
    source: "nursing hours per patient day (NQF 0205), by time instead of the midnight census",
    focus: Focus::Patient,
    activity: "being nursed",
    statistic: "time of nurses over time of patients, of the window",
    scale: Scale::Ratio,
    starts: "`start` of a shift with the role `nurse` on the ward; below the line the visit is placed on the ward",
    stops: "`end` of the shift, or the start of another; below the line it leaves the ward",
    exclusions: "other roles; windows without a patient",
    denominator: Denominator::None,
    version: 3,
    measure: |view| {
        let (nursed, there) = (view.time(Kind::Nursing), view.time(Kind::OnWard));
        share(nursed * (DAY_MS / HOUR_MS), there)
    },
};

pub(super) const PATIENTS: KpiSpec = KpiSpec {
    name: "patients_per_nurse",
    unit: "patients per nurse",
    question: "How many patients were there for each nurse on shift?",
    source: "nurse-to-patient ratio (22 CCR 70217), the other way round",
    statistic: "time of patients over time of nurses, of the window",
    starts: "the visit is placed on the ward; below the line `start` of a shift with the role `nurse`",
    stops: "it leaves the ward; below the line `end` of the shift, or the start of another",
    exclusions: "other roles; windows without a nurse",
    measure: |view| share(view.time(Kind::OnWard), view.time(Kind::Nursing)),
    ..HOURS
};

pub(super) const WORKLOAD: KpiSpec = KpiSpec {
    name: "workload_per_nurse",
    question: "How many patients were there for each nurse on shift, coming and going included?",
    source: "workload-adjusted ratio, patients and churn over nurses (Hughes, 32 hospitals)",
    statistic: "time of patients, and an hour for each arrival, departure and transfer, over time of nurses, of the window",
    measure: |view| {
        let moves = churn::moves(view) * MOVE_MS;
        share(view.time(Kind::OnWard) + moves, view.time(Kind::Nursing))
    },
    ..PATIENTS
};
