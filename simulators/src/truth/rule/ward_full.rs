//! From 90 % of a ward's staffed beds occupied, until below 85 %.

use std::collections::{BTreeMap, BTreeSet};

use events::id::WardId;
use events::time::Span;

use super::{Alert, Number, Rule};
use crate::truth::timeline::{BedTimeline, OPEN, Timeline};

const RAISE_PCT: Number = ("ward_full", "raise_pct", 90);
const CLEAR_PCT: Number = ("ward_full", "clear_pct", 85);

pub(super) const RULE: Rule = Rule {
    name: "ward_full",
    alerts: |timeline| {
        let mut wards: BTreeMap<&WardId, Vec<&BedTimeline>> = BTreeMap::new();
        for bed in timeline.beds.iter().filter(|bed| bed.staffed) {
            wards.entry(&bed.key.ward).or_default().push(bed);
        }
        wards
            .into_iter()
            .flat_map(|(ward, beds)| full(timeline, ward, &beds))
            .collect()
    },
};

fn full(timeline: &Timeline, ward: &WardId, beds: &[&BedTimeline]) -> Vec<Alert> {
    let spans: Vec<&Span> = beds.iter().flat_map(|bed| &bed.occupied).collect();
    let edges = spans.iter().flat_map(|span| [span.from, span.to]);
    let mut times: BTreeSet<i64> = edges.filter(|at| *at != OPEN).collect();
    times.extend(timeline.thresholds.iter().map(|(from, _)| *from));
    let (mut alerts, mut since) = (Vec::new(), None);
    let mut add = |from, to| {
        alerts.push(Alert {
            ward: ward.clone(),
            subject: ward.to_string(),
            span: Span { from, to },
        });
    };
    for at in times {
        let occupied = spans.iter().filter(|span| span.contains(at)).count();
        let share = i64::try_from(occupied * 100).expect("a ward has few beds");
        let of_beds = |number| {
            let beds = i64::try_from(beds.len()).expect("a ward has few beds");
            timeline.threshold(number, ward, at) * beds
        };
        match since {
            None if share >= of_beds(RAISE_PCT) => since = Some(at),
            Some(from) if share < of_beds(CLEAR_PCT) => {
                add(from, at);
                since = None;
            }
            _ => {}
        }
    }
    if let Some(from) = since {
        add(from, OPEN);
    }
    alerts
}
