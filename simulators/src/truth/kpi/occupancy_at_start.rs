//! Of the staffed beds that were open when the window started, those in which somebody lay when the window started.

use events::output::Stat;
use events::time::Span;

use super::{Kpi, integer, moment};
use crate::truth::timeline::{BedTimeline, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "occupancy_at_start",
    terms: |timeline, window| {
        let open = timeline
            .beds
            .iter()
            .filter(|bed| is_open(timeline, bed, window));
        let full = open.filter(|bed| bed.occupied.iter().any(|span| span.contains(window.from)));
        full.map(|bed| moment(&bed.key.ward, bed.key.bed.as_str(), "occupied", window.from))
            .collect()
    },
    rows: |timeline, window| {
        let (mut beds, mut full) = (0, 0);
        let open = timeline
            .beds
            .iter()
            .filter(|bed| is_open(timeline, bed, window));
        for bed in open {
            beds += 1;
            let mut spans = bed.occupied.iter();
            full += usize::from(spans.any(|span| span.contains(window.from)));
        }
        match beds {
            0 => Vec::new(),
            _ => vec![(Stat::Value, integer(full), beds)],
        }
    },
};

fn is_open(timeline: &Timeline, bed: &BedTimeline, window: Span) -> bool {
    let open = timeline.open(bed, window);
    open.first().is_some_and(|first| first.from == window.from)
}
