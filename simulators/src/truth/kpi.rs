//! The naive definitions of the KPIs: one file each.

use events::id::WardId;
use events::output::Stat;
use events::time::{MINUTE_MS, Span};

use super::timeline::{BedTimeline, Row, Timeline, Took, Wait};

mod appointment_fill;
mod appointment_utilisation;
mod appointment_wait;
mod arrivals;
mod assign_to_occupy;
mod bed_turn;
mod bed_turn_in_goal;
mod bed_turnover_rate;
mod boarding_time;
mod bottleneck_bed;
mod bottleneck_cleaning;
mod bottleneck_departure;
mod bottleneck_move;
mod bottleneck_room;
mod census;
mod churn;
mod clean_to_occupied;
mod cleaning_response;
mod cleaning_response_in_goal;
mod cleaning_time;
mod cleaning_time_in_goal;
mod cycle_time;
mod departures;
mod discharge_entry_lag;
mod discharged_before_noon;
mod emergencies;
mod emergency_access_failures;
mod emergency_stay;
mod equipment_uptime;
mod equipment_utilisation;
mod ghost_occupancy;
mod hidden_bed_time;
mod lead_time;
mod left_unseen_rate;
mod length_of_stay;
mod littles_law_residual;
mod long_stays;
mod long_stays_14;
mod long_stays_21;
mod long_stays_7;
mod lost_blocked;
mod lost_dirty;
mod lost_for;
mod lost_infection;
mod lost_isolation;
mod lost_maintenance;
mod lost_other;
mod no_show_rate;
mod nursing_hours_per_patient_day;
mod occupancy;
mod occupancy_at_start;
mod occupancy_physical;
mod occupied_timer;
mod patients_per_nurse;
mod pull_time;
mod pull_time_in_goal;
mod request_to_assign;
mod shifts;
mod slot_time;
mod stages;
mod third_next_available;
mod time_to_treatment_space;
mod transfers_in;
mod transfers_out;
mod turnover_interval;
mod twelve_hours_from_arrival;
mod twelve_hours_from_decision;
mod vacant_bed_time;
mod vacated_to_known;
mod waiting_bed;
mod waiting_cleaning;
mod waiting_departure;
mod waiting_move;
mod waiting_room;
mod workload_per_nurse;

/// One KPI.
pub struct Kpi {
    /// Its name.
    pub name: &'static str,
    /// What its rows add up or count in this window, one by one.
    pub terms: fn(&Timeline, Span) -> Vec<Term>,
    /// Its rows in this window, for all that is on the timeline.
    pub rows: fn(&Timeline, Span) -> Vec<Row>,
}

/// One of the things that a row adds up or counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// On which ward.
    pub ward: WardId,
    /// Of which bed, visit, appointment or device.
    pub subject: String,
    /// What was the case, such as `occupied`.
    pub what: &'static str,
    /// How much of it.
    pub amount: Amount,
}

/// What a term adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// The part of the window for which it was the case.
    Lasted(Span),
    /// A duration that ended then.
    Took(i64, Took),
    /// One, for what happened then.
    One(i64),
}

/// Every KPI, by name.
pub fn kpis() -> [&'static Kpi; ALL.len()] {
    ALL
}

const ALL: [&Kpi; 69] = [
    &appointment_fill::KPI,
    &appointment_utilisation::KPI,
    &appointment_wait::KPI,
    &arrivals::KPI,
    &assign_to_occupy::KPI,
    &bed_turn::KPI,
    &bed_turn_in_goal::KPI,
    &bed_turnover_rate::KPI,
    &boarding_time::KPI,
    &bottleneck_bed::KPI,
    &bottleneck_cleaning::KPI,
    &bottleneck_departure::KPI,
    &bottleneck_move::KPI,
    &bottleneck_room::KPI,
    &census::KPI,
    &churn::KPI,
    &clean_to_occupied::KPI,
    &cleaning_response::KPI,
    &cleaning_response_in_goal::KPI,
    &cleaning_time::KPI,
    &cleaning_time_in_goal::KPI,
    &cycle_time::KPI,
    &departures::KPI,
    &discharge_entry_lag::KPI,
    &discharged_before_noon::KPI,
    &emergency_access_failures::KPI,
    &emergency_stay::KPI,
    &equipment_uptime::KPI,
    &equipment_utilisation::KPI,
    &ghost_occupancy::KPI,
    &hidden_bed_time::KPI,
    &lead_time::KPI,
    &left_unseen_rate::KPI,
    &length_of_stay::KPI,
    &littles_law_residual::KPI,
    &long_stays_14::KPI,
    &long_stays_21::KPI,
    &long_stays_7::KPI,
    &lost_blocked::KPI,
    &lost_dirty::KPI,
    &lost_infection::KPI,
    &lost_isolation::KPI,
    &lost_maintenance::KPI,
    &lost_other::KPI,
    &no_show_rate::KPI,
    &nursing_hours_per_patient_day::KPI,
    &occupancy::KPI,
    &occupancy_at_start::KPI,
    &occupancy_physical::KPI,
    &occupied_timer::KPI,
    &patients_per_nurse::KPI,
    &pull_time::KPI,
    &pull_time_in_goal::KPI,
    &request_to_assign::KPI,
    &third_next_available::KPI,
    &time_to_treatment_space::KPI,
    &transfers_in::KPI,
    &transfers_out::KPI,
    &turnover_interval::KPI,
    &twelve_hours_from_arrival::KPI,
    &twelve_hours_from_decision::KPI,
    &vacant_bed_time::KPI,
    &vacated_to_known::KPI,
    &waiting_bed::KPI,
    &waiting_cleaning::KPI,
    &waiting_departure::KPI,
    &waiting_move::KPI,
    &waiting_room::KPI,
    &workload_per_nurse::KPI,
];

