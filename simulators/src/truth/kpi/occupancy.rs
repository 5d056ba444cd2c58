//! Occupied time of staffed beds; the most that were occupied at once, and when
//! that was first so. No rows without staffed beds.

use events::output::Stat;
use events::time::Span;

use super::{Kpi, Term, integer, of_bed};
use crate::truth::timeline::{Row, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "occupancy",
    terms,
    rows,
};

fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
    staffed
        .flat_map(|bed| of_bed(bed, "occupied", &bed.occupied, window))
        .collect()
}

fn rows(timeline: &Timeline, window: Span) -> Vec<Row> {
    let all = timeline.beds.iter();
    let staffed: Vec<_> = all.filter(|bed| bed.staffed).collect();
    if staffed.is_empty() {
        return Vec::new();
    }
    let beds = integer(staffed.len());
    let spans: Vec<&Span> = staffed.iter().flat_map(|bed| &bed.occupied).collect();
    let occupied = spans
        .iter()
        .map(|span| span.overlap_ms(window.from, window.to));
    let (peak, first) = peak(&spans, window);
    vec![
        (Stat::Value, occupied.sum(), beds * window.length_ms()),
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
