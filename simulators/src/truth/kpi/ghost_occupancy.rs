//! Time of staffed beds that ADT had as occupied and the pad as empty, without the first
//! minutes of each such time: those that are given to `bed_conflict`.

use events::output::Stat;
use events::time::{MINUTE_MS, Span};

use super::{Kpi, of_bed};
use crate::truth::timeline::{BedTimeline, CONFLICT, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "ghost_occupancy",
    terms: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        staffed
            .flat_map(|bed| of_bed(bed, "ghost", &ghosts(timeline, bed), window))
            .collect()
    },
    rows: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        let ghosts = staffed.flat_map(|bed| ghosts(timeline, bed));
        let ms = ghosts.map(|span| span.overlap_ms(window.from, window.to));
        vec![(Stat::Value, ms.sum(), MINUTE_MS)]
    },
};

fn ghosts(timeline: &Timeline, bed: &BedTimeline) -> Vec<Span> {
    let late = |span: &Span| {
        let minutes = timeline.threshold(CONFLICT, &bed.key.ward, span.from);
        let from = span.from + minutes * MINUTE_MS;
        (from < span.to).then_some(Span { from, to: span.to })
    };
    bed.clocks.ghost.iter().filter_map(late).collect()
}
