//! Occupied time of staffed beds while they were open; the most that were occupied at
//! once, and when that was first so. No rows when no staffed bed was open.

use events::output::Stat;
use events::time::Span;

use super::{Kpi, Term, integer, open_terms};
use crate::truth::timeline::{Row, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "occupancy",
    terms,
    rows,
};

fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    open_terms(timeline, window, "occupied", |bed| bed.occupied.clone())
}

fn rows(timeline: &Timeline, window: Span) -> Vec<Row> {
    let all = timeline.beds.iter().map(|bed| timeline.open(bed, window));
    let open: Vec<_> = all.filter(|spans| !spans.is_empty()).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let beds = integer(open.len());
    let time: i64 = open.iter().flatten().map(|span| span.length_ms()).sum();
    let occupied = timeline.while_open(window, |bed| bed.occupied.clone());
    let spans: Vec<&Span> = occupied.iter().flat_map(|(_, spans)| spans).collect();
    let occupied = spans
        .iter()
        .map(|span| span.overlap_ms(window.from, window.to));
    let (peak, first) = peak(&spans, window);
    vec![
        (Stat::Value, occupied.sum(), time),
        (Stat::Peak, peak, beds),
        (Stat::PeakAt, first - window.from, 1),
    ]
}

/// The number of occupied beds grows only at the start of a span, so the peak
/// is first reached there or at the window's start.
fn peak(spans: &[&Span], window: Span) -> (i64, i64) {
    let starts = spans.iter().map(|span| span.from);
    let mut times: Vec<i64> = starts.filter(|at| window.contains(*at)).collect();
    times.push(window.from);
    times.sort_unstable();
    let mut best = (-1, window.from);
    for at in times {
        let count = integer(spans.iter().filter(|span| span.contains(at)).count());
        if count > best.0 {
            best = (count, at);
        }
    }
    best
}
