//! From 90 % of a ward's staffed beds occupied, until below 85 %; of those that are not
//! closed by their hours.

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
    let spans = beds.iter().flat_map(|bed| &bed.occupied);
    let Some(from) = spans.clone().map(|span| span.from).min() else {
        return Vec::new();
    };
    let open: Vec<_> = beds
        .iter()
        .map(|bed| (*bed, timeline.not_closed(bed, Span { from, to: OPEN })))
        .collect();
    let spans = spans.chain(open.iter().flat_map(|(_, open)| open));
    let edges = spans.flat_map(|span| [span.from, span.to]);
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
        let is_in = |spans: &[Span]| spans.iter().any(|span| span.contains(at));
        let beds = open.iter().filter(|(_, open)| is_in(open));
        let occupied = beds.clone().filter(|(bed, _)| is_in(&bed.occupied)).count();
        let share = i64::try_from(occupied * 100).expect("a ward has few beds");
        let beds = i64::try_from(beds.count()).expect("a ward has few beds");
        let of_beds = |number| timeline.threshold(number, ward, at) * beds;
        match since {
            None if beds > 0 && share >= of_beds(RAISE_PCT) => since = Some(at),
            Some(from) if beds == 0 || share < of_beds(CLEAR_PCT) => {
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