/// The rows of a KPI that is a count of moments.
fn count(moments: impl Iterator<Item = i64>, window: Span) -> Vec<Row> {
    let within = moments.filter(|at| window.contains(*at)).count();
    vec![(Stat::Value, integer(within), 1)]
}

/// The rows of a KPI that is made of durations.
fn durations(all: &[Took]) -> Vec<Row> {
    durations_in(all, MINUTE_MS)
}

/// As [`durations`], in units of so many milliseconds.
fn durations_in(all: &[Took], unit_ms: i64) -> Vec<Row> {
    if all.is_empty() {
        return Vec::new();
    }
    let of = |kind: Took| integer(all.iter().filter(|took| **took == kind).count());
    let mut times: Vec<i64> = all
        .iter()
        .filter_map(|took| match took {
            Took::Ms(ms) => Some(*ms),
            Took::Missing | Took::Invalid => None,
        })
        .collect();
    times.sort_unstable();
    let mut rows = vec![
        (Stat::N, integer(times.len()), 1),
        (Stat::Missing, of(Took::Missing), 1),
        (Stat::Invalid, of(Took::Invalid), 1),
    ];
    if !times.is_empty() {
        rows.push((Stat::P50, nearest_rank(&times, 50), unit_ms));
        rows.push((Stat::P90, nearest_rank(&times, 90), unit_ms));
    }
    rows
}

/// Of what was measured, the share that took less than so many minutes.
fn in_goal(all: &[Took], minutes: i64) -> Vec<Row> {
    let known = all.iter().filter(|took| matches!(took, Took::Ms(_)));
    let fast = |took: &&Took| matches!(took, Took::Ms(ms) if *ms < minutes * MINUTE_MS);
    match known.clone().count() {
        0 => Vec::new(),
        count => vec![(
            Stat::Value,
            integer(known.filter(fast).count()),
            integer(count),
        )],
    }
}

/// Time of open beds for which something was the case, in units of so many milliseconds.
fn open_time(
    timeline: &Timeline,
    window: Span,
    of: impl Fn(&BedTimeline) -> Vec<Span>,
    unit_ms: i64,
) -> Vec<Row> {
    let beds = timeline.while_open(window, of);
    let spans = beds.iter().flat_map(|(_, spans)| spans);
    let ms = spans.map(|span| span.length_ms()).sum();
    vec![(Stat::Value, ms, unit_ms)]
}

/// The terms of the same.
fn open_terms(
    timeline: &Timeline,
    window: Span,
    what: &'static str,
    of: impl Fn(&BedTimeline) -> Vec<Span>,
) -> Vec<Term> {
    let beds = timeline.while_open(window, of).into_iter();
    beds.flat_map(|(bed, spans)| of_bed(bed, what, &spans, window))
        .collect()
}

/// The value at place ⌈p·n/100⌉ of sorted values.
fn nearest_rank(sorted: &[i64], percent: usize) -> i64 {
    sorted[(percent * sorted.len()).div_ceil(100) - 1]
}

/// The terms of a KPI that is made of durations.
fn stops(timeline: &Timeline, kpi: &str, window: Span) -> Vec<Term> {
    let stopped = timeline.clocks.iter();
    let stopped = stopped.filter(|clock| clock.kpi == kpi && window.contains(clock.end));
    stopped
        .map(|clock| Term {
            ward: clock.ward.clone(),
            subject: clock.subject.clone(),
            what: clock.kpi,
            amount: Amount::Took(clock.end, clock.took),
        })
        .collect()
}

/// Something happened at a moment.
fn moment(ward: &WardId, subject: &str, what: &'static str, at: i64) -> Term {
    Term {
        ward: ward.clone(),
        subject: subject.to_owned(),
        what,
        amount: Amount::One(at),
    }
}

/// Something was the case; nothing unless within the window.
fn lasted(
    ward: &WardId,
    subject: &str,
    what: &'static str,
    span: Span,
    window: Span,
) -> Option<Term> {
    let (from, to) = (span.from.max(window.from), span.to.min(window.to));
    (from < to).then(|| Term {
        ward: ward.clone(),
        subject: subject.to_owned(),
        what,
        amount: Amount::Lasted(Span { from, to }),
    })
}

/// Something was the case with a bed.
fn of_bed(bed: &BedTimeline, what: &'static str, spans: &[Span], window: Span) -> Vec<Term> {
    let spans = spans.iter();
    let (ward, name) = (&bed.key.ward, bed.key.bed.as_str());
    spans
        .filter_map(|span| lasted(ward, name, what, *span, window))
        .collect()
}

/// The rows of a KPI that is time spent waiting.
fn waiting(waits: &[Wait], window: Span) -> Vec<Row> {
    let ms = waits
        .iter()
        .map(|wait| wait.span.overlap_ms(window.from, window.to))
        .sum();
    vec![(Stat::Value, ms, MINUTE_MS)]
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).expect("a count fits")
}
