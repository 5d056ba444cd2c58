//! Everybody who came, left or moved, over the mean number of visits on the ward.

use events::output::Stat;
use events::time::Span;

use super::{Kpi, Term, arrivals, census, departures, transfers_in, transfers_out};
use crate::truth::timeline::{Row, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "churn",
    terms,
    rows,
};

const MOVES: [&Kpi; 4] = [
    &arrivals::KPI,
    &departures::KPI,
    &transfers_in::KPI,
    &transfers_out::KPI,
];

fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    let moves = MOVES.into_iter().chain([&census::KPI]);
    moves
        .flat_map(|kpi| (kpi.terms)(timeline, window))
        .collect()
}

fn rows(timeline: &Timeline, window: Span) -> Vec<Row> {
    let moves = moves(timeline, window);
    let (_, on_ward, length) = (census::KPI.rows)(timeline, window)[0];
    match on_ward {
        0 => Vec::new(),
        _ => vec![(Stat::Value, moves * length, on_ward)],
    }
}

/// How many came, left or moved.
pub(super) fn moves(timeline: &Timeline, window: Span) -> i64 {
    let moves = MOVES.into_iter();
    let rows = moves.flat_map(|kpi| (kpi.rows)(timeline, window));
    rows.map(|(_, count, _)| count).sum()
}
