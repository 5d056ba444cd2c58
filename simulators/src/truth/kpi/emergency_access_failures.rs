//! Of the emergencies that left, those that waited or stayed too long, or left unseen.

use events::output::Stat;
use events::time::Span;

use super::{Kpi, Term, emergencies, integer, moment};
use crate::truth::timeline::Timeline;

pub(super) const KPI: Kpi = Kpi {
    name: "emergency_access_failures",
    terms,
    rows: |timeline, window| {
        let ended = emergencies::ended(timeline, window);
        let failed = ended
            .iter()
            .filter(|stay| !emergencies::failures(stay).is_empty());
        match ended.len() {
            0 => Vec::new(),
            all => vec![(Stat::Value, integer(failed.count()), integer(all))],
        }
    },
};

/// Each of the things that went wrong, and those with which nothing did.
fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    let mut terms = Vec::new();
    for stay in emergencies::ended(timeline, window) {
        let mut said = emergencies::failures(stay);
        if said.is_empty() {
            said.push("went as it should");
        }
        let at = stay.left.map_or(window.from, |(at, _)| at);
        let term = |what| moment(&stay.ward, &stay.subject, what, at);
        terms.extend(said.into_iter().map(term));
    }
    terms
}
