//! Time of staffed, open beds that ADT had as occupied and the pad as empty, without the first
//! minutes of each such time: those that are given to `bed_conflict`.

use events::time::{MINUTE_MS, Span};

use super::{Kpi, open_terms, open_time};
use crate::truth::timeline::{BedTimeline, CONFLICT, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "ghost_occupancy",
    terms: |timeline, window| open_terms(timeline, window, "ghost", |bed| ghosts(timeline, bed)),
    rows: |timeline, window| open_time(timeline, window, |bed| ghosts(timeline, bed), MINUTE_MS),
};

fn ghosts(timeline: &Timeline, bed: &BedTimeline) -> Vec<Span> {
    let late = |span: &Span| {
        let minutes = timeline.threshold(CONFLICT, &bed.key.ward, span.from);
        let from = span.from + minutes * MINUTE_MS;
        (from < span.to).then_some(Span { from, to: span.to })
    };
    bed.clocks.ghost.iter().filter_map(late).collect()
}
