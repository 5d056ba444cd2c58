//! Time of visits on the ward less the stays there of those that left, over the former.

use events::output::Stat;
use events::time::HOUR_MS;

use super::{Amount, Kpi, Term, census};
use crate::truth::timeline::Took;

pub(super) const KPI: Kpi = Kpi {
    name: "littles_law_residual",
    terms: |timeline, window| {
        if window.length_ms() < HOUR_MS {
            return Vec::new();
        }
        let stays = timeline.stays.iter();
        let ended = stays.filter(|stay| window.contains(stay.span.to));
        let mut terms: Vec<Term> = ended
            .map(|stay| Term {
                ward: stay.ward.clone(),
                subject: stay.subject.clone(),
                what: "whole stay on the ward",
                amount: Amount::Took(stay.span.to, Took::Ms(stay.span.length_ms())),
            })
            .collect();
        terms.extend((census::KPI.terms)(timeline, window));
        terms
    },
    rows: |timeline, window| {
        let (_, there, _) = (census::KPI.rows)(timeline, window)[0];
        let stays = timeline.stays.iter();
        let ended = stays.filter(|stay| window.contains(stay.span.to));
        let stayed: i64 = ended.map(|stay| stay.span.length_ms()).sum();
        match there {
            _ if window.length_ms() < HOUR_MS => Vec::new(),
            0 => Vec::new(),
            _ => vec![(Stat::Value, there - stayed, there)],
        }
    },
};
