//! Visits that have been here for so many days when the window starts.

use events::output::Stat;
use events::time::{DAY_MS, Span};

use super::{Term, integer, moment};
use crate::truth::timeline::{Row, Timeline};

pub(super) fn terms(timeline: &Timeline, window: Span, days: i64) -> Vec<Term> {
    let at = window.from;
    let there = timeline.stays.iter().filter(|stay| stay.span.contains(at));
    let long = there.filter(|stay| stay.came.is_some_and(|came| at - came >= days * DAY_MS));
    long.map(|stay| moment(&stay.ward, &stay.subject, "here for long", at))
        .collect()
}

pub(super) fn rows(timeline: &Timeline, window: Span, days: i64) -> Vec<Row> {
    let count = terms(timeline, window, days).len();
    vec![(Stat::Value, integer(count), 1)]
}
