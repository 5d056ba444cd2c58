//! Time of visits on the ward, and an hour for each that came, left or moved, over time of
//! nurses on shift.

use events::output::Stat;
use events::time::HOUR_MS;

use super::{Kpi, Term, churn, shifts};

pub(super) const KPI: Kpi = Kpi {
    name: "workload_per_nurse",
    terms: |timeline, window| {
        let moves = churn::KPI.terms;
        let is_on_shift = |term: &Term| term.what == "on shift";
        let mut terms = moves(timeline, window);
        terms.extend(
            shifts::terms(timeline, window)
                .into_iter()
                .filter(is_on_shift),
        );
        terms
    },
    rows: |timeline, window| {
        let moves = churn::moves(timeline, window);
        match shifts::times(timeline, window) {
            (0, _) => Vec::new(),
            (nurses, patients) => vec![(Stat::Value, patients + moves * HOUR_MS, nurses)],
        }
    },
};
