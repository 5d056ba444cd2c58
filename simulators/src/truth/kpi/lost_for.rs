//! Time that staffed, open beds were blocked for one reason.

use events::time::{HOUR_MS, Span};

use super::{Term, open_terms, open_time};
use crate::truth::timeline::{BedTimeline, Row, Timeline};

pub(super) fn terms(timeline: &Timeline, window: Span, is_it: fn(&str) -> bool) -> Vec<Term> {
    open_terms(timeline, window, "blocked", |bed| spans(bed, is_it))
}

pub(super) fn rows(timeline: &Timeline, window: Span, is_it: fn(&str) -> bool) -> Vec<Row> {
    open_time(timeline, window, |bed| spans(bed, is_it), HOUR_MS)
}

fn spans(bed: &BedTimeline, is_it: fn(&str) -> bool) -> Vec<Span> {
    let blocked = bed.blocked_for.iter();
    let of_it = blocked.filter(|(reason, _)| is_it(reason));
    of_it.map(|(_, span)| *span).collect()
}
