//! At the start of the window: how long until the third of the slots that could then be
//! booked, of each clinic and type of appointment.

use std::collections::BTreeSet;

use events::time::{DAY_MS, HOUR_MS, Span};

use super::{Amount, Kpi, Term, durations_in};
use crate::truth::timeline::{OpenSlot, Timeline, Took};

pub(super) const KPI: Kpi = Kpi {
    name: "third_next_available",
    terms: |timeline, window| {
        let open = open(timeline, window).into_iter();
        let ahead = |slot: &OpenSlot| Term {
            ward: slot.ward.clone(),
            subject: slot.slot.to_string(),
            what: "could be booked",
            amount: Amount::Took(slot.start, Took::Ms(slot.start - window.from)),
        };
        open.map(ahead).collect()
    },
    rows: |timeline, window| {
        let open = open(timeline, window);
        let types: BTreeSet<_> = open.iter().map(|slot| (&slot.ward, &slot.kind)).collect();
        let third = |of| {
            let of_type = open.iter().filter(|slot| (&slot.ward, &slot.kind) == of);
            let mut starts: Vec<i64> = of_type.map(|slot| slot.start).collect();
            starts.sort_unstable();
            match starts[..] {
                [_, _, third, ..] => Took::Ms(third - window.from),
                _ => Took::Missing,
            }
        };
        let all: Vec<Took> = types.into_iter().map(third).collect();
        durations_in(&all, DAY_MS)
    },
};

/// Nothing for windows shorter than an hour.
fn open(timeline: &Timeline, window: Span) -> Vec<&OpenSlot> {
    let slots = timeline.open_slots.iter();
    slots
        .filter(|slot| window.length_ms() >= HOUR_MS && slot.span.contains(window.from))
        .collect()
}
