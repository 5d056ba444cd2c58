//! The naive definitions of the KPIs: one file each.

use events::output::Stat;
use events::time::{MINUTE_MS, Span};

use super::timeline::{Row, Timeline, Took, Wait};

mod appointment_wait;
mod arrivals;
mod bed_turn;
mod census;
mod clean_to_occupied;
mod cleaning_response;
mod cleaning_time;
mod departures;
mod equipment_utilisation;
mod no_show_rate;
mod occupancy;
mod request_to_assign;
mod transfers_in;
mod transfers_out;
mod vacated_to_known;
mod waiting_bed;
mod waiting_cleaning;
mod waiting_departure;
mod waiting_room;

/// One KPI.
pub struct Kpi {
    /// Its name.
    pub name: &'static str,
    /// Its rows in this window, for all that is on the timeline.
    pub rows: fn(&Timeline, Span) -> Vec<Row>,
}

/// Every KPI, by name.
pub fn kpis() -> [&'static Kpi; 19] {
    [
        &appointment_wait::KPI,
        &arrivals::KPI,
        &bed_turn::KPI,
        &census::KPI,
        &clean_to_occupied::KPI,
        &cleaning_response::KPI,
        &cleaning_time::KPI,
        &departures::KPI,
        &equipment_utilisation::KPI,
        &no_show_rate::KPI,
        &occupancy::KPI,
        &request_to_assign::KPI,
        &transfers_in::KPI,
        &transfers_out::KPI,
        &vacated_to_known::KPI,
        &waiting_bed::KPI,
        &waiting_cleaning::KPI,
        &waiting_departure::KPI,
        &waiting_room::KPI,
    ]
}

/// The rows of a KPI that is a count of moments.
fn count(moments: impl Iterator<Item = i64>, window: Span) -> Vec<Row> {
    let within = moments.filter(|at| window.contains(*at)).count();
    vec![(Stat::Value, integer(within), 1)]
}

/// The rows of a KPI that is made of durations.
fn durations(all: &[Took]) -> Vec<Row> {
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
        rows.push((Stat::P50, nearest_rank(&times, 50), MINUTE_MS));
        rows.push((Stat::P90, nearest_rank(&times, 90), MINUTE_MS));
    }
    rows
}

/// The value at place ⌈p·n/100⌉ of sorted values.
fn nearest_rank(sorted: &[i64], percent: usize) -> i64 {
    sorted[(percent * sorted.len()).div_ceil(100) - 1]
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
