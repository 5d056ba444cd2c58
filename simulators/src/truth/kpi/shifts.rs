//! What the KPIs of nurses and patients have in common.

use events::time::Span;

use super::{Term, census, lasted};
use crate::truth::timeline::{Timeline, Wait};

/// Milliseconds of nurses on shift, and of visits on the ward.
pub(super) fn times(timeline: &Timeline, window: Span) -> (i64, i64) {
    let overlap = |span: &Span| span.overlap_ms(window.from, window.to);
    let shifts = timeline.shifts.iter().map(|shift| overlap(&shift.span));
    let stays = timeline.stays.iter().map(|stay| overlap(&stay.span));
    (shifts.sum(), stays.sum())
}

/// The shifts and the stays.
pub(super) fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    let shifts = timeline.shifts.iter();
    let on_shift =
        |shift: &Wait| lasted(&shift.ward, &shift.subject, "on shift", shift.span, window);
    let mut terms: Vec<Term> = shifts.filter_map(on_shift).collect();
    terms.extend((census::KPI.terms)(timeline, window));
    terms
}
