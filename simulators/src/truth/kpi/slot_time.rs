//! What the KPIs of offered time have in common.

use events::output::Stat;
use events::time::Span;

use super::{Row, Term, lasted};
use crate::truth::timeline::{SlotTime, Timeline};

/// Milliseconds of those slots that count, over those of all.
pub(super) fn share(timeline: &Timeline, window: Span, counts: fn(&SlotTime) -> bool) -> Vec<Row> {
    let (mut above, mut below) = (0, 0);
    for slot in &timeline.slots {
        let ms = slot.span.overlap_ms(window.from, window.to);
        below += ms;
        if counts(slot) {
            above += ms;
        }
    }
    match below {
        0 => Vec::new(),
        _ => vec![(Stat::Value, above, below)],
    }
}

/// The slots, by whether they count.
pub(super) fn terms(
    timeline: &Timeline,
    window: Span,
    (counts, what): (fn(&SlotTime) -> bool, &'static str),
) -> Vec<Term> {
    let slots = timeline.slots.iter();
    let of_slot = |slot: &SlotTime| {
        let what = if counts(slot) { what } else { "offered" };
        lasted(&slot.ward, slot.slot.as_str(), what, slot.span, window)
    };
    slots.filter_map(of_slot).collect()
}
