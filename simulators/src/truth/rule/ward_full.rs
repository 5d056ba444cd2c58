//! From 90 % of a ward's staffed beds occupied, until below 85 %.

use std::collections::{BTreeMap, BTreeSet};

use events::id::WardId;
use events::time::Span;

use super::{Alert, Rule};
use crate::truth::timeline::{BedTimeline, OPEN};

const RAISE_PCT: usize = 90;
const CLEAR_PCT: usize = 85;

pub(super) const RULE: Rule = Rule {
    name: "ward_full",
    alerts: |timeline| {
        let mut wards: BTreeMap<&WardId, Vec<&BedTimeline>> = BTreeMap::new();
        for bed in timeline.beds.iter().filter(|bed| bed.staffed) {
            wards.entry(&bed.key.ward).or_default().push(bed);
        }
        wards
            .into_iter()
            .flat_map(|(ward, beds)| full(ward, &beds))
            .collect()
    },
};

fn full(ward: &WardId, beds: &[&BedTimeline]) -> Vec<Alert> {
    let spans: Vec<&Span> = beds.iter().flat_map(|bed| &bed.occupied).collect();
    let edges = spans.iter().flat_map(|span| [span.from, span.to]);
    let times: BTreeSet<i64> = edges.filter(|at| *at != OPEN).collect();
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
        match since {
            None if occupied * 100 >= RAISE_PCT * beds.len() => since = Some(at),
            Some(from) if occupied * 100 < CLEAR_PCT * beds.len() => {
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
