//! Time that staffed beds were blocked for one reason.

use events::output::Stat;
use events::time::{HOUR_MS, Span};

use super::{Term, of_bed};
use crate::truth::timeline::{BedTimeline, Row, Timeline};

pub(super) fn terms(timeline: &Timeline, window: Span, is_it: fn(&str) -> bool) -> Vec<Term> {
    let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
    let of_one = |bed| {
        let spans = spans(bed, is_it);
        of_bed(bed, "blocked", &spans, window)
    };
    staffed.flat_map(of_one).collect()
}

pub(super) fn rows(timeline: &Timeline, window: Span, is_it: fn(&str) -> bool) -> Vec<Row> {
    let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
    let ms = staffed
        .flat_map(|bed| spans(bed, is_it))
        .map(|span| span.overlap_ms(window.from, window.to))
        .sum();
    vec![(Stat::Value, ms, HOUR_MS)]
}

fn spans(bed: &BedTimeline, is_it: fn(&str) -> bool) -> Vec<Span> {
    let blocked = bed.blocked_for.iter();
    let of_it = blocked.filter(|(reason, _)| is_it(reason));
    of_it.map(|(_, span)| *span).collect()
}
