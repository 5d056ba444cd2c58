//! Of the staffed beds, those in which somebody lay when the window started.

use events::output::Stat;

use super::{Kpi, integer, moment};

pub(super) const KPI: Kpi = Kpi {
    name: "occupancy_at_start",
    terms: |timeline, window| {
        let staffed = timeline.beds.iter().filter(|bed| bed.staffed);
        let full = staffed.filter(|bed| bed.occupied.iter().any(|span| span.contains(window.from)));
        full.map(|bed| moment(&bed.key.ward, bed.key.bed.as_str(), "occupied", window.from))
            .collect()
    },
    rows: |timeline, window| {
        let (mut beds, mut full) = (0, 0);
        for bed in timeline.beds.iter().filter(|bed| bed.staffed) {
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
